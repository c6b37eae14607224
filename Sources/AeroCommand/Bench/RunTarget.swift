// What runs are made against, as every command that makes runs is told.

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

    /// What a scenario asks for.
    init(_ scenario: Scenario) throws(CommandError) {
        let known = Self.allCases.map(\.rawValue)
        guard let kind = Self(rawValue: scenario.driver) else {
            throw .failed(
                "the scenario's driver \"\(scenario.driver)\" is not one of "
                    + known.joined(separator: ", ")
                    + Spelling.hint(for: scenario.driver, among: known))
        }
        guard kind == .truth || scenario.target == nil else {
            throw .failed("the scenario's target is the plan of --driver truth, and of no other")
        }
        self = kind
    }
}

/// A target that is running already, or where to start one.
struct RunTarget: Sendable {
    /// Where the target listens; nil starts one for each run, unless it needs none.
    let endpoint: SocketAddress?
    /// Where the target's own directory is made, if it needs one; nil for the temporary folder.
    let dataFolder: String?
    /// Where the truth driver's target writes what it did; nil for nowhere.
    let logPath: String?
    /// The broker that runs start; nil for the one beside this program.
    let brokerPath: String?
    /// What stands in front of the target; nil for nothing.
    let front: ProxyOptions?

    /// A target of an experiment.
    ///
    /// - Parameters:
    ///   - endpoint: As the property of that name.
    ///   - brokerPath: As the property of that name.
    ///   - dataFolder: As the property of that name.
    ///   - front: As the property of that name.
    init(
        endpoint: SocketAddress?, brokerPath: String?, dataFolder: String?,
        front: ProxyOptions? = nil
    ) {
        self.endpoint = endpoint
        self.brokerPath = brokerPath
        self.dataFolder = dataFolder
        self.front = front
        logPath = nil
    }

    /// - Parameters:
    ///   - arguments: Of a command with `options`.
    ///   - kind: What is run against it.
    init(_ arguments: ParsedArguments, _ kind: TargetKind) throws(CommandError) {
        (brokerPath, front) = (nil, nil)
        endpoint = try arguments.address("--endpoint")
        if kind.isInProcess, endpoint != nil {
            throw .usage("--endpoint: the \(kind.rawValue) driver connects to nothing")
        }
        logPath = arguments.text("--target-log")
        if logPath != nil, kind != .truth {
            throw .usage("--target-log: only the target of --driver truth keeps a record")
        }
        dataFolder = arguments.text("--data")
        if dataFolder != nil, endpoint != nil {
            throw .usage("--data: the target at --endpoint has chosen its directory already")
        }
    }

    /// Whether a run starts the target itself, or needs none.
    var isEmbedded: Bool { endpoint == nil }

    /// What the command line changes of the scenario.
    static func overrides(_ arguments: ParsedArguments) throws(CommandError) -> [String] {
        var overrides = arguments.texts("--set")
        if let duration = arguments.text("--duration") { overrides.append("duration=\(duration)") }
        if let driver: TargetKind = try arguments.choice("--driver") {
            overrides.append("driver=\(driver.rawValue)")
        }
        return overrides
    }

    /// The options that choose a target, and `--set`.
    static let options = [
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
    ]
}
