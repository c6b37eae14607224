// Counts per message: compared as they are, and never passed unseen.

import Testing

@testable import AeroReport

struct CounterCheckTests {
    private let allocations = Metric.resource(.broker, .allocationsPerMessage)

    /// Seven runs of each side, with these allocations per message.
    private func gate(
        _ baseline: [Double?], _ candidate: [Double?], tolerance: Double = 0.01,
        change: (inout GatePolicy) -> Void = { _ in }
    ) throws -> GateReport {
        func side(_ values: [Double?], _ side: Int) throws -> [ResultDocument] {
            var runs = try SampleResult().document().repeated(7, side: side)
            for index in runs.indices {
                runs[index].broker?.allocationsPerMessage = values[index % values.count]
            }
            return runs
        }
        var policy = GatePolicy()
        policy.limits.counters = [allocations: tolerance]
        change(&policy)
        return try GateReport(
            baseline: side(baseline, 0), candidate: side(candidate, 1), policy: policy)
    }

    private func counter(_ report: GateReport) throws -> GateCheck {
        let checks = report.checks.filter { $0.kind == .counter }
        #expect(checks.count == 1)
        return try #require(checks.first)
    }

    @Test func oneMoreAllocationIsARegression() throws {
        let report = try gate([0.002], [1.002])
        #expect(report.exitCode == .regression)
        let check = try counter(report)
        #expect(check.verdict == .fail && check.baseline == 0.002 && check.candidate == 1.002)
        #expect(check.limit == 0.01 && check.unit == .count)
        #expect(
            check.explanation == "broker.allocationsPerMessage is 1.002 after 0.002, "
                + "worse by more than the 0.010 tolerated")
        #expect(report.text().contains("! latency-1k: broker.allocationsPerMessage"))
    }

    @Test func whatIsToleratedPasses() throws {
        #expect(try gate([0.002], [0.0115]).exitCode == .pass)
        #expect(try gate([1.002], [0.002]).exitCode == .pass)
        #expect(try gate([0.002], [0.0125]).exitCode == .regression)
    }

    @Test func aToleranceOfNothingIsExact() throws {
        #expect(try gate([2], [2], tolerance: 0).exitCode == .pass)
        #expect(try gate([2], [2.0001], tolerance: 0).exitCode == .regression)
    }

    /// Medians far apart, and one run of each side on the other's ground.
    @Test func whatVariesFailsNothing() throws {
        let report = try gate([1, 1, 1, 1, 1, 1, 9], [5, 5, 5, 5, 5, 5, 0.5])
        #expect(report.exitCode == .pass)
        let check = try counter(report)
        #expect(check.verdict == .inconclusive && check.explanation.contains("overlap"))
        let strict = try gate([1, 1, 1, 1, 1, 1, 9], [5, 5, 5, 5, 5, 5, 0.5]) {
            $0.inconclusive = .fail
        }
        #expect(strict.exitCode == .inconclusive)
    }

    @Test func aMissingCounterIsToldAndNotPassed() throws {
        let cases: [([Double?], [Double?], String)] = [
            ([nil], [0.002], "baseline"), ([0.002], [nil], "candidate"),
            ([0.002], [0.002, nil], "candidate"), ([nil], [nil], "baseline"),
        ]
        for (baseline, candidate, side) in cases {
            let report = try gate(baseline, candidate)
            #expect(report.exitCode == .invalidRun)
            let check = try counter(report)
            #expect(check.verdict == .invalid)
            #expect(
                check.explanation
                    == "a run of the \(side) did not count broker.allocationsPerMessage")
        }
    }

    @Test func ofAHitRateLessIsWorse() throws {
        func verdict(_ tolerance: Double, isReversed: Bool) throws -> GateExitCode {
            let whole = try SampleResult().document()
            var less = whole
            less.broker?.poolHitRate = 0.9
            var policy = GatePolicy()
            policy.limits.counters = [.resource(.broker, .poolHitRate): tolerance]
            let sides = isReversed ? [less, whole] : [whole, less]
            return try GateReport(
                baseline: sides[0].repeated(7, side: 0), candidate: sides[1].repeated(7, side: 1),
                policy: policy
            ).exitCode
        }
        #expect(try verdict(0.05, isReversed: false) == .regression)
        #expect(try verdict(0.2, isReversed: false) == .pass)
        #expect(try verdict(0.05, isReversed: true) == .pass)
    }

    /// Counters alone are something to judge; nothing at all is not.
    @Test func countersMayBeAllThatIsAsked() throws {
        let nothing = { (policy: inout GatePolicy) in policy.limits.relative = [:] }
        #expect(try gate([0.002], [0.002], change: nothing).exitCode == .pass)
        #expect(try gate([0.002], [1], change: nothing).exitCode == .regression)
        let blind = try gate([0.002], [1]) { policy in
            nothing(&policy)
            policy.limits.counters = [:]
        }
        #expect(blind.exitCode == .inconclusive)
    }

    @Test func incomparableRunsAreNotCounted() throws {
        var other = SampleResult()
        other.kernel = "6.2.0"
        var policy = GatePolicy()
        policy.limits.counters = [allocations: 0]
        let report = try GateReport(
            baseline: [SampleResult().document()], candidate: [other.document()], policy: policy)
        #expect(report.exitCode == .incomparable)
        #expect(!report.checks.contains { $0.kind == .counter })
    }
}
