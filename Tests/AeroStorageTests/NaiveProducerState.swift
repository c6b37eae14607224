// Idempotence said as plainly as possible: everything that was stored is kept and searched.

import AeroStorage
import AeroWire

/// The model that `ProducerStateTable` is held against; slow, unbounded in batches.
struct NaiveProducerState {
    struct Stored: Equatable {
        let epoch: Int16
        /// Sequence numbers that were never wrapped, so that order is plain.
        let firstNumber: Int64
        let count: Int64
        let baseOffset: Int64
    }

    struct Producer {
        var epoch: Int16
        var stored: [Stored]
        var usedMilliseconds: Int64
        var useNumber: Int
    }

    private(set) var producers: [Int64: Producer] = [:]
    private var uses = 0
    let producerCountMax: Int

    init(producerCountMax: Int) { self.producerCountMax = producerCountMax }

    /// Judges a batch whose first record has the unwrapped number `number`.
    func check(
        _ id: Int64, epoch: Int16, number: Int64, count: Int64
    ) -> ProducerStateTable.Verdict {
        guard let producer = producers[id] else {
            return number % (1 << 31) == 0 ? .next : .refused(.outOfOrderSequence)
        }
        if epoch < producer.epoch { return .refused(.staleProducerEpoch) }
        let known = producer.stored.filter { $0.epoch == epoch }
        if known.isEmpty {
            return number % (1 << 31) == 0 ? .next : .refused(.outOfOrderSequence)
        }
        let expected = known[known.count - 1].firstNumber + known[known.count - 1].count
        if number == expected { return .next }
        let remembered = known.suffix(5)
        if let same = remembered.first(where: { $0.firstNumber == number && $0.count == count }) {
            return .duplicate(
                baseOffset: same.baseOffset, nextOffset: same.baseOffset + same.count)
        }
        if number + count <= remembered[remembered.startIndex].firstNumber {
            return .refused(.duplicateSequence)
        }
        return .refused(.outOfOrderSequence)
    }

    mutating func record(
        _ id: Int64, _ stored: Stored, nowMilliseconds: Int64
    ) {
        uses += 1
        if producers[id] == nil, producers.count == producerCountMax {
            let idle = producers.min { $0.value.useNumber < $1.value.useNumber }
            producers[idle?.key ?? -1] = nil
        }
        var producer =
            producers[id]
            ?? Producer(epoch: stored.epoch, stored: [], usedMilliseconds: 0, useNumber: 0)
        producer.epoch = stored.epoch
        producer.stored.append(stored)
        producer.usedMilliseconds = nowMilliseconds
        producer.useNumber = uses
        producers[id] = producer
    }

    mutating func expire(idleSince cutoff: Int64) -> Int {
        let before = producers.count
        producers = producers.filter { $0.value.usedMilliseconds > cutoff }
        return before - producers.count
    }

    /// The number that the producer's next record has; 0 for one that must start anew.
    func expectedNumber(_ id: Int64, epoch: Int16) -> Int64 {
        guard let last = producers[id]?.stored.last(where: { $0.epoch == epoch }) else { return 0 }
        return last.firstNumber + last.count
    }
}
