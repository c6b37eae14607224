// `aerobench idle`: connections that do nothing, in a process of their own.

import AeroDrivers
import AeroIO
import AeroLoad

enum IdleCommand {
    // BOUND: beyond the default limit of a broker, below what one process has descriptors for.
    private static let counts = 1...1_000_000

    static let subcommand = Subcommand(
        CommandSpecification(
            "idle", summary: "Open idle connections to an AeroMQ broker and keep them alive",
            options: [
                OptionSpecification(
                    "--endpoint", "HOST:PORT", isRepeatable: true,
                    "the broker; given again, connections go to each in turn"),
                OptionSpecification("--count", "N", "how many; default 10000"),
                OptionSpecification(
                    "--over", "DURATION",
                    "spread their opening, and so their heartbeats, over so long; default 0s"),
                OptionSpecification(
                    "--attached",
                    "stop when standard input ends; leave Control-C to the starter"),
            ],
            remarks:
                "When all are open it prints one line; SIGTERM and SIGINT close them. It exits 1\n"
                + "when one was refused or lost. It raises its limit on descriptors as far as it\n"
                + "may. One address has some 28,000 ports to connect from: for more, let the\n"
                + "broker listen on 0.0.0.0, and give 127.0.0.1, 127.0.0.2, ….",
            examples: [
                "aerobench idle --endpoint 127.0.0.1:9440 --count 10000",
                "aerobench idle --count 10000 --over 10s",
            ])
    ) { (arguments, console) throws(CommandError) in
        let count = try arguments.integer("--count", in: counts) ?? 10_000
        let span = try arguments.nanoseconds("--over", in: 0...3_600_000_000_000) ?? 0
        try checkDescriptors(count)
        var addresses = try arguments.addresses("--endpoint")
        if addresses.isEmpty { addresses = [ServeOptions.defaultAddress] }
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        if arguments.has("--attached") { try stop.onEndOfInput() }
        return try withExtendedLifetime(signals) { () throws(CommandError) in
            try hold(count, overNanoseconds: span, addresses, stop, console)
        }
    }

    /// Says what to do before thousands of connections are made for nothing.
    private static func checkDescriptors(_ count: Int) throws(CommandError) {
        let possible = DescriptorLimit.count
        // Those of the process itself.
        guard possible < count + 32 else { return }
        throw .failed(
            "\(count) connections take as many descriptors, and this process may have "
                + "\(possible) in all: raise the hard limit (see ulimit -Hn), or ask for fewer "
                + "by --count in each of several processes")
    }

    private static func hold(
        _ count: Int, overNanoseconds span: Int64, _ addresses: [SocketAddress],
        _ stop: StopRequest, _ console: Console
    ) throws(CommandError) -> ExitCode {
        let start = MonotonicClock.nowNanoseconds()
        do throws(DriverError) {
            let connections = try IdleConnections(count: count, addresses: addresses)
            let openCount = try connections.open(overNanoseconds: span) { stop.isRequested }
            let elapsed = (MonotonicClock.nowNanoseconds() - start) / 1_000_000
            if openCount == count {
                console.write("\(count) idle connections open after \(elapsed) ms\n")
            }
            let (lost, cause) = try connections.keep { stop.isRequested }
            guard lost == 0 else {
                throw DriverError(
                    "keep all connections", "\(lost) of \(count) were lost: \(cause ?? "")")
            }
            return .pass
        } catch {
            throw .failed("\(error)")
        }
    }
}
