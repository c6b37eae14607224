// Pairs of runs against real brokers, one run after the other.

import AeroIO
import AeroLoad
import AeroReport

/// Both sides of an experiment, with what stands in front of each.
struct SidePair: Sendable {
    var baseline: RunTarget
    var candidate: RunTarget

    /// What a plan's side is: of a canary both are the base.
    func target(_ side: GateSide, _ plan: PairPlan) -> RunTarget {
        side == .candidate && !plan.isCanary ? candidate : baseline
    }
}

/// Measures a pair by one run of each side for every scenario, each against a fresh process.
///
/// The coin falls once for the pair: the test exchanges the sides of all its metrics together.
struct BrokerPairs: PairSource {
    let scenarios: [Scenario]
    let sides: SidePair
    let console: Console
    let stop: StopRequest
    let tool: ToolRecord

    mutating func measure(_ plan: PairPlan) -> MeasuredPair {
        var pair = MeasuredPair()
        for scenario in scenarios {
            for side in plan.order {
                pair.failure = run(scenario, side, plan, &pair)
                if pair.failure != nil || stop.isRequested { return pair }
            }
        }
        return pair
    }

    private func run(
        _ scenario: Scenario, _ side: GateSide, _ plan: PairPlan, _ pair: inout MeasuredPair
    ) -> PairFailure? {
        let target = sides.target(side, plan)
        let execution = RunExecution(
            target: target, console: console, stop: stop, tool: tool,
            isQuiet: true)
        let watch = MachineWatch()
        let run: CompletedRun
        do throws(CommandError) { run = try execution.run(scenario) } catch {
            return PairFailure(side: side, reason: error.message)
        }
        if let failure = run.failure, target.endpoint != nil {
            // Nobody listens there: it leaves no run behind, as a broker that does not start.
            return PairFailure(side: side, reason: failure.message)
        }
        pair.signals.append(watch.signals())
        var document = run.document
        document.notes = (document.notes ?? []) + [note(side, plan)]
        pair.append(document, of: side)
        guard document.window.endedBy == .failed else { return nil }
        let reason = document.validity.reasons.first?.message ?? "its run failed"
        return PairFailure(side: side, reason: reason)
    }

    private func note(_ side: GateSide, _ plan: PairPlan) -> String {
        "pair \(plan.number) of an experiment, \(side.rawValue), "
            + (plan.first == side ? "measured first" : "measured second")
            + (plan.isCanary ? "; the base against itself" : "")
    }
}
