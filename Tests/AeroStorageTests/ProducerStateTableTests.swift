// What comes next, what came before, what is refused; for one producer and for many.

import AeroStorage
import AeroWire
import TestSupport
import Testing

private let bytesBehindLength =
    WireLimits.batchHeaderByteCount - WireLimits.batchLengthExcludedByteCount

/// The header of a producer's batch; nothing but the fields that idempotence reads matters.
func producedHeader(
    _ producerId: Int64, epoch: Int16, sequence: Int32, count: Int32, baseOffset: Int64 = -1
) -> RecordBatchHeader {
    var bytes = [UInt8](repeating: 0, count: WireLimits.batchHeaderByteCount)
    bytes.withUnsafeMutableBytes { raw in
        typealias Position = RecordBatchHeader.Position
        func store(_ value: some FixedWidthInteger, _ position: Int) {
            raw.storeBytes(of: value.bigEndian, toByteOffset: position, as: type(of: value))
        }
        store(baseOffset, Position.baseOffset)
        store(Int32(bytesBehindLength), Position.batchLength)
        store(RecordBatchHeader.magic, Position.magic)
        store(count - 1, Position.lastOffsetDelta)
        store(producerId, Position.producerId)
        store(epoch, Position.producerEpoch)
        store(sequence, Position.baseSequence)
        store(count, Position.recordCount)
    }
    do {
        return try bytes.withUnsafeBytes {
            try RecordBatchHeader.decode(in: $0, range: 0..<$0.count)
        }
    } catch {
        preconditionFailure("a header of 61 bytes is decoded: \(error)")
    }
}

@Suite struct ProducerStateTableTests {
    /// Checks a batch and records it when it comes next.
    private func append(
        _ table: inout ProducerStateTable, _ header: RecordBatchHeader, at offset: Int64
    ) -> ProducerStateTable.Verdict {
        let verdict = table.check(header)
        if verdict == .next {
            var placed = header
            placed.baseOffset = offset
            table.record(placed, nowMilliseconds: 0)
        }
        return verdict
    }

    @Test func batchesWithoutProducerAreAlwaysNext() {
        var table = ProducerStateTable()
        let header = producedHeader(-1, epoch: -1, sequence: -1, count: 3)
        #expect(append(&table, header, at: 0) == .next)
        #expect(append(&table, header, at: 3) == .next)
        #expect(table.producerCount == 0)
    }

    @Test func anIdWithoutEpochOrSequenceIsInvalid() {
        let table = ProducerStateTable()
        #expect(
            table.check(producedHeader(1, epoch: -1, sequence: 0, count: 1))
                == .refused(.invalidBatch))
        #expect(
            table.check(producedHeader(1, epoch: 0, sequence: -1, count: 1))
                == .refused(.invalidBatch))
    }

    @Test func anUnknownProducerStartsAtZeroOnly() {
        var table = ProducerStateTable()
        let late = producedHeader(7, epoch: 0, sequence: 5, count: 1)
        #expect(append(&table, late, at: 0) == .refused(.outOfOrderSequence))
        #expect(
            append(&table, producedHeader(7, epoch: 0, sequence: 0, count: 5), at: 0) == .next)
        #expect(append(&table, late, at: 5) == .next)
    }

    @Test func theLastFiveBatchesAreFoundAgainAndOlderOnesAreOnlyKnown() {
        var table = ProducerStateTable()
        for index in 0..<7 {
            let header = producedHeader(7, epoch: 2, sequence: Int32(index * 10), count: 10)
            #expect(append(&table, header, at: Int64(index * 100)) == .next)
        }
        for index in 0..<7 {
            let header = producedHeader(7, epoch: 2, sequence: Int32(index * 10), count: 10)
            let offset = Int64(index * 100)
            #expect(
                table.check(header)
                    == (index < 2
                        ? .refused(.duplicateSequence)
                        : .duplicate(baseOffset: offset, nextOffset: offset + 10)))
        }
        // Gaps, and batches that were cut otherwise than before.
        for (sequence, count) in [(71, 1), (80, 10), (60, 9), (61, 9), (15, 10), (15, 100)] {
            let header = producedHeader(
                7, epoch: 2, sequence: Int32(sequence), count: Int32(count))
            #expect(table.check(header) == .refused(.outOfOrderSequence), "\(sequence)+\(count)")
        }
    }

    @Test func aNewEpochStartsAtZeroAndFencesTheOldOne() {
        var table = ProducerStateTable()
        #expect(append(&table, producedHeader(7, epoch: 1, sequence: 0, count: 4), at: 0) == .next)
        #expect(
            append(&table, producedHeader(7, epoch: 2, sequence: 4, count: 1), at: 4)
                == .refused(.outOfOrderSequence))
        #expect(append(&table, producedHeader(7, epoch: 2, sequence: 0, count: 4), at: 4) == .next)
        #expect(
            append(&table, producedHeader(7, epoch: 1, sequence: 4, count: 1), at: 8)
                == .refused(.staleProducerEpoch))
        #expect(
            append(&table, producedHeader(7, epoch: 2, sequence: 0, count: 4), at: 8)
                == .duplicate(baseOffset: 4, nextOffset: 8))
    }

    @Test func sequencesWrapBehindTheLargest() {
        var table = ProducerStateTable()
        let start = Int32.max - 4
        table.record(
            producedHeader(7, epoch: 0, sequence: start, count: 3, baseOffset: 10),
            nowMilliseconds: 0)
        // Max-1, Max, 0, 1: then 2 is next.
        let wrapping = producedHeader(7, epoch: 0, sequence: Int32.max - 1, count: 4)
        #expect(append(&table, wrapping, at: 13) == .next)
        #expect(table.check(wrapping) == .duplicate(baseOffset: 13, nextOffset: 17))
        #expect(append(&table, producedHeader(7, epoch: 0, sequence: 2, count: 1), at: 17) == .next)
        #expect(
            table.check(producedHeader(7, epoch: 0, sequence: 0, count: 1))
                == .refused(.outOfOrderSequence))
        #expect(
            table.check(producedHeader(7, epoch: 0, sequence: start - 3, count: 3))
                == .refused(.duplicateSequence))
    }

    @Test func aLogThatIsReadAgainIsNotJudged() {
        var table = ProducerStateTable()
        // Retention took the batches from sequence 0 on.
        table.record(
            producedHeader(7, epoch: 3, sequence: 500, count: 2, baseOffset: 90),
            nowMilliseconds: 0)
        #expect(table.check(producedHeader(7, epoch: 3, sequence: 502, count: 1)) == .next)
        // Compaction took a record, not the batch's place in the sequence.
        var compacted = producedHeader(7, epoch: 3, sequence: 502, count: 4, baseOffset: 92)
        compacted.recordCount = 1
        table.record(compacted, nowMilliseconds: 0)
        #expect(table.check(producedHeader(7, epoch: 3, sequence: 506, count: 1)) == .next)
        // No sound log holds this one.
        table.record(
            producedHeader(7, epoch: 2, sequence: 0, count: 1, baseOffset: 96), nowMilliseconds: 0)
        #expect(table.check(producedHeader(7, epoch: 3, sequence: 506, count: 1)) == .next)
    }

    @Test func theLongestIdleProducerMakesWay() {
        var table = ProducerStateTable(limits: ProducerStateLimits(producerCountMax: 3))
        for id in [1, 2, 3, 1, 4] as [Int64] {
            let header = producedHeader(id, epoch: 0, sequence: id == 1 ? 0 : 0, count: 1)
            table.record(header, nowMilliseconds: 0)
        }
        #expect(table.producerCount == 3)
        let isKnown = (1...4).map { id in
            table.check(producedHeader(id, epoch: 0, sequence: 1, count: 1)) == .next
        }
        #expect(isKnown == [true, false, true, true])
    }

    @Test func idleProducersExpireAlsoWhenTheClockJumped() {
        var table = ProducerStateTable()
        for (id, time) in [(1, 500), (2, 9_000_000), (3, 510), (4, 600)] as [(Int64, Int64)] {
            table.record(
                producedHeader(id, epoch: 0, sequence: 0, count: 1), nowMilliseconds: time)
        }
        #expect(table.expire(idleSince: 510) == 2)
        #expect(table.producerCount == 2)
        #expect(table.expire(idleSince: 510) == 0)
        #expect(table.check(producedHeader(3, epoch: 0, sequence: 0, count: 1)) == .next)
        #expect(table.expire(idleSince: .max) == 2)
        #expect(table.producerCount == 0)
    }

    @Test func agreesWithTheNaiveModel() {
        let seed = TestSeed.current
        for round in 0..<40 {
            var walk = ProducerWalk(seed: seed &+ UInt64(round), producerCountMax: 1 + round % 9)
            for step in 0..<600 {
                let difference = walk.step()
                #expect(
                    difference == nil,
                    "seed \(seed) round \(round) step \(step): \(difference ?? "")")
                if difference != nil { return }
            }
        }
    }
}

/// A random walk over table and model side by side.
private struct ProducerWalk: ~Copyable {
    private var random: SplitMix64
    private var table: ProducerStateTable
    private var model: NaiveProducerState
    private let limits: ProducerStateLimits
    private var nextOffset: Int64 = 0
    private var now: Int64 = 0

    init(seed: UInt64, producerCountMax: Int) {
        random = SplitMix64(seed: seed)
        limits = ProducerStateLimits(producerCountMax: producerCountMax)
        table = ProducerStateTable(limits: limits)
        model = NaiveProducerState(producerCountMax: producerCountMax)
    }

    /// Does something to both; answers what they disagree on.
    mutating func step() -> String? {
        now += Int64.random(in: 0...10, using: &random)
        switch Int.random(in: 0..<40, using: &random) {
        case 0:
            let cutoff = now - Int64.random(in: 0...100, using: &random)
            let expired = table.expire(idleSince: cutoff)
            let expected = model.expire(idleSince: cutoff)
            return expired == expected ? nil : "expired \(expired), not \(expected)"
        case 1: return reload()
        default: return append()
        }
    }

    private mutating func append() -> String? {
        let id = Int64.random(in: 0..<6, using: &random)
        let known = model.producers[id]?.epoch ?? 0
        let epoch = max(0, known + [0, 0, 0, 0, 0, 0, 1, -1].randomElement(using: &random)!)
        let expected = model.expectedNumber(id, epoch: epoch)
        let isUnknown = expected == 0
        // Large batches, so that sequences wrap within a round.
        let counts: [Int64] = [1, 2, 7, 1_000, 300_000_000]
        var count = counts.randomElement(using: &random)!
        var number = expected
        switch Int.random(in: 0..<8, using: &random) {
        case 0: number = expected + Int64.random(in: 1...3, using: &random)
        case 1: number = max(0, expected - Int64.random(in: 1...8, using: &random))
        case 2, 3:
            let stored = model.producers[id]?.stored.filter { $0.epoch == epoch } ?? []
            // Not so far back that 31 bits could not tell it from what is to come.
            if let again = stored.suffix(8).randomElement(using: &random),
                expected - again.firstNumber < 1 << 29
            {
                number = again.firstNumber
                count = again.count
            }
        default: break
        }
        if isUnknown, number > 0 { count = min(count, 1_000) }
        guard expected - number < 1 << 29, count < 1 << 29 else { return nil }
        let header = producedHeader(
            id, epoch: epoch, sequence: Int32(number % (1 << 31)), count: Int32(count),
            baseOffset: nextOffset)
        let verdict = table.check(header)
        let wanted = model.check(id, epoch: epoch, number: number, count: count)
        guard verdict == wanted else { return "\(header): \(verdict), not \(wanted)" }
        if verdict == .next {
            table.record(header, nowMilliseconds: now)
            model.record(
                id,
                NaiveProducerState.Stored(
                    epoch: epoch, firstNumber: number, count: count, baseOffset: nextOffset),
                nowMilliseconds: now)
            nextOffset += count
        }
        return table.producerCount == model.producers.count ? nil : "the counts differ"
    }

    /// Goes on with what a snapshot of the table is read as.
    private mutating func reload() -> String? {
        let bytes = table.snapshot(at: nextOffset).encode()
        let limits = limits
        let offset = nextOffset
        do {
            var read: ProducerStateTable?
            try bytes.withUnsafeBytes { raw in
                read = try ProducerStateTable(
                    decoding: raw, snapshotOffset: offset, limits: limits)
            }
            table = read!
        } catch {
            return "a snapshot is refused: \(error)"
        }
        return table.snapshot(at: nextOffset).encode() == bytes ? nil : "a snapshot differs"
    }
}
