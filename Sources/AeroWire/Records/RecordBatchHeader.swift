// The 61 bytes in front of the records of a batch.

/// The header of a record batch v2, the form of records on the wire, in memory and on disk.
///
/// | Bytes | Field | |
/// |---|---|---|
/// | 0..<8 | baseOffset i64 | set by the broker, outside the CRC |
/// | 8..<12 | batchLength i32 | bytes that follow this field |
/// | 12..<16 | partitionLeaderEpoch i32 | set by the broker, outside the CRC |
/// | 16..<17 | magic i8 | 2 |
/// | 17..<21 | crc u32 | CRC-32C of all that follows it |
/// | 21..<23 | attributes i16 | ``BatchAttributes`` |
/// | 23..<27 | lastOffsetDelta i32 | offset of the last record less baseOffset |
/// | 27..<35 | baseTimestamp i64 | milliseconds; records state theirs relative to it |
/// | 35..<43 | maxTimestamp i64 | the latest of the records |
/// | 43..<51 | producerId i64 | -1: none |
/// | 51..<53 | producerEpoch i16 | |
/// | 53..<57 | baseSequence i32 | |
/// | 57..<61 | recordCount i32 | |
///
/// Source: the public record batch layout of Apache Kafka ("Message format", message.format v2).
@usableFromInline package struct RecordBatchHeader: Equatable, Sendable {
    /// The byte position of each field in a batch.
    @usableFromInline package enum Position {
        package static let baseOffset = 0
        package static let batchLength = 8
        package static let partitionLeaderEpoch = 12
        package static let magic = 16
        package static let crc = 17
        /// The first byte that the CRC covers.
        package static let attributes = 21
        package static let lastOffsetDelta = 23
        package static let baseTimestamp = 27
        package static let maxTimestamp = 35
        package static let producerId = 43
        package static let producerEpoch = 51
        package static let baseSequence = 53
        package static let recordCount = 57
        package static let records = 61
    }

    /// The only format this code reads and writes.
    @usableFromInline package static let magic: UInt8 = 2

    /// The offset of the first record.
    @usableFromInline package var baseOffset: Int64
    /// Bytes of the whole batch, header included; the wire states 12 less.
    @usableFromInline package var byteCount: Int
    /// The epoch of the leader that appended the batch; -1 when none did yet.
    @usableFromInline package var partitionLeaderEpoch: Int32
    /// The format's version.
    @usableFromInline package var magic: UInt8
    /// CRC-32C of the bytes from `attributes` to the end.
    @usableFromInline package var crc: UInt32
    /// How the batch is to be read.
    @usableFromInline package var attributes: BatchAttributes
    /// The last record's offset less `baseOffset`.
    @usableFromInline package var lastOffsetDelta: Int32
    /// What the records' timestamps are relative to, in milliseconds since 1970.
    @usableFromInline package var baseTimestamp: Int64
    /// The latest timestamp of the records, in milliseconds since 1970.
    @usableFromInline package var maxTimestamp: Int64
    /// The idempotent producer's id; -1 for none.
    @usableFromInline package var producerId: Int64
    /// The idempotent producer's epoch; -1 for none.
    @usableFromInline package var producerEpoch: Int16
    /// The first record's sequence number; -1 for none.
    @usableFromInline package var baseSequence: Int32
    /// How many records follow.
    @usableFromInline package var recordCount: Int32

    /// The offset of the last record, wrapping; meaningful once the broker has set `baseOffset`.
    package var lastOffset: Int64 { baseOffset &+ Int64(lastOffsetDelta) }

    /// The offset that the record behind this batch has.
    package var nextOffset: Int64 { lastOffset &+ 1 }
}

extension RecordBatchHeader {
    /// The header of a batch without records, which takes offsets and nothing else.
    ///
    /// - Parameters:
    ///   - baseOffset: The first offset that it takes.
    ///   - lastOffsetDelta: The last one, less the first; at least 0.
    package static func empty(baseOffset: Int64, lastOffsetDelta: Int32) -> RecordBatchHeader {
        RecordBatchHeader(
            baseOffset: baseOffset, byteCount: WireLimits.batchHeaderByteCount,
            partitionLeaderEpoch: 0, magic: magic, crc: 0, attributes: .plain,
            lastOffsetDelta: lastOffsetDelta, baseTimestamp: -1, maxTimestamp: -1, producerId: -1,
            producerEpoch: -1, baseSequence: -1, recordCount: 0)
    }

    /// Reads a header and checks what can be known from it and the room it stands in: its length
    /// and its magic. Neither CRC nor counts are looked at.
    ///
    /// - Parameters:
    ///   - bytes: Where the batch stands.
    ///   - range: The bytes that the batch may take; it may be shorter.
    /// - Throws: `.truncated` below 61 bytes, `.invalidBatchLength`, `.unsupportedMagic`.
    package static func decode(
        in bytes: UnsafeRawBufferPointer, range: Range<Int>
    ) throws(WireError) -> RecordBatchHeader {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= bytes.count, "range outside the bytes")
        guard range.count >= WireLimits.batchHeaderByteCount else {
            throw .truncated(
                neededByteCount: WireLimits.batchHeaderByteCount, availableByteCount: range.count)
        }
        let batch = UnsafeRawBufferPointer(rebasing: bytes[range])
        let length = Int(loadInteger(batch, Position.batchLength, Int32.self))
        let byteCount = length + WireLimits.batchLengthExcludedByteCount
        guard byteCount >= WireLimits.batchHeaderByteCount, byteCount <= range.count else {
            throw .invalidBatchLength(length, availableByteCount: range.count)
        }
        let magic = loadInteger(batch, Position.magic, UInt8.self)
        guard magic == RecordBatchHeader.magic else { throw .unsupportedMagic(magic) }
        return load(batch, byteCount: byteCount)
    }

    /// Reads a header whose batch may not be at hand as a whole, as when looking at a file.
    ///
    /// - Parameters:
    ///   - bytes: Where the header stands.
    ///   - position: Its first byte; 61 bytes from there on are at hand.
    /// - Returns: nil when length or magic are not possible.
    package static func peek(
        in bytes: UnsafeRawBufferPointer, at position: Int
    ) -> RecordBatchHeader? {
        let batch = UnsafeRawBufferPointer(
            rebasing: bytes[position..<position + WireLimits.batchHeaderByteCount])
        let length = Int(loadInteger(batch, Position.batchLength, Int32.self))
        let byteCount = length + WireLimits.batchLengthExcludedByteCount
        guard byteCount >= WireLimits.batchHeaderByteCount,
            byteCount <= WireLimits.frameByteCountMaxCeiling,
            loadInteger(batch, Position.magic, UInt8.self) == RecordBatchHeader.magic
        else { return nil }
        return load(batch, byteCount: byteCount)
    }

    /// Reads all fields but the length, unchecked.
    private static func load(
        _ batch: UnsafeRawBufferPointer, byteCount: Int
    ) -> RecordBatchHeader {
        RecordBatchHeader(
            baseOffset: loadInteger(batch, Position.baseOffset, Int64.self),
            byteCount: byteCount,
            partitionLeaderEpoch: loadInteger(batch, Position.partitionLeaderEpoch, Int32.self),
            magic: loadInteger(batch, Position.magic, UInt8.self),
            crc: loadInteger(batch, Position.crc, UInt32.self),
            attributes: BatchAttributes(
                rawValue: loadInteger(batch, Position.attributes, UInt16.self)),
            lastOffsetDelta: loadInteger(batch, Position.lastOffsetDelta, Int32.self),
            baseTimestamp: loadInteger(batch, Position.baseTimestamp, Int64.self),
            maxTimestamp: loadInteger(batch, Position.maxTimestamp, Int64.self),
            producerId: loadInteger(batch, Position.producerId, Int64.self),
            producerEpoch: loadInteger(batch, Position.producerEpoch, Int16.self),
            baseSequence: loadInteger(batch, Position.baseSequence, Int32.self),
            recordCount: loadInteger(batch, Position.recordCount, Int32.self))
    }

    static func loadInteger<Integer: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ position: Int, _ type: Integer.Type
    ) -> Integer {
        Integer(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
    }

    /// Writes the 61 bytes at an index of `buffer`, `crc` as it is.
    ///
    /// - Precondition: 61 bytes are there; `byteCount` is at least 61 and fits the length field.
    package func store(into buffer: UnsafeMutableRawBufferPointer, at position: Int = 0) {
        precondition(
            byteCount >= WireLimits.batchHeaderByteCount && byteCount <= Int(Int32.max),
            "batch size outside the format")
        precondition(
            position >= 0 && buffer.count - position >= WireLimits.batchHeaderByteCount,
            "no room for a batch header")
        let batch = UnsafeMutableRawBufferPointer(rebasing: buffer[position...])
        let length = Int32(byteCount - WireLimits.batchLengthExcludedByteCount)
        Self.storeInteger(baseOffset, batch, Position.baseOffset)
        Self.storeInteger(length, batch, Position.batchLength)
        Self.storeInteger(partitionLeaderEpoch, batch, Position.partitionLeaderEpoch)
        Self.storeInteger(magic, batch, Position.magic)
        Self.storeInteger(crc, batch, Position.crc)
        Self.storeInteger(attributes.rawValue, batch, Position.attributes)
        Self.storeInteger(lastOffsetDelta, batch, Position.lastOffsetDelta)
        Self.storeInteger(baseTimestamp, batch, Position.baseTimestamp)
        Self.storeInteger(maxTimestamp, batch, Position.maxTimestamp)
        Self.storeInteger(producerId, batch, Position.producerId)
        Self.storeInteger(producerEpoch, batch, Position.producerEpoch)
        Self.storeInteger(baseSequence, batch, Position.baseSequence)
        Self.storeInteger(recordCount, batch, Position.recordCount)
    }

    /// Writes the 61 bytes in front of records that stand there already, with their CRC.
    ///
    /// - Parameter buffer: Begins with room for the header; `byteCount` bytes of it are the batch.
    /// - Complexity: O(bytes), at the speed of the CRC.
    package mutating func seal(into buffer: UnsafeMutableRawBufferPointer) {
        precondition(byteCount <= buffer.count, "the batch ends outside its memory")
        store(into: buffer)
        crc = CRC32C.checksum(
            UnsafeRawBufferPointer(rebasing: buffer[Position.attributes..<byteCount]))
        Self.storeInteger(crc, buffer, Position.crc)
    }

    static func storeInteger<Integer: FixedWidthInteger>(
        _ value: Integer, _ batch: UnsafeMutableRawBufferPointer, _ position: Int
    ) {
        batch.storeBytes(of: value.bigEndian, toByteOffset: position, as: Integer.self)
    }
}
