// Keys that are drawn: as often as their distribution says, and partitions that follow from them.

import AeroLoad
import Glibc
import TestSupport
import Testing

@Suite struct MessageKeysTests {
    static func counts(_ keys: MessageKeys, seed: UInt64, draws: Int) -> [UInt64: Int] {
        let sampler = KeySampler(keys, seed: seed)
        var counts: [UInt64: Int] = [:]
        for index in 0..<Int64(draws) { counts[sampler.key(index: index), default: 0] += 1 }
        return counts
    }

    @Test(arguments: [0, 500_000_000, 1_000_000_000, 1_700_000_000] as [Int64])
    func zipfFollowsItsExponent(exponentBillionths: Int64) {
        let seed = TestSeed.current
        let (keys, draws) = (50, 200_000)
        let found = Self.counts(
            .zipf(count: keys, exponentBillionths: exponentBillionths), seed: seed, draws: draws)
        let weights = (1...keys).map { pow(Double($0), -Double(exponentBillionths) / 1e9) }
        let total = weights.reduce(0, +)
        var distance = 0.0
        for (key, weight) in weights.enumerated() {
            let expected = Double(draws) * weight / total
            let difference = Double(found[UInt64(key)] ?? 0) - expected
            distance += difference * difference / expected
        }
        // Chi-square with 49 degrees of freedom: beyond 94 with a probability of 1 in 10,000.
        #expect(distance < 94, "seed \(seed)")
        #expect(found.keys.allSatisfy { $0 < UInt64(keys) })
    }

    @Test func uniformKeysReachAsFarAsAsked() {
        let found = Self.counts(.uniform(count: 7), seed: 3, draws: 70_000)
        #expect(found.count == 7)
        #expect(found.values.allSatisfy { abs($0 - 10_000) < 500 })
        let wide = Self.counts(.uniform(count: 1_000_000_000_000), seed: 3, draws: 1_000)
        #expect(wide.count == 1_000)
        #expect(wide.keys.contains { $0 > 500_000_000_000 })
    }

    /// By the exponent of a large table, where most weights are tiny.
    @Test func manyKeysHaveTheirLongTail() {
        let found = Self.counts(
            .zipf(count: 1_000_000, exponentBillionths: 1_000_000_000), seed: 5, draws: 100_000)
        // 1 / H(10^6) = 0.0695 of all draws, and ln(10^3)/H for the first thousand.
        #expect(abs(Double(found[0] ?? 0) - 6_948) < 420)
        let head = found.filter { $0.key < 1_000 }.values.reduce(0, +)
        #expect(abs(Double(head) - 52_010) < 1_200)
    }

    @Test func aKeyHasOnePartitionAndTopicsTakeTurns() throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal,
            overrides: [
                "classes.main.topics=2", "classes.main.partitions=5", "classes.main.producers=3",
                "classes.main.keys={ distribution: zipf, count: 40, exponent: 0.8 }",
            ])
        var partitions: [UInt64: Set<Int>] = [:]
        var used: Set<Int> = []
        for assignment in LoadPlan(scenario, runId: "r1").assignments[0].producers {
            var state = ProducerState(assignment, scenario, startNanoseconds: 0)
            for step in 0..<500 {
                let key = try #require(state.key)
                let index = assignment.producer + step * 3
                #expect(state.destination / 5 == index % 2)
                partitions[key, default: []].insert(state.destination % 5)
                used.insert(state.destination)
                state.advance()
            }
        }
        #expect(partitions.values.allSatisfy { $0.count == 1 })
        #expect(used == Set(0..<10))
    }

    /// Values of Kafka's own murmur2 for eight big-endian bytes, computed by another program.
    @Test func partitionsAreKafkas() {
        #expect(
            [0, 1, 2, 12_345, .max].map { KeyHash.partition(ofKey: $0, count: 1_000) }
                == [715, 60, 604, 725, 397])
    }
}
