// What commands that measure pairs are told of the load, understood and checked.

import AeroIO
import AeroLoad
import AeroReport

/// What commands that measure pairs are told of the load.
struct ExperimentLoad: Sendable {
    /// What is run: of a slice mode one slice.
    let scenarios: [Scenario]
    /// How the sides of a pair are measured.
    let mode: PairMode
    /// Slices of each side in a pair, scenario by scenario; 1 in run mode.
    let sliceCounts: [Int]
    /// Where the first scenario stands, for reports that need a place.
    let place: String
    let policy: GatePolicy
    let seed: UInt64
    let budgetNanoseconds: Int64?
    let dataFolder: String?
    let isQuiet: Bool

    init(_ arguments: ParsedArguments) throws(CommandError) {
        let overrides = try RunTarget.overrides(arguments)
        mode = try arguments.choice("--mode") ?? .run
        let slice = try arguments.nanoseconds("--slice", in: 100_000_000...60_000_000_000)
        if slice != nil, mode != .slice { throw .usage("--slice: goes with --mode slice") }
        var scenarios: [Scenario] = []
        var sliceCounts: [Int] = []
        for name in arguments.operands {
            var scenario = try ScenarioSource.load(name, overrides: overrides)
            _ = try TargetKind(scenario)
            var count = 1
            if mode == .slice {
                let length = slice ?? Self.sliceNanoseconds
                count = max(1, Int(scenario.durationNanoseconds / length))
                let changes = Self.slicing(length, scenario)
                scenario = try ScenarioSource.load(name, overrides: overrides + changes)
            }
            sliceCounts.append(count)
            if scenarios.contains(where: { $0.name == scenario.name }) {
                throw .usage("there are two scenarios of the name \(scenario.name)")
            }
            scenarios.append(scenario)
        }
        self.scenarios = scenarios
        self.sliceCounts = sliceCounts
        place = try ShippedFile.find(
            arguments.operands[0], in: ScenarioSource.folder, "scenario", plural: "scenarios")
        policy = try PolicyFile.read(arguments.text("--policy"))
        // Five digits are easily typed again.
        seed = UInt64(
            try arguments.integer("--seed", in: 0...Int.max) ?? Int.random(in: 10_000...99_999))
        budgetNanoseconds = try arguments.nanoseconds(
            "--budget", in: 1_000_000_000...604_800_000_000_000)
        dataFolder = arguments.text("--data")
        isQuiet = arguments.has("--quiet")
        try checkBudget()
    }

    private static let sliceNanoseconds: Int64 = 1_000_000_000
    /// Load at the start of a slice that is not measured: connections are new.
    private static let sliceWarmupNanoseconds: Int64 = 200_000_000

    /// What makes a slice of a scenario.
    private static func slicing(_ length: Int64, _ scenario: Scenario) -> [String] {
        let interval = min(length, scenario.intervalNanoseconds)
        return [
            "duration=\(length)ns", "warmup=\(sliceWarmupNanoseconds)ns",
            "interval=\(interval)ns",
        ]
    }

    /// What measures pairs of these scenarios.
    ///
    /// - Parameter seed: Draws what is random within a pair.
    func pairs(
        _ sides: SidePair, seed: UInt64, console: Console, stop: StopRequest, tool: ToolRecord
    ) -> any PairSource {
        switch mode {
        case .run:
            BrokerPairs(
                scenarios: scenarios, sides: sides, console: console, stop: stop, tool: tool)
        case .slice:
            SlicePairs(
                scenarios: scenarios, sliceCounts: sliceCounts, sides: sides, console: console,
                stop: stop, tool: tool, seed: seed)
        }
    }

    /// An experiment that has no time for its first look can say nothing.
    private func checkBudget() throws(CommandError) {
        guard let budgetNanoseconds else { return }
        let pairCount = Int64(GatePlan().looks[0])
        var least: Int64 = 0
        for (scenario, sliceCount) in zip(scenarios, sliceCounts) {
            let warmup = scenario.isWarmupAutomatic ? 0 : scenario.warmupNanoseconds
            least +=
                2 * pairCount * Int64(sliceCount) * (warmup + scenario.durationNanoseconds)
        }
        guard budgetNanoseconds < least else { return }
        throw .usage(
            "--budget: \(UnitText.latency(budgetNanoseconds)) can never be enough: the first look "
                + "comes after \(pairCount) pairs, which take \(UnitText.latency(least)) and "
                + "more; shorten the runs with --duration, or give it more time")
    }

    static let options = [
        OptionSpecification(
            "--policy", "FILE", "limits as YAML or JSON; default: 4 to 8 % and 50 us"),
        OptionSpecification(
            "--set", "KEY=VALUE", isRepeatable: true,
            "change one value of the scenarios; may be repeated"),
        OptionSpecification("--duration", "D", "the same as --set duration=D"),
        OptionSpecification(
            "--mode", "MODE",
            "run: one run of each side, one after the other; slice: both alive, the load in "
                + "slices in turn; default run"),
        OptionSpecification("--slice", "D", "length of a slice; default 1s"),
        OptionSpecification(
            "--budget", "D", "measure for no longer than that, as in 10m; default: the plan's end"),
        OptionSpecification(
            "--seed", "N", "draws the order of the pairs; default: a random one, which is shown"),
        OptionSpecification(
            "--data", "DIR",
            "make the brokers' directories there and remove them; default TMPDIR or /var/tmp"),
        OptionSpecification("--quiet", "no progress on standard error"),
    ]
}
