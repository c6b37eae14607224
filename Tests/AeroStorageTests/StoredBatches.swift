// Batches to store, and a model of the store that keeps them in an array.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import TestSupport

/// A batch as the model keeps it.
struct ModelBatch {
    let bytes: [UInt8]
    let baseOffset: Int64
    let recordCount: Int

    var endOffset: Int64 { baseOffset + Int64(recordCount) }

    /// A batch with random values and base offset 0.
    static func random(_ random: inout SplitMix64, byteCountMax: Int) -> [UInt8] {
        let recordCount = Int.random(in: 1...6, using: &random)
        let sizes = (0..<recordCount).map { _ in
            Int.random(in: 0...byteCountMax / recordCount, using: &random)
        }
        let roof = sizes.reduce(WireLimits.batchHeaderByteCount) {
            $0 + RecordBatchBuilder.recordByteCountBound(keyByteCount: 0, valueByteCount: $1)
        }
        return [UInt8](unsafeUninitializedCapacity: roof) { memory, count in
            var builder = RecordBatchBuilder(into: UnsafeMutableRawBufferPointer(memory))
            builder.begin()
            for size in sizes {
                let byte = UInt8.random(in: 0...255, using: &random)
                let value = [UInt8](repeating: byte, count: size)
                let isAppended = value.withUnsafeBytes { builder.append(key: nil, value: $0) }
                precondition(isAppended, "the buffer was measured for the values")
            }
            count = builder.finish(RecordBatchProperties(baseTimestamp: 1))
        }
    }

    /// The same bytes with the base offset and the leader epoch that the store must have set.
    func placed() -> [UInt8] {
        var copy = bytes
        copy.withUnsafeMutableBytes {
            RecordBatchHeader.setBaseOffset(baseOffset, in: $0)
            RecordBatchHeader.setPartitionLeaderEpoch(0, in: $0)
        }
        return copy
    }
}

extension RecordBatchHeader {
    static func checked(_ batch: [UInt8]) throws -> RecordBatchHeader {
        try batch.withUnsafeBytes { try RecordBatchHeader.validate(in: $0, range: 0..<batch.count) }
    }
}

extension ModelBatch {
    /// A batch of one record whose value is so many times this byte.
    static func filled(_ byte: UInt8, byteCount: Int) -> [UInt8] {
        let roof =
            WireLimits.batchHeaderByteCount
            + RecordBatchBuilder.recordByteCountBound(
                keyByteCount: 0, valueByteCount: byteCount)
        return [UInt8](unsafeUninitializedCapacity: roof) { memory, count in
            var builder = RecordBatchBuilder(into: UnsafeMutableRawBufferPointer(memory))
            builder.begin()
            let value = [UInt8](repeating: byte, count: byteCount)
            let isAppended = value.withUnsafeBytes { builder.append(key: nil, value: $0) }
            precondition(isAppended, "the buffer was measured for the record")
            count = builder.finish(RecordBatchProperties(baseTimestamp: 1))
        }
    }

    /// A batch of records without values, one for each timestamp, of which the first is the base.
    static func timed(_ timestamps: [Int64]) -> [UInt8] {
        let roof = WireLimits.batchHeaderByteCount + timestamps.count * 32
        return [UInt8](unsafeUninitializedCapacity: roof) { memory, count in
            var builder = RecordBatchBuilder(into: UnsafeMutableRawBufferPointer(memory))
            builder.begin()
            for time in timestamps {
                let isAppended = builder.append(
                    timestampDelta: time - timestamps[0], key: nil, value: nil)
                precondition(isAppended, "the buffer was measured for the records")
            }
            count = builder.finish(RecordBatchProperties(baseTimestamp: timestamps[0]))
        }
    }
}

extension MessageStore where Self: ~Copyable {
    /// Appends a batch that must be taken.
    /// - Returns: Its base offset.
    @discardableResult
    mutating func append(_ batch: [UInt8], nowMilliseconds: Int64 = 0) throws -> Int64 {
        let header = try RecordBatchHeader.checked(batch)
        let outcome = try batch.withUnsafeBytes {
            try append($0, header: header, nowMilliseconds: nowMilliseconds)
        }
        guard case .appended(let baseOffset) = outcome else { throw AppendRefused(outcome) }
        return baseOffset
    }
}

extension SyncTarget {
    /// Does what a lane does: once this has returned, the target is durable.
    ///
    /// - Returns: Whether what is known of producers could be stored.
    @discardableResult
    func carryOut() throws(Errno) -> Bool {
        let isSnapshotStored = storeCompanions() == nil
        try synchronize()
        return isSnapshotStored
    }
}

/// An append that a test relied on was not carried out.
struct AppendRefused: Error {
    let outcome: AppendOutcome

    init(_ outcome: AppendOutcome) { self.outcome = outcome }
}
