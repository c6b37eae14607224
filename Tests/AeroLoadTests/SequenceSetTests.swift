// The set of sequences against a plain set.

import AeroLoad
import TestSupport
import Testing

@Suite struct SequenceSetTests {
    static func random(
        _ random: inout SplitMix64, below limit: Int64
    ) -> (set: SequenceSet, model: Set<Int64>) {
        var set = SequenceSet()
        var model: Set<Int64> = []
        for _ in 0..<Int.random(in: 0...150, using: &random) {
            let sequence = Int64.random(in: 0..<limit, using: &random)
            _ = set.insert(sequence)
            model.insert(sequence)
        }
        return (set, model)
    }

    @Test func insertionsAgreeWithAModel() {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for _ in 0..<100 {
            var set = SequenceSet()
            var model: Set<Int64> = []
            for _ in 0..<200 {
                let sequence = Int64.random(in: 0..<120, using: &random)
                let highest = model.max() ?? -1
                let expected: SequenceSet.Insertion =
                    model.contains(sequence)
                    ? .duplicate
                    : sequence == highest + 1
                        ? .inOrder : sequence > highest ? .jumped : .filledGap
                #expect(set.insert(sequence) == expected, "seed \(seed)")
                model.insert(sequence)
                #expect(set.count == Int64(model.count), "seed \(seed)")
            }
            for sequence in -1...121 as ClosedRange<Int64> {
                #expect(set.contains(sequence) == model.contains(sequence), "seed \(seed)")
            }
            Self.checkShape(set, seed)
        }
    }

    static func checkShape(_ set: SequenceSet, _ seed: UInt64) {
        var end: Int64 = -1
        for gap in set.missing {
            #expect(gap.lower > end && gap.upper > gap.lower, "gaps ascend, seed \(seed)")
            end = gap.upper
        }
        #expect(end < set.next || set.missing.isEmpty, "seed \(seed)")
    }

    @Test func rangesAgreeWithAModel() {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            var (a, modelA) = Self.random(&random, below: 100)
            let (b, modelB) = Self.random(&random, below: 130)
            let end = Int64.random(in: 0...160, using: &random)
            let missing = Set(a.missing(below: end).flatMap { Array($0.lower..<$0.upper) })
            #expect(missing == Set(0..<end).subtracting(modelA), "seed \(seed)")
            let later = modelA.filter { $0 >= end }.count
            #expect(a.count(from: end) == Int64(later), "seed \(seed)")
            let common = Int64(modelA.intersection(modelB).count)
            #expect(a.intersectionCount(b) == common, "seed \(seed)")
            let first = Int64.random(in: 0..<100, using: &random)
            let count = Int64.random(in: 0...20, using: &random)
            let added = Set(first..<first + count)
            #expect(
                a.insert(from: first, count: count) == Int64(added.subtracting(modelA).count),
                "seed \(seed)")
            modelA.formUnion(added)
            let commonNow = Int64(modelA.intersection(modelB).count)
            #expect(a.formUnion(b) == commonNow, "seed \(seed)")
            modelA.formUnion(modelB)
            for sequence in 0..<160 as Range<Int64> {
                #expect(a.contains(sequence) == modelA.contains(sequence), "seed \(seed)")
            }
            #expect(a.count == Int64(modelA.count), "seed \(seed)")
            Self.checkShape(a, seed)
        }
    }

    @Test func memoryIsOfTheGapsNotOfTheMessages() {
        var set = SequenceSet()
        for sequence in 0..<1_000_000 as Range<Int64> where sequence % 100_000 != 7 {
            _ = set.insert(sequence)
        }
        #expect(set.missing.count == 10)
        for gap in set.missing { _ = set.insert(gap.lower) }
        #expect(set.missing.isEmpty && set.count == 1_000_000)
    }

    @Test func tooManyGapsAreSaidSo() {
        var set = SequenceSet()
        let limit: Int64 = 1 << 20
        for index in 0..<limit + 10 { _ = set.insert(index * 2 + 1) }
        #expect(!set.isExact)
        #expect(set.missing.count == Int(limit))
        #expect(set.count == limit + 10, "what is missing is still counted")
    }
}
