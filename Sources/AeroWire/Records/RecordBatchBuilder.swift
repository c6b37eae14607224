// Builds a batch in the memory it will be sent from.

/// What a batch states about itself besides its records.
@usableFromInline package struct RecordBatchProperties: Equatable, Sendable {
    /// The offset of the first record; 0 until the broker sets it.
    @usableFromInline package var baseOffset: Int64 = 0
    /// The leader's epoch; -1 until the broker sets it.
    @usableFromInline package var partitionLeaderEpoch: Int32 = -1
    /// How the batch is to be read; the builder writes records uncompressed.
    @usableFromInline package var attributes: BatchAttributes = .plain
    /// What the records' timestamps are relative to, in milliseconds since 1970.
    @usableFromInline package var baseTimestamp: Int64
    /// The idempotent producer's id; -1 for none.
    @usableFromInline package var producerId: Int64 = -1
    /// The idempotent producer's epoch; -1 for none.
    @usableFromInline package var producerEpoch: Int16 = -1
    /// The first record's sequence number; -1 for none.
    @usableFromInline package var baseSequence: Int32 = -1

    /// A plain batch of a producer without idempotence.
    @inlinable
    package init(baseTimestamp: Int64) {
        self.baseTimestamp = baseTimestamp
    }
}

/// A header of a record: bytes borrowed for the duration of a call.
@usableFromInline package struct RecordHeaderBytes {
    /// The name; UTF-8 by convention.
    @usableFromInline package var key: UnsafeRawBufferPointer
    /// The value, or `nil`.
    @usableFromInline package var value: UnsafeRawBufferPointer?

    /// Makes a header from borrowed bytes.
    @inlinable
    package init(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        self.key = key
        self.value = value
    }
}

/// Writes records one behind the other into borrowed memory, and the header last.
///
/// Room for the header is left at the start, so a batch never moves. Nothing is allocated. The
/// memory must outlive the builder. After `finish`, `begin` starts over in the same memory.
@usableFromInline package struct RecordBatchBuilder {
    /// The memory written to, borrowed from the caller.
    @usableFromInline package let buffer: UnsafeMutableRawBufferPointer
    /// Where the batch starts in `buffer`.
    @usableFromInline package let start: Int
    /// One past the last byte of the records so far.
    @usableFromInline var position: Int
    /// How many records there are.
    @usableFromInline package var recordCount: Int
    /// The largest timestamp delta so far; meaningless without records.
    @usableFromInline var maxTimestampDelta: Int64

    /// Starts an empty batch at an index of `buffer`, for instance `SendRequest.prefixByteCount`.
    ///
    /// - Precondition: At least 61 bytes are there.
    @inlinable
    package init(into buffer: UnsafeMutableRawBufferPointer, at start: Int = 0) {
        precondition(
            start >= 0 && buffer.count - start >= WireLimits.batchHeaderByteCount,
            "no room for a batch header")
        self.buffer = buffer
        self.start = start
        position = start + WireLimits.batchHeaderByteCount
        recordCount = 0
        maxTimestampDelta = .min
    }

    /// Forgets the records written, for a new batch in the same memory.
    @inlinable
    package mutating func begin() {
        position = start + WireLimits.batchHeaderByteCount
        recordCount = 0
        maxTimestampDelta = .min
    }

    /// Bytes of the batch so far, header included.
    @inlinable
    package var byteCount: Int { position - start }

    /// Bytes of the buffer not used yet.
    @inlinable
    package var remainingByteCount: Int { buffer.count - position }

    /// Whether no record was written.
    @inlinable
    package var isEmpty: Bool { recordCount == 0 }

    /// An upper bound on the bytes that a record without headers takes in any batch.
    @inlinable
    package static func recordByteCountBound(keyByteCount: Int, valueByteCount: Int) -> Int {
        // Length, attributes, two deltas, key length, value length, header count.
        5 + 1 + 10 + 5 + 5 + keyByteCount + 5 + valueByteCount + 1
    }

    /// Writes the header in front of the records.
    ///
    /// - Returns: Bytes of the whole batch, from `start` on.
    /// - Precondition: At least one record was written.
    /// - Complexity: O(bytes), at the speed of the CRC.
    package func finish(_ properties: RecordBatchProperties) -> Int {
        precondition(recordCount > 0, "a batch has at least one record")
        var header = RecordBatchHeader(
            baseOffset: properties.baseOffset, byteCount: byteCount,
            partitionLeaderEpoch: properties.partitionLeaderEpoch,
            magic: RecordBatchHeader.magic, crc: 0, attributes: properties.attributes,
            lastOffsetDelta: Int32(recordCount - 1), baseTimestamp: properties.baseTimestamp,
            maxTimestamp: properties.baseTimestamp &+ maxTimestampDelta,
            producerId: properties.producerId, producerEpoch: properties.producerEpoch,
            baseSequence: properties.baseSequence, recordCount: Int32(recordCount))
        header.store(into: buffer, at: start)
        header.crc = CRC32C.checksum(
            UnsafeRawBufferPointer(
                rebasing: buffer[start + RecordBatchHeader.Position.attributes..<position]))
        buffer.storeBytes(
            of: header.crc.bigEndian, toByteOffset: start + RecordBatchHeader.Position.crc,
            as: UInt32.self)
        return byteCount
    }
}
