// Options of `aerobench run`, understood and checked.

import AeroLoad

/// Everything that `aerobench run` was asked for.
struct RunOptions: Sendable {
    let source: RunSource
    /// Changes of the source by the command line.
    let overrides: [String]
    let scenario: Scenario
    let target: RunTarget
    let repetitionCount: Int
    /// Where the result goes; nil for a name in `results`.
    let outputPath: String?
    /// The result of the relay that this one is to be put in relation to.
    let limitPath: String?
    let isQuiet: Bool
    /// Whether the table shows the slowest messages, too.
    let isVerbose: Bool

    // BOUND: all results of one command are kept in memory and in one file.
    static let repetitionCounts = 1...100

    init(_ arguments: ParsedArguments) throws(CommandError) {
        source = try RunSource(arguments)
        let stages = arguments.has("--stages") ? ["stages=true"] : []
        let explicit =
            try RunTarget.overrides(arguments) + stages + IncidentScript.overrides(arguments)
        // The flags last: what they mean depends on the rest.
        overrides =
            try explicit
            + LoadFlags.overrides(arguments, of: source.text.scenario(explicit))
        scenario = try source.text.scenario(overrides)
        let kind = try TargetKind(scenario)
        target = try RunTarget(arguments, kind)
        repetitionCount = try arguments.integer("--repeat", in: Self.repetitionCounts) ?? 1
        outputPath = arguments.text("--out")
        limitPath = arguments.text("--limit-from")
        isQuiet = arguments.has("--quiet")
        isVerbose = arguments.has("--verbose")
        try target.check(scenario)
    }

    static let specification = CommandSpecification(
        "run", summary: "Run a scenario, print its table, write its result file",
        operands: ["[SCENARIO]"],
        options: LoadFlags.options + RunTarget.options + RunSource.options + [
            IncidentScript.option,
            OptionSpecification(
                "--repeat", "N", "run N times; one file then holds all N results"),
            OptionSpecification(
                "--out", "FILE", "default results/<date>-<scenario>-<commit>.json"),
            OptionSpecification(
                "--limit-from", "RESULT.json", "state the share of this relay's throughput"),
            OptionSpecification(
                "--stages", "measure where the time goes (aeromq); the same as --set stages=true"),
            OptionSpecification(
                "--verbose", "with --stages, list the slowest messages with all their stages"),
            OptionSpecification(
                "--target-log", "FILE", "with --driver truth: the target's own record of answers"),
            OptionSpecification("--quiet", "no progress on standard error"),
        ],
        remarks:
            "SCENARIO is a file, or the name of one in \(ScenarioSource.folder).\n"
            + "With --omb notes say where a workload means something else here; a producerRate of\n"
            + "0 searches for the rate first, as aerobench capacity does.\n"
            + "Control-C ends the run early; what was measured is written and marked interrupted.\n"
            + "Exit codes: 0 pass, 1 error, 4 an objective is breached or messages were lost or\n"
            + "damaged, 5 the run cannot be believed. With --repeat the worst run decides.",
        examples: [
            "aerobench run smoke",
            "aerobench run latency-1k --rate 50k --size 512 --duration 10s",
            "aerobench run hot-beside-bulk --set classes.hot.load.rate=500/s",
            "aerobench run throughput-1k --producers 4 --consumers 4 --processes 2",
            "aerobench run throughput-1k --driver relay --out relay.json",
            "aerobench run truth --set target.stall=100ms --set target.stall-every=1s",
            "aerobench run throughput-1k --limit-from relay.json --repeat 3",
            "aerobench run durable-os-1k --incident pause@5s:500ms --incident kill@10s:1s",
            "aerobench run latency-1k --incident backlog@2s:3s --incident disconnect@8s:200ms",
            "aerobench run --omb workloads/1-topic-1-partition-1kb.yaml --duration 1m",
            "aerobench run durable-sync-1k --stages --verbose",
        ])
}
