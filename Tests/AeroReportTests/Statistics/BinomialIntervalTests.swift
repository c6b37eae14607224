// Exact intervals of probabilities, against published values.

import AeroReport
import Testing

struct BinomialIntervalTests {
    /// Source: Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
    /// Medicine 17, 1998, table I, exact method.
    @Test(arguments: [
        (81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ])
    func publishedIntervals(_ successes: Int, _ trials: Int, _ lower: Double, _ upper: Double) {
        let interval = BinomialInterval(successes: successes, trials: trials)
        #expect(abs(interval.lower - lower) < 0.0001)
        #expect(abs(interval.upper - upper) < 0.0001)
    }

    @Test func endsAreExact() {
        #expect(BinomialInterval(successes: 0, trials: 0).lower == 0)
        #expect(BinomialInterval(successes: 0, trials: 0).upper == 1)
        let all = BinomialInterval(successes: 40, trials: 40)
        #expect(all.upper == 1 && abs(all.lower - 0.9119) < 0.0001)
    }

    @Test func aTrialCountsWhatItsUserWouldSee() {
        func gate(_ verdict: GateVerdict) -> SelfTestGate {
            var gate = SelfTestGate(
                GateReport(unreadable: "x", reason: "y"), seed: 1, metric: nil, nanoseconds: 1)
            gate.verdict = verdict
            return gate
        }
        var trial = SelfTestTrial(change: "none")
        #expect(trial.failed == nil)
        trial.gates = [.pass, .pass, .fail, .inconclusive, .invalid].map(gate)
        #expect(trial.failed?.share == 0.25)
        #expect(trial.failed?.interval == BinomialInterval(successes: 1, trials: 4))
    }
}
