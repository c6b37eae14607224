// The statistics against an implementation in another language, on random inputs.

import AeroReport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct StatisticsReferenceTests {
    private let seed = TestSeed.current

    /// Differences of which some are tied and some zero, which is where ranks go wrong.
    private static func differences(_ count: Int, _ generator: inout SplitMix64) -> [Double] {
        let isCoarse = Bool.random(using: &generator)
        let shift = Double.random(in: -0.5...1, using: &generator)
        return (0..<count).map { _ in
            let value = Double.random(in: -1...1, using: &generator) + shift
            return isCoarse ? (value * 4).rounded() / 4 : value
        }
    }

    @Test func tailProbabilities() throws {
        var generator = SplitMix64(seed: seed)
        let inputs = (0..<60).map { Self.differences($0 % 60 + 1, &generator) }
        let answers = try StatisticsReference.answers(
            inputs.map { ReferenceCase(what: "tail", differences: $0) }, as: Double.self)
        for (input, answer) in zip(inputs, answers) {
            let ranks = SignedRanks(input)
            let probability = SignedRankDistribution(sizesOf: ranks)
                .probability(ofAtLeast: ranks.sum)
            #expect(abs(probability - answer) <= 1e-12 * answer, "seed \(seed), \(input)")
        }
    }

    @Test func adjustedProbabilities() throws {
        var generator = SplitMix64(seed: seed)
        var cases: [ReferenceCase] = []
        var groups: [FlipGroup] = []
        for round in 0..<24 {
            // Some groups are all sign vectors, some a part of them.
            let pairs = 3 + round % 12
            let group = FlipGroup(pairCount: pairs, seed: UInt64(round), dimension: 8)
            groups.append(group)
            let columns = (0..<(1 + round % 5)).map { _ in Self.differences(pairs, &generator) }
            cases.append(
                ReferenceCase(
                    what: "step-down", columns: columns, codes: group.codes,
                    dimension: group.dimension))
        }
        let answers = try StatisticsReference.answers(cases, as: [Double].self)
        for index in cases.indices {
            let columns = try #require(cases[index].columns).map { SignedRanks($0) }
            let adjusted = MaximumTest.adjustedProbabilities(columns, group: groups[index])
            #expect(adjusted == answers[index], "seed \(seed), case \(index)")
        }
    }

    @Test func estimatesAndIntervals() throws {
        var generator = SplitMix64(seed: seed)
        let inputs = (0..<24).map { index in
            (0..<(1 + index % 12)).map { _ in Double.random(in: -1...1, using: &generator) }
        }
        let answers = try StatisticsReference.answers(
            inputs.map { ReferenceCase(what: "shift", differences: $0, level: 0.05) },
            as: [Double?].self)
        for (input, answer) in zip(inputs, answers) {
            let estimate = ShiftEstimate(input, level: 0.05)
            #expect(abs(estimate.value - (answer[0] ?? .nan)) < 1e-12, "seed \(seed), \(input)")
            #expect(estimate.lower == answer[1] ?? -.infinity, "seed \(seed), \(input)")
            #expect(estimate.upper == answer[2] ?? .infinity, "seed \(seed), \(input)")
            // One look is the same test; up to 12 pairs the group holds every sign vector.
            let bounds = SequentialInterval.bounds(
                input, looks: [input.count], levels: [0.05],
                group: FlipGroup(pairCount: input.count, seed: 1))
            #expect(bounds.lower == estimate.lower, "seed \(seed), \(input)")
            #expect(bounds.upper == estimate.upper, "seed \(seed), \(input)")
        }
    }

    @Test func looks() throws {
        var generator = SplitMix64(seed: seed)
        var cases: [ReferenceCase] = []
        var groups: [FlipGroup] = []
        for round in 0..<40 {
            let group = FlipGroup(pairCount: 14, seed: UInt64(round), dimension: 9)
            groups.append(group)
            let columns = (0..<(1 + round % 4)).map { _ in Self.differences(14, &generator) }
            cases.append(
                ReferenceCase(
                    what: "sequential", columns: columns, codes: group.codes,
                    dimension: group.dimension, looks: [5, 8, 11, 14],
                    levels: [0.04, 0.06, 0.08, 0.10]))
        }
        let answers = try StatisticsReference.answers(cases, as: Int.self)
        // A check that is never met and never missed checks nothing.
        #expect(Set(answers).count >= 3, "seed \(seed)")
        for index in cases.indices {
            let columns = try #require(cases[index].columns)
            var test = SequentialFlipTest(group: groups[index])
            var rejectedAt = -1
            for (look, count) in [5, 8, 11, 14].enumerated() where rejectedAt < 0 {
                let ranks = columns.map { SignedRanks(Array($0.prefix(count))) }
                let level = [0.04, 0.06, 0.08, 0.10][look]
                if test.look(ranks, level: level).isRejected { rejectedAt = look }
            }
            #expect(rejectedAt == answers[index], "seed \(seed), case \(index)")
        }
    }

    @Test func changes() throws {
        var generator = SplitMix64(seed: seed)
        var inputs: [[Double]] = []
        for round in 0..<12 {
            var level = 0.0
            inputs.append(
                (0..<(4 + round)).map { index in
                    if round.isMultiple(of: 2), index > 0, index.isMultiple(of: 6) { level += 1.5 }
                    return level + Double.random(in: -0.5...0.5, using: &generator)
                })
        }
        let cases = inputs.indices.map { round in
            ReferenceCase(
                what: "changes", differences: inputs[round], level: 0.05, seed: UInt64(round),
                permutations: 59)
        }
        let answers = try StatisticsReference.answers(cases, as: [Double].self)
        #expect(Set(answers.map(\.isEmpty)).count == 2, "seed \(seed)")
        for (round, answer) in answers.enumerated() {
            let found = ChangePoints.find(
                in: inputs[round], level: 0.05, permutationCount: 59, seed: UInt64(round))
            let flat = found.flatMap { [Double($0.index), $0.probability] }
            #expect(flat == answer, "seed \(seed), \(inputs[round])")
        }
    }
}
