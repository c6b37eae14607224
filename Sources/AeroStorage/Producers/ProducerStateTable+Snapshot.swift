// Producer state as bytes, for the `.producers` file beside a log segment.

import AeroWire

/// Why bytes are no snapshot of producer state. The log is then read from its start instead.
package enum ProducerSnapshotError: Error, Equatable {
    /// Fewer bytes than the fields need, or bytes behind the last.
    case invalidLength(byteCount: Int)
    /// The first four bytes are something else.
    case notASnapshot
    /// A version that this build does not read.
    case unsupportedVersion(UInt16)
    /// The bytes are not those that were written.
    case crcMismatch(stored: UInt32, computed: UInt32)
    /// It describes the log up to another offset.
    case wrongOffset(found: Int64, expected: Int64)
    /// The CRC holds, but an entry says what no table says: its index.
    case invalidEntry(Int)
}

/// Layout, big-endian: a header, the producers from the longest idle one on, a CRC.
///
/// | Bytes | Field |
/// |---|---|
/// | 0..<4 | magic u32, "AMPS" |
/// | 4..<6 | version u16, 1 |
/// | 6..<8 | reserved u16, 0 |
/// | 8..<16 | snapshotOffset i64: every batch below it is accounted for, none at or above it |
/// | 16..<20 | producerCount u32 |
/// | producer | producerId i64, usedMilliseconds i64, epoch i16, batchCount u16 (1...5), batches |
/// | batch | baseOffset i64, baseSequence i32, recordCount i32, oldest first |
/// | last 4 | CRC-32C u32 of all bytes before |
extension ProducerStateTable {
    private static let magic: UInt32 = 0x414D_5053
    private static let version: UInt16 = 1
    private static let headerByteCount = 20
    private static let entryByteCount = 20
    private static let batchByteCount = 16
    private static let crcByteCount = 4

    /// The table as bytes.
    ///
    /// - Parameter snapshotOffset: Where the log ended when the table was like this.
    package func encode(snapshotOffset: Int64) -> [UInt8] {
        var byteCount = Self.headerByteCount + Self.crcByteCount
        forEachEntry {
            byteCount += Self.entryByteCount + $0.batches.count * Self.batchByteCount
        }
        return [UInt8](unsafeUninitializedCapacity: byteCount) { memory, count in
            let buffer = UnsafeMutableRawBufferPointer(memory)
            do throws(WireError) {
                try write(into: buffer, snapshotOffset)
            } catch {
                preconditionFailure("a snapshot did not fit the bytes it was measured for")
            }
            count = byteCount
        }
    }

    private func write(
        into buffer: UnsafeMutableRawBufferPointer, _ snapshotOffset: Int64
    ) throws(WireError) {
        var writer = WireWriter(buffer)
        try writer.write(Self.magic)
        try writer.write(Self.version)
        try writer.write(UInt16(0))
        try writer.write(snapshotOffset)
        try writer.write(UInt32(producerCount))
        var failure: WireError?
        forEachEntry { entry in
            do throws(WireError) {
                try entry.write(to: &writer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        let covered = UnsafeRawBufferPointer(rebasing: buffer[..<writer.position])
        try writer.write(CRC32C.checksum(covered))
    }

    /// Reads a table that `encode` wrote.
    ///
    /// - Parameters:
    ///   - bytes: The whole file; borrowed for the call.
    ///   - snapshotOffset: The offset that the snapshot must speak of.
    ///   - limits: Beyond them the longest idle producers are left out.
    /// - Throws: What is wrong; any flipped bit is found.
    package init(
        decoding bytes: UnsafeRawBufferPointer, snapshotOffset: Int64,
        limits: ProducerStateLimits = ProducerStateLimits()
    ) throws(ProducerSnapshotError) {
        self.init(limits: limits)
        let count = try Self.checkedProducerCount(bytes, snapshotOffset)
        var reader = WireReader(
            bytes, in: Self.headerByteCount..<bytes.count - Self.crcByteCount)
        // BOUND: an entry that the bytes do not hold ends the loop.
        for index in 0..<count {
            guard let entry = ProducerEntry(from: &reader, below: snapshotOffset),
                !contains(entry.producerId)
            else { throw .invalidEntry(index) }
            insert(entry)
        }
        guard reader.remainingByteCount == 0 else {
            throw .invalidLength(byteCount: bytes.count)
        }
    }

    /// Checks everything but the entries, and answers how many there are said to be.
    private static func checkedProducerCount(
        _ bytes: UnsafeRawBufferPointer, _ snapshotOffset: Int64
    ) throws(ProducerSnapshotError) -> Int {
        guard bytes.count >= headerByteCount + crcByteCount else {
            throw .invalidLength(byteCount: bytes.count)
        }
        guard load(UInt32.self, bytes, 0) == magic else { throw .notASnapshot }
        let found = load(UInt16.self, bytes, 4)
        guard found == version else { throw .unsupportedVersion(found) }
        let end = bytes.count - crcByteCount
        let computed = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        let stored = load(UInt32.self, bytes, end)
        guard stored == computed else { throw .crcMismatch(stored: stored, computed: computed) }
        let offset = load(Int64.self, bytes, 8)
        guard offset == snapshotOffset else {
            throw .wrongOffset(found: offset, expected: snapshotOffset)
        }
        return Int(load(UInt32.self, bytes, 16))
    }

    private static func load<Integer: FixedWidthInteger>(
        _ type: Integer.Type, _ bytes: UnsafeRawBufferPointer, _ position: Int
    ) -> Integer {
        Integer(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
    }
}

extension ProducerEntry {
    fileprivate func write(to writer: inout WireWriter) throws(WireError) {
        try writer.write(producerId)
        try writer.write(usedMilliseconds)
        try writer.write(epoch)
        try writer.write(UInt16(batches.count))
        for index in 0..<batches.count {
            let batch = batches[index]
            try writer.write(batch.baseOffset)
            try writer.write(batch.baseSequence)
            try writer.write(batch.recordCount)
        }
    }

    /// Reads an entry, or answers nil when it is cut short or contradicts itself.
    fileprivate init?(from reader: inout WireReader, below snapshotOffset: Int64) {
        do throws(WireError) {
            let producerId = try reader.readInteger(Int64.self)
            let usedMilliseconds = try reader.readInteger(Int64.self)
            let epoch = try reader.readInteger(Int16.self)
            let count = Int(try reader.readInteger(UInt16.self))
            guard producerId >= 0, epoch >= 0, (1...RememberedBatches.countMax).contains(count)
            else { return nil }
            guard let first = try RememberedBatch(from: &reader, before: snapshotOffset) else {
                return nil
            }
            var batches = RememberedBatches(first)
            for _ in 1..<count {
                guard let batch = try RememberedBatch(from: &reader, before: snapshotOffset),
                    batch.baseOffset >= batches.last.nextOffset
                else { return nil }
                batches.append(batch)
            }
            self.init(
                producerId: producerId, epoch: epoch, batches: batches,
                usedMilliseconds: usedMilliseconds)
        } catch {
            return nil
        }
    }
}

extension RememberedBatch {
    fileprivate init?(
        from reader: inout WireReader, before snapshotOffset: Int64
    ) throws(WireError) {
        let baseOffset = try reader.readInteger(Int64.self)
        let baseSequence = try reader.readInteger(Int32.self)
        let recordCount = try reader.readInteger(Int32.self)
        guard baseOffset >= 0, baseSequence >= 0, recordCount > 0,
            baseOffset <= snapshotOffset - Int64(recordCount)
        else { return nil }
        self.init(baseSequence: baseSequence, recordCount: recordCount, baseOffset: baseOffset)
    }
}
