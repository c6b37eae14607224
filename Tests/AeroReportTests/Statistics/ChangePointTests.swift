// Changes of level by known answers, and how often there is one where there is none.

import TestSupport
import Testing

@testable import AeroReport

struct ChangePointTests {
    /// By hand: nine distances of 1 across, none within; 2 - 0 - 0, times 9/6.
    @Test func theDistanceOfTwoLevels() {
        let sizes = ChangePoints.divisions(of: [0, 0, 0, 1, 1, 1])
        #expect(sizes.count == 1 && sizes[0].place == 3 && abs(sizes[0].size - 3) < 1e-12)
        #expect(ChangePoints.divisions(of: [0, 0, 0, 1, 1]).isEmpty)
        let four = ChangePoints.divisions(of: [0, 0, 0, 1, 1, 1, 1])
        #expect(four.map(\.place) == [3, 4])
        // Before and behind the step: 2 - 0 - 0, times 12/7. One further, one is on the wrong side.
        #expect(abs(four[0].size - 24.0 / 7) < 1e-12 && four[1].size < four[0].size)
    }

    @Test func aStepIsFoundWhereItIs() {
        let values = (0..<24).map { ($0 < 15 ? 0 : 0.05) + ($0.isMultiple(of: 2) ? 0.01 : -0.01) }
        let found = ChangePoints.find(in: values, permutationCount: 199)
        #expect(found.map(\.index) == [15])
        #expect(found.allSatisfy { $0.probability <= 0.01 })
        #expect(ChangePoints.find(in: values, permutationCount: 199) == found)
    }

    /// A loss that was mended, and another one.
    @Test func severalStepsAreFoundInOrder() {
        let levels = [0.0, 0.1, 0.0, 0.2]
        let values = (0..<32).map { levels[$0 / 8] + ($0.isMultiple(of: 2) ? 0.01 : -0.01) }
        let found = ChangePoints.find(in: values, permutationCount: 199)
        #expect(found.map(\.index) == [8, 16, 24])
    }

    @Test func nothingIsFoundInNothing() {
        #expect(ChangePoints.find(in: []).isEmpty)
        #expect(ChangePoints.find(in: [1, 2, 3]).isEmpty)
        #expect(ChangePoints.find(in: Array(repeating: 0.5, count: 30)).isEmpty)
        // Of eight values even the best division is not rare enough.
        #expect(ChangePoints.find(in: [0, 0, 0, 0, 9, 9, 9, 9]).isEmpty)
        #expect(ChangePoints.find(in: [0, 0, 0, 0, 0, 9, 9, 9, 9, 9]).map(\.index) == [5])
    }

    /// At a level of 5 % no more than that many series without a change have one, and with a clear
    /// one hardly any has none.
    @Test func theLevelHolds() {
        var generator = SplitMix64(seed: TestSeed.current)
        var (alarms, missed) = (0, 0)
        for seed in 0..<200 {
            // Skewed noise, as latencies have.
            let noise = (0..<12).map { _ in
                let value = Double.random(in: 0...1, using: &generator)
                return value * value * value
            }
            let steady = ChangePoints.find(
                in: noise, level: 0.05, permutationCount: 59, seed: UInt64(seed))
            if !steady.isEmpty { alarms += 1 }
            let moved = noise.enumerated().map { $0.element + ($0.offset < 6 ? 0 : 2) }
            let found = ChangePoints.find(
                in: moved, level: 0.05, permutationCount: 59, seed: UInt64(seed))
            if found.isEmpty { missed += 1 }
        }
        // Ten are expected; four standard deviations are twelve more.
        #expect(alarms <= 22, "seed \(TestSeed.current)")
        #expect(missed <= 4, "seed \(TestSeed.current)")
    }
}
