// The gate as a state machine: transcripts of pairs in and actions out.

import AeroReport
import TestSupport
import Testing

struct GateExperimentTests {
    private static let p99 = GateMetric(
        scenario: "s", name: "p99", unit: .nanoseconds, scale: .ratio, practical: 0.05,
        resolution: 0.10)
    private static let throughput = GateMetric(
        scenario: "s", name: "throughput", unit: .messagesPerSecond, scale: .inverseRatio,
        practical: 0.04, resolution: 0.08)
    private static let stalls = GateMetric(
        scenario: "s", name: "stalls", unit: .count, scale: .difference, practical: 6,
        resolution: 12)

    private static func pair(_ factor: Double, _ noise: Double = 0) -> GatePair {
        GatePair(
            baseline: [1e6, 1e5, 0], candidate: [1e6 * factor * (1 + noise), 1e5, 0])
    }

    /// Another latency that passes: a gate that could judge none does not pass anyway.
    private static let judgedLatency = GateCheck(
        scenario: "s", kind: .relative, name: "p50", verdict: .pass, unit: .nanoseconds,
        explanation: "")

    private func experiment(_ plan: GatePlan = GatePlan()) throws -> GateExperiment {
        try GateExperiment(plan: plan, metrics: [Self.p99, Self.throughput, Self.stalls])
    }

    @Test func equalPairsPassAtTheFirstLook() throws {
        var gate = try experiment()
        #expect(gate.next == .measure(6, .screening))
        for _ in 0..<6 { gate.add(Self.pair(1)) }
        #expect(gate.next == .measure(2, .screening))
        for _ in 0..<2 { gate.add(Self.pair(1)) }
        #expect(gate.next == .conclude(.pass))
        gate.add(Self.pair(2))
        #expect(gate.next == .conclude(.pass) && gate.addedCount == 8)
        let conclusion = gate.conclusion
        #expect(conclusion.verdict == .pass && conclusion.looks == [8])
        #expect(conclusion.metrics.map(\.estimate) == [0, 0, 0])
        #expect(conclusion.metrics.allSatisfy { $0.upper == 0 && $0.verdict == .pass })
    }

    @Test func aRegressionIsConfirmedByFreshPairs() throws {
        var gate = try experiment()
        for index in 0..<8 { gate.add(Self.pair(1.2, 0.001 * Double(index))) }
        #expect(gate.next == .measure(12, .confirmation) && gate.suspects == [0])
        for index in 0..<12 { gate.add(Self.pair(1.15, 0.001 * Double(index))) }
        #expect(gate.next == .conclude(.fail(metrics: [0])))
        let conclusion = gate.conclusion
        let metric = conclusion.metrics[0]
        #expect(conclusion.reason == "worse than the baseline, confirmed by fresh pairs: p99")
        #expect(metric.verdict == .fail && abs(metric.estimate - 0.2) < 0.01)
        #expect(abs((metric.confirmedEstimate ?? 0) - 0.156) < 0.01)
        #expect(metric.explanation.contains("fresh pairs confirm it with +15."))
        #expect(conclusion.metrics[1].verdict == .pass)
    }

    @Test func whatFreshPairsDoNotShowIsNoFailure() throws {
        var gate = try experiment()
        for index in 0..<8 { gate.add(Self.pair(1.2, 0.001 * Double(index))) }
        for index in 0..<12 { gate.add(Self.pair(1, index % 2 == 0 ? 0.01 : -0.011)) }
        #expect(gate.next == .conclude(.inconclusive(.unconfirmed(metrics: [0]))))
        #expect(gate.conclusion.verdict == .inconclusive)
        #expect(gate.conclusion.reason.contains("do not confirm it: p99"))
        // Named, and answered: a policy that only warns of what the data cannot tell goes on.
        let metric = gate.conclusion.metrics[0]
        #expect(metric.isUnconfirmed == true && metric.explanation.hasSuffix("not confirm it"))
        let checks = gate.conclusion.checks + [Self.judgedLatency]
        #expect(GateExitCode(checks, inconclusive: .fail) == .inconclusive)
        #expect(GateExitCode(checks, inconclusive: .warn) == .pass)
    }

    /// Fresh pairs that are a little slower confirm that something is, and not that it matters.
    @Test func freshPairsHaveToReachTheThresholdThemselves() throws {
        var gate = try experiment()
        for index in 0..<8 { gate.add(Self.pair(1.2, 0.001 * Double(index))) }
        for index in 0..<40 { gate.add(Self.pair(1.02, 0.0001 * Double(index))) }
        #expect(gate.next == .conclude(.inconclusive(.unconfirmed(metrics: [0]))))
        #expect(gate.conclusion.confirmationLooks == [12, 24, 40])
    }

    /// Significant and below the threshold: a pass that says so.
    @Test func aSmallChangeIsNotAFailure() throws {
        var gate = try experiment()
        for index in 0..<8 { gate.add(Self.pair(1.02, 0.0001 * Double(index))) }
        #expect(gate.next == .conclude(.pass))
        let metric = gate.conclusion.metrics[0]
        #expect(metric.worseProbability == 1.0 / 256 && metric.lower ?? 0 > 0)
        #expect(metric.explanation.contains("it is worse, by less than"))
    }

    @Test func improvementsPassAndAreNoted() throws {
        var gate = try experiment()
        for index in 0..<8 { gate.add(Self.pair(0.8, 0.0001 * Double(index))) }
        #expect(gate.next == .conclude(.pass))
        #expect(gate.conclusion.metrics[0].isImproved)
        #expect(gate.conclusion.metrics[0].explanation.contains("it is better"))
    }

    @Test func aFallOfThroughputIsWorseAndReadsAsAFall() throws {
        var gate = try experiment()
        func pair(_ rate: Double) -> GatePair {
            GatePair(baseline: [1e6, 1e5, 0], candidate: [1e6, rate, 0])
        }
        for index in 0..<8 { gate.add(pair(9e4 - Double(index))) }
        #expect(gate.suspects == [1])
        for index in 0..<12 { gate.add(pair(9e4 - Double(index))) }
        #expect(gate.next == .conclude(.fail(metrics: [1])))
        #expect(gate.conclusion.metrics[1].changeText.hasPrefix("-10.0 %"))
    }

    @Test func moreStallsAreWorse() throws {
        var gate = try experiment()
        func pair(_ stalls: Double) -> GatePair {
            GatePair(baseline: [1e6, 1e5, 6], candidate: [1e6, 1e5, 6 + stalls])
        }
        for index in 0..<8 { gate.add(pair(12 + Double(index % 2) * 6)) }
        #expect(gate.suspects == [2])
        for index in 0..<12 { gate.add(pair(12 + Double(index % 2) * 6)) }
        #expect(gate.next == .conclude(.fail(metrics: [2])))
        #expect(gate.conclusion.metrics[2].text(15) == "+15.0")
    }

    /// 20 % of 100 us is 20 us: over the share, and under the floor of 50 us.
    @Test func aChangeBelowTheFloorPasses() throws {
        var metric = Self.p99
        func outcome(_ metric: GateMetric) throws -> GateAction {
            var gate = try GateExperiment(plan: GatePlan(), metrics: [metric])
            for index in 0..<20 {
                let candidate = 120_000 + 100 * Double(index)
                gate.add(GatePair(baseline: [1e5], candidate: [candidate]))
            }
            return gate.next
        }
        #expect(try outcome(metric) == .conclude(.fail(metrics: [0])))
        metric.floor = 50_000
        #expect(try outcome(metric) == .conclude(.pass))
    }

    @Test func hopelessNoiseStopsEarly() throws {
        var gate = try experiment()
        // The factors of three are even: nothing stands out, and nothing ever will.
        for factor in [3, 1 / 3.0, 2, 0.5, 3, 1 / 3.0] {
            gate.add(
                GatePair(
                    baseline: [1e6, 1e5, 0],
                    candidate: [1e6 * factor, 1e5 * factor, factor > 1 ? 200 : -200]))
        }
        #expect(gate.next == .conclude(.inconclusive(.noise(metrics: [0, 1, 2]))))
        let conclusion = gate.conclusion
        #expect(conclusion.reason.contains("stopped after 6 pairs"))
        #expect(conclusion.metrics[0].explanation.contains("is not excluded"))
    }

    @Test func usedUpPairsCannotTell() throws {
        var gate = try experiment()
        var count = 0
        let noise = [0.2636, -0.1219, 0.0408, -0.3229, 0.477, -0.0392, 0.1388, -0.2086]
        // Halfway between nothing and the resolution, with noise: neither can be excluded.
        while case .measure = gate.next, count < 100 {
            gate.add(Self.pair(1.0488, noise[count % 8]))
            count += 1
        }
        #expect(count == 56)
        #expect(gate.next == .conclude(.inconclusive(.pairsExhausted(metrics: [0]))))
        let metric = gate.conclusion.metrics[0]
        #expect(metric.verdict == .inconclusive && gate.conclusion.looks.count == 6)
        #expect(metric.explanation.contains("pairs differ by"))
        #expect(gate.conclusion.metrics[1].verdict == .pass)
    }

    @Test func unusablePairsAreLeftOutAndCounted() throws {
        var gate = try experiment()
        let unusable = [
            GatePair(baseline: [.nan, 1e5, 0], candidate: [1e6, 1e5, 0]),
            GatePair(baseline: [1e6, 1e5, 0], candidate: [0, 1e5, 0]),
            GatePair(baseline: [1e6], candidate: [1e6]),
            GatePair(baseline: [1e6, 1e5, 0], candidate: [1e6, -1, .infinity]),
        ]
        for pair in unusable { gate.add(pair) }
        #expect(gate.next == .measure(6, .screening))
        for _ in 0..<8 { gate.add(Self.pair(1)) }
        #expect(gate.next == .conclude(.pass))
        #expect(gate.conclusion.unusablePairCount == 4)
        var broken = try experiment()
        for _ in 0..<5 { broken.add(unusable[1]) }
        #expect(
            broken.next == .conclude(.invalid(.unusablePairs(count: 5, of: 5, metric: 0))))
        #expect(broken.conclusion.verdict == .invalid && broken.conclusion.metrics.isEmpty)
    }

    @Test func aCrashEndsTheExperiment() throws {
        var gate = try experiment()
        for _ in 0..<6 { gate.add(Self.pair(1)) }
        gate.abandon(.candidate, reason: "signal 11")
        let defect = GateDefect.crashed(side: .candidate, pair: 7, reason: "signal 11")
        #expect(gate.next == .conclude(.invalid(defect)))
        #expect(gate.conclusion.reason == "the candidate ended in pair 7: signal 11")
        let checks = gate.conclusion.checks
        #expect(checks.count == 4 && checks.allSatisfy { $0.verdict == .invalid })
        #expect(GateExitCode(checks, inconclusive: .pass) == .invalidRun)
        gate.abandon(.baseline, reason: "later")
        #expect(gate.next == .conclude(.invalid(defect)))
    }

    @Test func anEarlyEndLeavesUndecidedWhatIsUndecided() throws {
        var gate = try experiment()
        for index in 0..<8 { gate.add(Self.pair(1.2, 0.001 * Double(index))) }
        gate.end(because: "no time")
        gate.add(Self.pair(1.2))
        #expect(gate.next == .conclude(.inconclusive(.endedEarly(reason: "no time"))))
        let conclusion = gate.conclusion
        #expect(
            conclusion.reason
                == "ended early, after 8 pairs and before p99 could be confirmed: no time")
        #expect(conclusion.metrics.map(\.verdict) == [.inconclusive, .pass, .pass])
    }

    /// What is worse by more than the threshold and by less than the resolution was seen to be
    /// both, at one look. It is no pass before fresh pairs have had their say.
    @Test(arguments: [0, 5]) func whatLooksWorseIsNoPassUnconfirmed(_ freshCount: Int) throws {
        var gate = try experiment()
        for index in 0..<(8 + freshCount) { gate.add(Self.pair(1.06, 0.0001 * Double(index))) }
        #expect(gate.suspects == [0] && gate.isExcluded == [true, true, true])
        gate.end(because: "no time")
        let conclusion = gate.conclusion
        #expect(conclusion.metrics.map(\.verdict) == [.inconclusive, .pass, .pass])
        // Nobody has answered what was found, so that a warning is not enough.
        let checks = conclusion.checks + [Self.judgedLatency]
        #expect(GateExitCode(checks, inconclusive: .fail) == .inconclusive)
        #expect(GateExitCode(checks, inconclusive: .warn) == .inconclusive)
        #expect(GateExitCode(checks, inconclusive: .pass) == .pass)
        let explanation = conclusion.metrics[0].explanation
        #expect(explanation.contains(": it looks worse, and by more than +5.0 %"))
        let end = freshCount == 0 ? "no fresh pairs to confirm it" : "are too few to confirm it"
        #expect(explanation.hasSuffix(end))
    }

    @Test func samePairsSameConclusion() throws {
        var generator = SplitMix64(seed: TestSeed.current)
        let pairs = (0..<60).map { _ in
            Self.pair(1.04, Double.random(in: -0.1...0.1, using: &generator))
        }
        var plan = GatePlan()
        plan.dimension = 10
        let conclusions = try (0..<2).map { _ in
            var gate = try experiment(plan)
            for pair in pairs { gate.add(pair) }
            return gate.conclusion
        }
        #expect(conclusions[0] == conclusions[1], "seed \(TestSeed.current)")
    }

    /// The interval's upper end and the verdict are one statement.
    @Test func theIntervalSaysWhatTheVerdictSays() throws {
        var generator = SplitMix64(seed: TestSeed.current)
        var plan = GatePlan()
        plan.dimension = 10
        // The same error for both, so that they can agree exactly.
        plan.passLevels = [0.004, 0.01, 0.02, 0.03, 0.04, 0.05]
        var seen: Set<Bool> = []
        for _ in 0..<12 {
            let shift = Double.random(in: 0.98...1.06, using: &generator)
            var gate = try GateExperiment(plan: plan, metrics: [Self.p99])
            while case .measure(_, .screening) = gate.next {
                let noise = Double.random(in: -0.12...0.12, using: &generator)
                gate.add(GatePair(baseline: [1e6], candidate: [1e6 * shift * (1 + noise)]))
            }
            let isPass = gate.next == .conclude(.pass)
            let isOpen =
                gate.next == .conclude(.inconclusive(.pairsExhausted(metrics: [0])))
            guard isPass || isOpen else { continue }
            let upper = gate.conclusion.metrics[0].upper ?? .infinity
            seen.insert(isPass)
            #expect((upper <= 0.1 + 1e-9) == isPass, "seed \(TestSeed.current)")
        }
        #expect(seen.contains(true), "seed \(TestSeed.current)")
    }
}
