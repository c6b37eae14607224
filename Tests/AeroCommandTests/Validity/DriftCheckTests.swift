// Drift inside the window, on series whose answer is known.

import AeroReport
import TestSupport
import Testing

@testable import AeroCommand

@Suite struct DriftCheckTests {
    static func code(_ values: [Double], floor: Double = 50_000) -> String? {
        DriftCheck(what: "the median", values: values, floor: floor).finding?.record.code
    }

    @Test func aClimbingMedianIsFound() throws {
        var random = SplitMix64(seed: TestSeed.current)
        let values = (0..<30).map {
            1e6 * (1 + 0.01 * Double($0) + Double.random(in: -0.03...0.03, using: &random))
        }
        #expect(Self.code(values) == "drift", "seed \(TestSeed.current)")
        let finding = try #require(
            DriftCheck(what: "x", values: values.reversed(), floor: 0).finding)
        #expect(finding.record.message.contains("falls") && finding.weight == .warning)
    }

    @Test func aSteadyMedianIsNot() {
        var random = SplitMix64(seed: 3)
        let values = (0..<30).map { _ in 1e6 * Double.random(in: 0.8...1.2, using: &random) }
        #expect(Self.code(values) == nil)
    }

    @Test func whatIsCertainAndSmallDoesNotMatter() {
        // Each interval 0.1 % slower than the one before: certain, and 3 % in all.
        let values = (0..<30).map { 1e6 + 1_000 * Double($0) }
        #expect(Self.code(values) == nil)
        // A third more, and six microseconds.
        #expect(Self.code((0..<30).map { 20_000 + 200 * Double($0) }) == nil)
        #expect(Self.code((0..<30).map { 20_000 + 200 * Double($0) }, floor: 1_000) == "drift")
    }

    @Test func fewIntervalsTellNothing() {
        #expect(Self.code([1e6, 2e6, 3e6, 4e6, 5e6]) == nil)
    }
}
