// Plans: what is refused, and with which arithmetic.

import AeroReport
import Testing

struct GatePlanTests {
    private static let metric = GateMetric(
        scenario: "s", name: "p99", unit: .nanoseconds, scale: .ratio, practical: 0.05,
        resolution: 0.10)

    private func error(_ change: (inout GatePlan) -> Void) -> GatePlanError? {
        var plan = GatePlan()
        change(&plan)
        do { try plan.validate() } catch { return error }
        return nil
    }

    @Test func theDefaultCanSayEverything() throws {
        try GatePlan().validate()
        try GatePlan(pairCount: 7).validate()
    }

    @Test func plansThatCannotFailAreRefused() {
        #expect(
            error { $0 = GatePlan(pairCount: 6) }
                == .powerless(.fail, pairs: 6, bits: 6, level: 0.01, needed: 7))
        #expect(
            error { $0 = GatePlan(pairCount: 4, failLevel: 0.1) }
                == .powerless(.pass, pairs: 4, bits: 4, level: 0.05, needed: 5))
        #expect(
            error {
                $0.confirmationLooks = [3]
                $0.confirmationLevels = [0.1]
            } == .powerless(.confirmation, pairs: 3, bits: 3, level: 0.1, needed: 4))
        // Many pairs and few sign changes are no better than few pairs.
        #expect(
            error { $0.dimension = 5 }
                == .powerless(.fail, pairs: 56, bits: 5, level: 0.03, needed: 6))
        let text = error { $0 = GatePlan(pairCount: 3) }.map { "\($0)" }
        #expect(
            text == "this plan can never fail: with 3 pairs the smallest possible p-value is "
                + "2^-3 = 12.500 %, above the 1.000 % it has to reach; plan at least 7 pairs")
    }

    @Test func disorderIsRefused() {
        let changes: [(inout GatePlan) -> Void] = [
            { $0.looks = [] }, { $0.looks = [8, 8, 18, 27, 40, 56] }, { $0.looks[0] = 0 },
            { $0.failLevels = [0.01] }, { $0.failLevels[5] = 0.001 },
            { $0.passLevels[5] = 0.6 }, { $0.passLevels[0] = -1 }, { $0.preflightPairs = 9 },
            { $0.preflightPairs = 0 }, { $0.dimension = 0 }, { $0.dimension = 21 },
            { $0.confirmationLevels = [] }, { $0.failLevels[5] = .nan },
        ]
        for (index, change) in changes.enumerated() {
            guard case .disordered? = error(change) else {
                Issue.record("change \(index) is let through")
                continue
            }
        }
        #expect(error { $0.looks[5] = 201 } == .tooManyPairs(201, most: 200))
    }

    @Test func thresholdsHaveToMakeSense() {
        let changes: [(inout GateMetric) -> Void] = [
            { $0.practical = 0 }, { $0.resolution = 0.05 }, { $0.floor = -1 },
            { $0.practical = .nan }, { $0.resolution = .infinity },
        ]
        for change in changes {
            var metric = Self.metric
            change(&metric)
            #expect(throws: GatePlanError.threshold(metric: "p99")) {
                try GateExperiment(plan: GatePlan(), metrics: [metric])
            }
        }
        #expect(throws: GatePlanError.nothingToJudge) {
            try GateExperiment(plan: GatePlan(), metrics: [])
        }
    }
}
