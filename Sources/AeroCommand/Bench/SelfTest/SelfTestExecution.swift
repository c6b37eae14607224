// Makes the gates of a self-test, one after the other.

import AeroIO
import AeroLoad
import AeroReport

/// One self-test under way.
struct SelfTestExecution {
    private let options: SelfTestOptions
    private let side: ExperimentSide
    private let console: Console
    private let stop: StopRequest
    private let tool: ToolRecord
    private let deadlineNanoseconds: Int64?
    private(set) var report: SelfTestReport
    /// Whether all gates were made.
    private(set) var isComplete = false

    /// Runs that changes are sized by, each time.
    private static let sizingRunCount = 5
    /// How often a change is corrected by what it did.
    private static let correctionCountMax = 3

    init(
        _ options: SelfTestOptions, _ side: ExperimentSide, console: Console, stop: StopRequest,
        tool: ToolRecord
    ) {
        self.options = options
        self.side = side
        self.console = console
        self.stop = stop
        self.tool = tool
        deadlineNanoseconds = options.load.budgetNanoseconds.map {
            MonotonicClock.nowNanoseconds() + $0
        }
        report = SelfTestReport(
            createdAt: CreationStamp.now(), tool: tool,
            environment: EnvironmentCapture().record(libc: ToolIdentity.libc),
            scenarios: options.load.scenarios.map { ScenarioRecord($0) }, plan: GatePlan(),
            trials: [])
    }

    /// Makes all gates, or those that there is time for.
    ///
    /// - Parameter keep: Takes what is known after each gate.
    /// - Throws: When a change cannot be made, or nothing can be measured at all.
    mutating func run(
        keep: (SelfTestReport) throws(CommandError) -> Void
    ) throws(CommandError) {
        if options.unchangedCount > 0 {
            report.trials.append(SelfTestTrial(change: "none", metric: "e2e.intended.p99"))
            let target = side.target(dataFolder: options.load.dataFolder)
            let sides = SidePair(baseline: target, candidate: target)
            guard try run(sides, options.unchangedCount, keep) else { return }
        }
        for injection in options.injections {
            guard let sized = try size(injection) else { return }
            report.trials.append(
                SelfTestTrial(
                    change: injection.text, means: sized.means, metric: injection.metric))
            let sides = SidePair(
                baseline: front(ProxyOptions()), candidate: front(ProxyOptions(sized.settings)))
            guard try run(sides, options.gateCount, keep) else { return }
        }
        isComplete = true
    }

    private func front(_ options: ProxyOptions) -> RunTarget {
        side.target(dataFolder: self.options.load.dataFolder, front: options)
    }

    /// The gates of the last trial; false when they were cut short.
    private mutating func run(
        _ sides: SidePair, _ count: Int, _ keep: (SelfTestReport) throws(CommandError) -> Void
    ) throws(CommandError) -> Bool {
        let place = report.trials.count - 1
        for index in 0..<count {
            let start = MonotonicClock.nowNanoseconds()
            let rest = deadlineNanoseconds.map { $0 - start }
            if stop.isRequested || rest ?? 1 <= 0 { return false }
            // Trials and gates have seeds of their own, which repeat with the seed of all.
            let seed = options.load.seed &+ UInt64(place) &* 10_000 &+ UInt64(index)
            var execution = ExperimentExecution(
                try ExperimentCommand.experiment(setup(seed)),
                options.load.pairs(sides, seed: seed, console: console, stop: stop, tool: tool),
                budgetNanoseconds: rest, stop: stop)
            try execution.run { _ in
            } keep: { _ in
            }
            let outcome = execution.report
            let cause = outcome.experiment?.end.cause
            if cause == .budget || cause == .interrupted { return false }
            let gate = SelfTestGate(
                outcome, seed: seed, metric: report.trials[place].metric,
                nanoseconds: MonotonicClock.nowNanoseconds() - start)
            report.trials[place].gates.append(gate)
            announce(gate, index, count)
            try keep(report)
        }
        return true
    }

    private func setup(_ seed: UInt64) -> ExperimentSetup {
        var policy = options.load.policy
        // A change that was made on purpose may well breach them, which would hide the answer.
        policy.limits.objectives = []
        for name in policy.scenarios.keys { policy.scenarios[name]?.objectives = [] }
        return ExperimentSetup(
            policy: policy, plan: report.plan,
            sides: ExperimentSides(baseline: "itself", candidate: "itself, changed"),
            mode: options.load.mode, seed: seed)
    }

    /// Sizes a change by runs of the base behind a proxy; nil when somebody asked to stop.
    private func size(_ injection: Injection) throws(CommandError) -> SizedInjection? {
        let seed = options.load.seed
        switch injection.change {
        case .stall(let schedule): return SizedInjection(stall: schedule, seed: seed)
        case .throughput(let share):
            guard let runs = try sizingRuns(ProxyOptions()) else { return nil }
            return try SizedInjection(cap: share, runs: runs, text: injection.text, seed: seed)
        case .latency(let share):
            guard let runs = try sizingRuns(ProxyOptions()) else { return nil }
            var tail = try TailSizing(share, runs: runs, text: injection.text)
            for correction in 0...Self.correctionCountMax {
                let settings = SizedInjection(tail, seed: seed).settings
                guard let changed = try sizingRuns(ProxyOptions(settings)) else { return nil }
                let isNear = try tail.measure(changed)
                if isNear || correction == Self.correctionCountMax { break }
                tail.correct()
            }
            return SizedInjection(tail, seed: seed)
        }
    }

    private func sizingRuns(_ proxy: ProxyOptions) throws(CommandError) -> [ResultDocument]? {
        var runs: [ResultDocument] = []
        let execution = RunExecution(
            target: front(proxy), console: console, stop: stop, tool: tool, isQuiet: true)
        for _ in 0..<Self.sizingRunCount {
            runs.append(try execution.run(options.load.scenarios[0]).document)
            if stop.isRequested { return nil }
        }
        return runs
    }

    private func announce(_ gate: SelfTestGate, _ index: Int, _ count: Int) {
        guard !options.load.isQuiet else { return }
        let trial = report.trials[report.trials.count - 1]
        console.error(
            "\(trial.change): gate \(index + 1) of \(count): \(gate.verdict.rawValue), "
                + "\(gate.pairCount) pairs, \(UnitText.latency(gate.nanoseconds)): \(gate.reason)")
    }
}
