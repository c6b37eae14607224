// `aeromq serve`: the broker as a process.

import AeroBroker
import AeroIO
import AeroMemory
import AeroStorage
import Glibc

/// Options of `aeromq serve`, understood and checked.
struct ServeOptions: Sendable {
    /// What the broker is started with.
    var configuration: BrokerConfiguration
    /// Whether the end of standard input stops the broker.
    var isAttached: Bool
    /// The disk of a broker whose starter may make it slow; nil for the machine's as it is.
    let delayedDisk: DelayedDisk?

    /// Where a broker listens unless it is told otherwise.
    static let defaultAddress = SocketAddress.loopback(port: 9440)

    /// Options that only a command line can say.
    private static let notInFiles: Set<String> = ["--config", "--attached", "--disk-delays"]

    init(_ words: ParsedArguments) throws(CommandError) {
        var arguments = words
        if let path = words.text("--config") {
            try ConfigurationFile.apply(
                path, to: &arguments, ServeCommand.subcommand.specification,
                excluding: Self.notInFiles)
        }
        try Self.refuseUnsupported(arguments)
        configuration = BrokerConfiguration(
            listenAddress: try arguments.address("--listen") ?? Self.defaultAddress)
        configuration.shardCount =
            try arguments.integer("--shards", in: BrokerConfiguration.shardCounts) ?? 1
        configuration.poller = try arguments.choice("--poller")
        configuration.allocationMode = try arguments.choice("--buffers") ?? .pooled
        try ServeLimits.apply(arguments, to: &configuration)
        configuration.spinNanoseconds =
            try arguments.nanoseconds("--spin", in: 0...1_000_000_000) ?? 0
        configuration.pinsShards = arguments.has("--pin")
        configuration.watchesHiccups = arguments.has("--watch-hiccups")
        configuration.dataDirectory = arguments.text("--data")
        isAttached = arguments.has("--attached")
        delayedDisk = arguments.has("--disk-delays") ? DelayedDisk(SystemDisk()) : nil
        if let delayedDisk {
            guard isAttached else {
                throw .usage("--disk-delays: they come with standard input; add --attached")
            }
            configuration.disk = delayedDisk
        }
    }

    /// Options of the contract that this release cannot keep are refused, never ignored.
    private static func refuseUnsupported(_ arguments: ParsedArguments) throws(CommandError) {
        if arguments.has("--http") {
            throw .failed(
                "--http: this release has no HTTP endpoints; `aeromq statistics` shows the figures")
        }
    }
}

enum ServeCommand {
    static let subcommand = Subcommand(
        CommandSpecification(
            "serve", summary: "Run a broker",
            options: [
                OptionSpecification(
                    "--data", "DIR", "keep topics there; default: everything in memory"),
                OptionSpecification(
                    "--listen", "HOST:PORT", "default 127.0.0.1:9440; port 0 takes a free one"),
                OptionSpecification(
                    "--shards", "N", "event loops, each on its own thread; default 1"),
                OptionSpecification(
                    "--poller", "uring|epoll", "default: what the machine does best"),
                OptionSpecification(
                    "--buffers", "pooled|native", "where message memory is from; default pooled"),
                OptionSpecification(
                    "--spin", "DURATION", "poll that long before sleeping; default 0"),
                OptionSpecification(
                    "--watch-hiccups",
                    "count in the statistics how long threads could not run; costs little"),
                OptionSpecification("--pin", "pin shard n to the n-th core this process may use"),
                OptionSpecification(
                    "--attached",
                    "stop when standard input ends; leave Control-C to the starter"),
                OptionSpecification(
                    "--disk-delays",
                    "to try slow disks, with --attached: after `disk-delay 20ms` on standard input "
                        + "each write and sync takes that much longer; 0 ends it"),
                OptionSpecification("--http", "HOST:PORT", "not in this release"),
                OptionSpecification(
                    "--config", "FILE", "more options, one `name: value` a line; see below"),
            ] + ServeLimits.options,
            remarks:
                "When it is ready it prints one line on standard output, with its address.\n"
                + "SIGTERM and SIGINT stop it: it answers what is in flight and exits 0.\n"
                + "A configuration file has the options' names without dashes, as in "
                + "`memory: 4GiB`;\nan option without a value is true or false. The command line "
                + "goes first.",
            examples: [
                "aeromq serve --data /var/lib/aeromq",
                "aeromq serve --listen 0.0.0.0:9440 --shards 2 --memory 4GiB",
                "aeromq serve --listen 127.0.0.1:0 --poller epoll --buffers native",
                "aeromq serve --config /etc/aeromq.yaml --max-connections 5000",
            ])
    ) { (arguments, console) throws(CommandError) in
        try serve(try ServeOptions(arguments), console)
    }

    private static func serve(
        _ options: ServeOptions, _ console: Console
    ) throws(CommandError) -> ExitCode {
        let stop = try StopRequest()
        // Before the broker starts, so that no signal falls between its start and the watch.
        let signals = try stop.onSignals()
        let broker: Broker
        do throws(BrokerError) {
            broker = try Broker.start(
                options.configuration, onNotice: { console.note($0) }, onFailure: stop.request)
        } catch {
            throw .failed(error.text)
        }
        if options.isAttached {
            try stop.onEndOfInput { line in
                guard let nanoseconds = DiskDelayLine.nanoseconds(line) else { return }
                options.delayedDisk?.setDelay(nanoseconds: nanoseconds)
            }
        }
        let settings = options.configuration
        console.write(
            "aeromq listening on \(broker.address) (poller \(broker.pollerChoice.kind.rawValue): "
                + "\(broker.pollerChoice.reason), shards \(settings.shardCount), "
                + "buffers \(settings.allocationMode.rawValue), "
                + "data \(settings.dataDirectory ?? "in memory"))\n")
        withExtendedLifetime(signals) { stop.wait() }
        broker.stop()
        do throws(BrokerError) { try broker.join() } catch { throw .failed(error.text) }
        return .pass
    }
}

/// What `--disk-delays` reads from standard input.
enum DiskDelayLine {
    private static let word = "disk-delay"

    /// The line that asks for a delay; 0 ends it.
    static func text(nanoseconds: Int64) -> String { "\(word) \(nanoseconds)ns\n" }

    /// The delay that a line asks for; nil for any other line.
    static func nanoseconds(_ line: String) -> Int64? {
        let words = line.split(separator: " ")
        guard words.count == 2, words[0] == word,
            let delay = QuantityText.parse(String(words[1]), QuantityText.timeUnits), delay >= 0
        else { return nil }
        return Int64(delay)
    }
}

extension BrokerError {
    /// One line that says what to change.
    var text: String {
        switch self {
        case .invalidSetting(let name, let bounds): "--\(name) has to be \(bounds)"
        case .cannotListen(let address, .addressInUse):
            "cannot listen on \(address): something else does; stop it, or choose another --listen"
        case .cannotListen(let address, let error): "cannot listen on \(address): \(error)"
        case .system(let action, let error): "cannot \(action): \(error)"
        case .storage(let error): error.text
        }
    }
}

extension DataDirectoryError {
    /// One line that says what to change.
    fileprivate var text: String {
        switch self {
        case .foreign(let path, let found):
            "\(path) is not a data directory of AeroMQ: there is \"\(found)\" in it; "
                + "give --data an empty or a new directory"
        case .locked(let path):
            "\(path) is in use by another broker; stop it, or choose another --data"
        case .unknownFormat(let path, let format):
            "\(path) has the format \"\(format)\", which this version does not know; "
                + "use the version that wrote it"
        case .damaged(let path, let what):
            "\(path) is damaged: \(what); restore it, or move it away to lose what it describes"
        case .system(let action, let path, let error): "cannot \(action) \(path): \(error)"
        }
    }
}

extension Console {
    /// Says what storage has to tell, on standard error.
    fileprivate func note(_ notice: StorageNotice) {
        error("aeromq: \(notice.isAlarm ? "" : "note: ")\(notice.text)")
    }
}
