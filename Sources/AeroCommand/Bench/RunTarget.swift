// What runs are made against, as every command that makes runs is told.

import AeroDrivers
import AeroIO
import AeroLoad

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
    /// What proves to a server at the endpoint who the clients are.
    let access: TargetAccess
    /// The process of the server at the endpoint, on this machine; nil where nobody said.
    let serverIdentifier: Int32?

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
        (access, serverIdentifier, logPath) = (TargetAccess(), nil, nil)
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
        access = try TargetAccess(arguments, kind)
        serverIdentifier = try Self.serverIdentifier(arguments, isRunning: endpoint != nil)
    }

    private static func serverIdentifier(
        _ arguments: ParsedArguments, isRunning: Bool
    ) throws(CommandError) -> Int32? {
        // BOUND: PID_MAX_LIMIT of the kernel.
        guard let number = try arguments.integer("--broker-pid", in: 1...4_194_304) else {
            return nil
        }
        guard isRunning else {
            throw .usage("--broker-pid: a run knows the server that it starts; see --endpoint")
        }
        do throws(Errno) {
            _ = try ProcessStatistics.read(processIdentifier: Int32(number))
        } catch {
            throw .failed("--broker-pid: there is no process \(number) on this machine")
        }
        return Int32(number)
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
    static let options =
        [
            OptionSpecification(
                "--driver", "NAME",
                "aeromq, \(PeerBroker.allCases.map(\.listing).joined(separator: ", ")), "
                    + "relay (the machine's limit), relay-file, echo, null (the generator's), "
                    + "or truth (known latencies, see the scenario's target)"
            ),
            OptionSpecification(
                "--endpoint", "HOST:PORT", "load this target instead of starting one for the run"),
        ] + TargetAccess.options + [
            OptionSpecification(
                "--broker-pid", "PID",
                "the process of the server at --endpoint, on this machine: what it uses is measured"
            ),
            OptionSpecification(
                "--data", "DIR",
                "make the target's directory there and remove it; default TMPDIR or /var/tmp"),
            OptionSpecification(
                "--set", "KEY=VALUE", isRepeatable: true,
                "change one value of the scenario; may be repeated"),
        ]
}
