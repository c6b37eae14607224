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
package struct ProducerSnapshot: Sendable {
    fileprivate static let magic: UInt32 = 0x414D_5053
    fileprivate static let version: UInt16 = 1
    fileprivate static let headerByteCount = 20
    fileprivate static let entryByteCount = 20
    fileprivate static let batchByteCount = 16
    fileprivate static let crcByteCount = 4

    /// Every batch below is accounted for, none at or above.
    package let offset: Int64
    /// Producers in it.
    package let producerCount: Int
    /// Those of the table, linked from the longest idle one on.
    private let entries: [ProducerEntry]
    private let oldest: Int32

    fileprivate init(
        offset: Int64, producerCount: Int, entries: [ProducerEntry], oldest: Int32
    ) {
        self.offset = offset
        self.producerCount = producerCount
        self.entries = entries
        self.oldest = oldest
    }

    /// The ids of the producers in it, the longest idle one first.
    var producerIds: [Int64] {
        var ids: [Int64] = []
        var slot = oldest
        while slot >= 0 {
            ids.append(entries[Int(slot)].producerId)
            slot = entries[Int(slot)].newer
        }
        return ids
    }

    /// The snapshot as bytes.
    package func encode() -> [UInt8] {
        var byteCount = Self.headerByteCount + Self.crcByteCount
        var slot = oldest
        while slot >= 0 {
            let entry = entries[Int(slot)]
            byteCount += Self.entryByteCount + entry.batches.count * Self.batchByteCount
            slot = entry.newer
        }
        return [UInt8](unsafeUninitializedCapacity: byteCount) { memory, count in
            let buffer = UnsafeMutableRawBufferPointer(memory)
            do throws(WireError) {
                try write(into: buffer)
            } catch {
                preconditionFailure("a snapshot did not fit the bytes it was measured for")
            }
            count = byteCount
        }
    }

    private func write(into buffer: UnsafeMutableRawBufferPointer) throws(WireError) {
        var writer = WireWriter(buffer)
        try writer.write(Self.magic)
        try writer.write(Self.version)
        try writer.write(UInt16(0))
        try writer.write(offset)
        try writer.write(UInt32(producerCount))
        var slot = oldest
        while slot >= 0 {
            let entry = entries[Int(slot)]
            try entry.write(to: &writer)
            slot = entry.newer
        }
        let covered = UnsafeRawBufferPointer(rebasing: buffer[..<writer.position])
        try writer.write(CRC32C.checksum(covered))
    }
}

extension ProducerStateTable {
    /// The table as it is now, to be encoded on any thread.
    ///
    /// Takes no time; the next change of the table copies its entries, once.
    ///
    /// - Parameter offset: Where the log ends that the table speaks of.
    package func snapshot(at offset: Int64) -> ProducerSnapshot {
        ProducerSnapshot(
            offset: offset, producerCount: producerCount, entries: entries, oldest: oldest)
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
            bytes,
            in: ProducerSnapshot.headerByteCount..<bytes.count - ProducerSnapshot.crcByteCount)
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
        guard bytes.count >= ProducerSnapshot.headerByteCount + ProducerSnapshot.crcByteCount else {
            throw .invalidLength(byteCount: bytes.count)
        }
        guard load(UInt32.self, bytes, 0) == ProducerSnapshot.magic else { throw .notASnapshot }
        let found = load(UInt16.self, bytes, 4)
        guard found == ProducerSnapshot.version else { throw .unsupportedVersion(found) }
        let end = bytes.count - ProducerSnapshot.crcByteCount
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
