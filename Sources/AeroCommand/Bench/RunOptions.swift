// Options of `aerobench run`, understood and checked.

import AeroDrivers
import AeroIO
import AeroLoad

/// What a run is made against.
enum TargetKind: String, CaseIterable, Sendable {
    /// An AeroMQ broker.
    case aeromq
    /// The raw TCP relay: the machine's limit.
    case relay
    /// The same, appending what it forwards to a file: the limit of brokers that keep it.
    case relayFile = "relay-file"
    /// As `relay`, sending each message back to its producer: the limit of one message in flight.
    case echo
    /// Nothing: the generator's own limit.
    case null
    /// A plan of answers: the check of the instrument itself.
    case truth

    /// Whether the target is part of the generator's own process.
    var isInProcess: Bool { self == .null || self == .truth }
}

/// Everything that `aerobench run` was asked for.
struct RunOptions: Sendable {
    let scenario: Scenario
    let target: TargetKind
    /// Where the target listens; nil starts one for the run, unless it needs none.
    let endpoint: SocketAddress?
    let repetitionCount: Int
    /// Where the target's own directory is made, if it needs one; nil for the temporary folder.
    let dataFolder: String?
    /// Where the result goes; nil for a name in `results`.
    let outputPath: String?
    /// The result of the relay that this one is to be put in relation to.
    let limitPath: String?
    /// Where the truth driver's target writes what it did; nil for nowhere.
    let targetLogPath: String?
    let isQuiet: Bool

    // BOUND: all results of one command are kept in memory and in one file.
    private static let repetitionCounts = 1...100

    /// Whether the target of a run writes to a disk, and so needs a directory.
    var needsDirectory: Bool {
        switch target {
        case .aeromq: scenario.classes.contains(where: \.storage.needsDisk)
        case .relayFile: true
        case .relay, .echo, .null, .truth: false
        }
    }

    init(_ arguments: ParsedArguments) throws(CommandError) {
        var overrides = arguments.texts("--set")
        if let duration = arguments.text("--duration") { overrides.append("duration=\(duration)") }
        if let driver: TargetKind = try arguments.choice("--driver") {
            overrides.append("driver=\(driver.rawValue)")
        }
        scenario = try ScenarioSource.load(arguments.operands[0], overrides: overrides)
        let known = TargetKind.allCases.map(\.rawValue)
        guard let target = TargetKind(rawValue: scenario.driver) else {
            throw .failed(
                "the scenario's driver \"\(scenario.driver)\" is not one of "
                    + known.joined(separator: ", ")
                    + Spelling.hint(for: scenario.driver, among: known))
        }
        self.target = target
        endpoint = try arguments.address("--endpoint")
        if target.isInProcess, endpoint != nil {
            throw .usage("--endpoint: the \(target.rawValue) driver connects to nothing")
        }
        targetLogPath = arguments.text("--target-log")
        if target != .truth, targetLogPath != nil || scenario.target != nil {
            throw .usage("--target-log and the scenario's target are for --driver truth")
        }
        dataFolder = arguments.text("--data")
        if dataFolder != nil, endpoint != nil {
            throw .usage("--data: the target at --endpoint has chosen its directory already")
        }
        repetitionCount = try arguments.integer("--repeat", in: Self.repetitionCounts) ?? 1
        outputPath = arguments.text("--out")
        limitPath = arguments.text("--limit-from")
        isQuiet = arguments.has("--quiet")
    }

    static let specification = CommandSpecification(
        "run", summary: "Run a scenario, print its table, write its result file",
        operands: ["SCENARIO"],
        options: [
            OptionSpecification(
                "--driver", "NAME",
                "aeromq, relay (the machine's limit), relay-file, echo, null (the generator's), "
                    + "or truth (known latencies, see the scenario's target)"
            ),
            OptionSpecification(
                "--endpoint", "HOST:PORT", "load this target instead of starting one for the run"),
            OptionSpecification(
                "--data", "DIR",
                "make the target's directory there and remove it; default TMPDIR or /var/tmp"),
            OptionSpecification(
                "--set", "KEY=VALUE", isRepeatable: true,
                "change one value of the scenario; may be repeated"),
            OptionSpecification("--duration", "D", "the same as --set duration=D"),
            OptionSpecification(
                "--repeat", "N", "run N times; one file then holds all N results"),
            OptionSpecification(
                "--out", "FILE", "default results/<date>-<scenario>-<commit>.json"),
            OptionSpecification(
                "--limit-from", "RESULT.json", "state the share of this relay's throughput"),
            OptionSpecification(
                "--target-log", "FILE", "with --driver truth: the target's own record of answers"),
            OptionSpecification("--quiet", "no progress on standard error"),
        ],
        remarks:
            "SCENARIO is a file, or the name of one in \(ScenarioSource.folder).\n"
            + "Control-C ends the run early; what was measured is written and marked interrupted.\n"
            + "Exit codes: 0 pass, 1 error, 4 an objective is breached or messages were lost or\n"
            + "damaged, 5 the run cannot be believed. With --repeat the worst run decides.",
        examples: [
            "aerobench run smoke",
            "aerobench run latency-1k --set classes.main.load.rate=50k/s --duration 10s",
            "aerobench run throughput-1k --driver relay --out relay.json",
            "aerobench run truth --set target.stall=100ms --set target.stall-every=1s",
            "aerobench run throughput-1k --limit-from relay.json --repeat 3",
        ])
}
