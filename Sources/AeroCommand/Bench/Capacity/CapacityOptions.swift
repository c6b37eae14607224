// Options of `aerobench capacity`, understood and checked.

import AeroLoad
import AeroReport

/// Everything that `aerobench capacity` was asked for.
struct CapacityOptions: Sendable {
    let scaled: ScaledScenario
    let objectives: [ServiceLevelObjective]
    let limits: CapacitySearch.Limits
    let coolDownNanoseconds: Int64
    /// Where the document goes; nil for a name in `results`.
    let outputPath: String?
    let isQuiet: Bool

    /// A backlog that grows by less than this share of the rate is noise.
    static let backlogGrowthShareMax = 0.01
    private static let nanosecondsPerSecond = 1_000_000_000
    /// Beyond it no scenario goes.
    private static let rateMax = 1e9
    private static let rateDefault = 10_000.0

    init(_ arguments: ParsedArguments) throws(CommandError) {
        let second = Self.nanosecondsPerSecond
        let hold = try arguments.nanoseconds("--hold", in: second / 2...3_600 * second)
        let warmup = try arguments.nanoseconds("--warmup", in: 0...600 * second)
        scaled = try ScaledScenario(
            try ScenarioSource.read(arguments.operands[0]),
            overrides: try RunTarget.overrides(arguments) + Self.holding(hold, warmup),
            className: arguments.text("--class"))
        objectives = try Self.objectives(arguments, scaled.scenario)
        coolDownNanoseconds =
            try arguments.nanoseconds("--cool-down", in: 0...600 * second) ?? Int64(second)
        limits = try Self.limits(arguments, scaled.ownRate)
        outputPath = arguments.text("--out")
        isQuiet = arguments.has("--quiet")
    }

    /// A search with everything else as usual.
    ///
    /// - Parameters:
    ///   - text: The scenario.
    ///   - overrides: Of the command line.
    ///   - objective: What has to hold.
    ///   - isQuiet: Whether nothing is said meanwhile.
    init(
        _ text: ScenarioText, overrides: [String], objective: String, isQuiet: Bool
    ) throws(CommandError) {
        scaled = try ScaledScenario(
            text, overrides: overrides + Self.holding(nil, nil), className: nil)
        do throws(ObjectiveError) {
            objectives = [try ServiceLevelObjective(parsing: objective)]
        } catch {
            throw .failed("\(objective): \(error)")
        }
        coolDownNanoseconds = Int64(Self.nanosecondsPerSecond)
        limits = CapacitySearch.Limits(
            from: scaled.ownRate ?? Self.rateDefault, to: Self.rateMax / 10, precision: 0.05)
        outputPath = nil
        self.isQuiet = isQuiet
    }

    /// The durations of a probe as changes of the scenario, which nobody disturbs.
    private static func holding(_ hold: Int64?, _ warmup: Int64?) -> [String] {
        let held = hold ?? Int64(5 * nanosecondsPerSecond)
        // Twenty points for the slope of a backlog, as far as the shortest interval allows.
        let interval = min(max(held / 20, 100_000_000), Int64(nanosecondsPerSecond))
        return [
            "duration=\(held)ns", "warmup=\(warmup ?? Int64(nanosecondsPerSecond))ns",
            "interval=\(interval)ns", "incidents=[]",
        ]
    }

    private static func objectives(
        _ arguments: ParsedArguments, _ scenario: Scenario
    ) throws(CommandError) -> [ServiceLevelObjective] {
        let texts = arguments.texts("--slo")
        let source = texts.isEmpty ? scenario.objectives.map(\.text) : texts
        var objectives: [ServiceLevelObjective] = []
        for text in source {
            let objective: ServiceLevelObjective
            do throws(ObjectiveError) {
                objective = try ServiceLevelObjective(parsing: text)
            } catch {
                throw .usage("--slo: \(error)")
            }
            try check(objective, scenario)
            objectives.append(objective)
        }
        guard !objectives.isEmpty else {
            throw .usage(
                "--slo: the scenario has no slo; say what has to hold, "
                    + "as in --slo 'e2e.intended.p99 < 5ms'")
        }
        return objectives
    }

    /// A class that is not there would never hold, however low the rate.
    private static func check(
        _ objective: ServiceLevelObjective, _ scenario: Scenario
    ) throws(CommandError) {
        let known = scenario.classes.map(\.name)
        guard let name = objective.className, !known.contains(name) else { return }
        throw .usage(
            "--slo: there is no class \(name)" + Spelling.hint(for: name, among: known))
    }

    private static func limits(
        _ arguments: ParsedArguments, _ ownRate: Double?
    ) throws(CommandError) -> CapacitySearch.Limits {
        let from = try rate(arguments, "--from") ?? ownRate ?? rateDefault
        let to = try rate(arguments, "--to") ?? max(rateMax / 10, from)
        guard from <= to else {
            throw .usage("--from: \(UnitText.messageRate(from)) is above --to")
        }
        let precision = try precision(arguments) ?? 0.05
        return CapacitySearch.Limits(from: from, to: to, precision: precision)
    }

    private static func rate(
        _ arguments: ParsedArguments, _ name: String
    ) throws(CommandError) -> Double? {
        guard let text = arguments.text(name) else { return nil }
        let unit = MetricUnit.messagesPerSecond
        guard let rate = unit.value(text), (1...rateMax).contains(rate) else {
            throw arguments.wrong(
                name, "\"\(text)\" is not \(unit.expectation), from 1/s to 1G/s")
        }
        return rate
    }

    private static func precision(_ arguments: ParsedArguments) throws(CommandError) -> Double? {
        guard let text = arguments.text("--precision") else { return nil }
        guard let share = MetricUnit.ratio.value(text), (0.005...0.5).contains(share) else {
            throw arguments.wrong("--precision", "\"\(text)\" is not a share from 0.5% to 50%")
        }
        return share
    }

    static let specification = CommandSpecification(
        "capacity", summary: "Find the largest rate at which objectives hold and no backlog grows",
        operands: ["SCENARIO"],
        options: [
            OptionSpecification(
                "--slo", "OBJECTIVE", isRepeatable: true,
                "what has to hold, as in 'e2e.intended.p99 < 5ms'; default: the scenario's slo"),
            OptionSpecification("--hold", "D", "how long each rate is held; default 5s"),
            OptionSpecification("--warmup", "D", "load before each hold; default 1s"),
            OptionSpecification("--cool-down", "D", "rest between two rates; default 1s"),
            OptionSpecification("--precision", "P", "width of the interval found; default 5%"),
            OptionSpecification("--from", "RATE", "the first rate; default: the scenario's own"),
            OptionSpecification("--to", "RATE", "no rate above it is tried; default 100M/s"),
            OptionSpecification(
                "--class", "NAME", "scale this class alone; default: all in proportion"),
        ] + RunTarget.options + [
            OptionSpecification(
                "--out", "FILE", "default results/<date>-<scenario>-capacity-<commit>.json"),
            OptionSpecification("--quiet", "no progress on standard error"),
        ],
        remarks:
            "Doubles the rate until one does not hold, bisects, and probes both ends once more.\n"
            + "Every probe starts a target of its own, unless there is an --endpoint. Probes are\n"
            + "not measured runs: measure at the rate that was found with aerobench run.\n"
            + "Control-C ends the search; what is known by then is written and marked as cut.\n"
            + "Exit codes: 0 found, 1 error, 3 limited by the generator or not settled, 4 the\n"
            + "objectives hold at no rate that was tried, 5 cut short.",
        examples: [
            "aerobench capacity latency-1k --slo 'e2e.intended.p99<5ms'",
            "aerobench capacity latency-1k --hold 10s --precision 2% --from 50k/s --to 2M/s",
            "aerobench capacity trading --class orders --slo 'orders:e2e.intended.p99.9 < 1ms'",
        ])
}
