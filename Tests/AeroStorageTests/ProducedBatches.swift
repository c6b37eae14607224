// Batches of idempotent producers, and what a log must know of them.

import AeroStorage
import AeroWire
import Testing

extension [UInt8] {
    /// The same batch as an idempotent producer would send it.
    func produced(by id: Int64, epoch: Int16 = 0, sequence: Int32) -> [UInt8] {
        var copy = self
        copy.withUnsafeMutableBytes { raw in
            typealias Position = RecordBatchHeader.Position
            func store(_ value: some FixedWidthInteger, _ position: Int) {
                raw.storeBytes(of: value.bigEndian, toByteOffset: position, as: type(of: value))
            }
            store(id, Position.producerId)
            store(epoch, Position.producerEpoch)
            store(sequence, Position.baseSequence)
            let covered = UnsafeRawBufferPointer(rebasing: raw[Position.attributes...])
            store(CRC32C.checksum(covered), Position.crc)
        }
        return copy
    }
}

extension PartitionLog {
    /// What is wrong with what the log knows of the producers of these batches; nil when it knows
    /// the last five of each, and what comes next. Nothing is appended by it.
    ///
    /// - Parameter batches: All that were ever stored below the log's end, in order.
    mutating func producerFault(_ batches: [ModelBatch]) throws -> String? {
        var byProducer: [Int64: [ModelBatch]] = [:]
        for batch in batches {
            let header = try RecordBatchHeader.checked(batch.bytes)
            guard header.producerId >= 0 else { continue }
            byProducer[header.producerId, default: []].append(batch)
        }
        for (id, stored) in byProducer.sorted(by: { $0.key < $1.key }) {
            for (age, batch) in stored.reversed().enumerated() {
                let expected: AppendOutcome =
                    age < 5
                    ? .duplicate(baseOffset: batch.baseOffset, nextOffset: batch.endOffset)
                    : .refused(.duplicateSequence)
                let found = try outcome(of: batch.bytes)
                guard found == expected else {
                    return "producer \(id), \(age) batches ago: \(found) for \(expected)"
                }
            }
            guard let last = stored.last else { continue }
            let header = try RecordBatchHeader.checked(last.bytes)
            let gap = header.baseSequence + header.recordCount + 1
            let found = try outcome(of: last.bytes.produced(by: id, sequence: gap))
            guard found == .refused(.outOfOrderSequence) else {
                return "producer \(id), a gap: \(found)"
            }
        }
        return nil
    }

    private mutating func outcome(of batch: [UInt8]) throws -> AppendOutcome {
        let header = try RecordBatchHeader.checked(batch)
        return try batch.withUnsafeBytes { try append($0, header: header, nowMilliseconds: 0) }
    }
}
