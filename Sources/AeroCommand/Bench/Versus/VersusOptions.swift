// Options of `aerobench versus`, understood and checked.

import AeroIO
import AeroLoad
import AeroReport

/// Everything that `aerobench versus` was asked for.
struct VersusOptions: Sendable {
    let request: MatrixRequest
    let targets: VersusTargets
    let orderSeed: UInt64
    let format: CompareCommand.Format
    /// Where the document of all runs goes; nil for a name in `results`.
    let outputPath: String?
    /// Where every run's whole result goes; nil for nowhere.
    let resultsPath: String?
    let isQuiet: Bool

    private static let repeatCountDefault = 3

    init(_ arguments: ParsedArguments) throws(CommandError) {
        let source = arguments.operands[0]
        let overrides = try RunTarget.overrides(arguments)
        var base = try ScenarioSource.load(source, overrides: overrides)
        let half = try arguments.text("--half-of").map { path throws(CommandError) in
            try Self.halfLoad(path, of: base)
        }
        let all = overrides + (half.map { [$0] } ?? [])
        base = try ScenarioSource.load(source, overrides: all)
        targets = try VersusTargets(
            arguments, isKept: base.classes.contains(where: \.storage.needsDisk))
        request = MatrixRequest(
            name: base.name, description: base.description, scenario: source, overrides: all,
            varied: [VariedKey(key: VersusComparison.key, values: targets.drivers)],
            repeatCount: try arguments.integer("--repeat", in: RunOptions.repetitionCounts)
                ?? Self.repeatCountDefault,
            columns: VersusTable.metrics)
        orderSeed = try MatrixCommand.seed(arguments)
        format = try arguments.choice("--format") ?? .text
        outputPath = arguments.text("--out")
        resultsPath = arguments.text("--results")
        if let resultsPath { try OutputFile.check(resultsPath) }
        isQuiet = arguments.has("--quiet")
    }

    /// The change of a scenario that gives every broker half of what the slowest one did.
    private static func halfLoad(
        _ path: String, of scenario: Scenario
    ) throws(CommandError) -> String {
        guard scenario.classes.count == 1 else {
            throw .usage("--half-of: the scenario has several classes; say their rates by --set")
        }
        let bytes: [UInt8]
        do throws(Errno) { bytes = try InputFile.read(path) } catch {
            throw .failed("--half-of: cannot read \(path): \(error)")
        }
        let document: MatrixDocument
        do throws(ResultFileError) { document = try MatrixDocument.decode(bytes) } catch {
            throw .failed("--half-of: \(path): \(error)")
        }
        guard let rate = VersusComparison(document)?.halfLoad, rate >= 1 else {
            throw .failed("--half-of: \(path) has no broker whose runs can be used")
        }
        let name = scenario.classes[0].name
        return "classes.\(name).load={ schedule: constant, rate: \(Int(rate))/s }"
    }

    static let specification = CommandSpecification(
        "versus", summary: "Put brokers beside each other, at equal promises, in random order",
        operands: ["SCENARIO"],
        options: VersusTargets.options + [
            OptionSpecification(
                "--repeat", "N", "run every broker N times, and the relay; default 3"),
            OptionSpecification("--duration", "D", "the same as --set duration=D"),
            OptionSpecification(
                "--set", "KEY=VALUE", isRepeatable: true,
                "change one value of the scenario; may be repeated"),
            OptionSpecification(
                "--half-of", "FILE.json",
                "a constant rate: half of what the slowest broker sent in that comparison"),
            OptionSpecification(
                "--order-seed", "N", "draw the order of the runs from it; default: a random one"),
            OptionSpecification(
                "--format", "FORMAT", "what is printed: text, markdown, json or html"),
            OptionSpecification(
                "--out", "FILE", "default results/<date>-<scenario>-versus-<commit>.json"),
            OptionSpecification("--results", "FILE", "keep the whole result of every run, too"),
            OptionSpecification("--quiet", "no progress on standard error"),
        ],
        remarks:
            "Each round runs every broker once, on a server of its own unless it has an endpoint,\n"
            + "and a raw TCP relay, which shares of the limit are stated of. Brokers that promise\n"
            + "the same are set in relation to each other, others are marked and are not.\n"
            + "What is kept (aerobench.matrix/1) has every run; aerobench report shows it, too.\n"
            + "Exit codes: 0 all runs can be used, 1 error, 4 messages were lost or damaged,\n"
            + "5 a run cannot be believed, failed, or was cut short; the others are in the table.",
        examples: [
            "aerobench versus throughput-1k --drivers aeromq,nats",
            "aerobench versus durable-os-1k --drivers aeromq,jetstream,redis --repeat 5",
            "aerobench versus latency-1k --drivers aeromq,redis --endpoint redis=10.0.0.5:6379 "
                + "--user redis=bench --password-file redis=secret.txt",
            "aerobench versus throughput-1k --drivers aeromq,nats --out most.json",
            "aerobench versus throughput-1k --drivers aeromq,nats --half-of most.json "
                + "--format markdown",
        ])
}
