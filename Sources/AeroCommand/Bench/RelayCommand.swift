// `aerobench relay`: the raw TCP relay as a process of its own.

import AeroDrivers
import AeroIO

enum RelayCommand {
    static let subcommand = Subcommand(
        CommandSpecification(
            "relay", summary: "Run the raw TCP relay that --driver relay and echo load",
            options: [
                OptionSpecification("--listen", "HOST:PORT", "default 127.0.0.1:0, a free port"),
                OptionSpecification(
                    "--attached",
                    "stop when standard input ends; leave Control-C to the starter"),
            ],
            remarks:
                "It forwards bytes and does nothing else: what a broker can reach at most here.\n"
                + "`aerobench run` starts one for itself unless --endpoint names another.",
            examples: ["aerobench relay --listen 127.0.0.1:9441"])
    ) { (arguments, console) throws(CommandError) in
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        let address = try arguments.address("--listen") ?? .loopback(port: 0)
        let running: (server: RelayServer, acceptor: JoinHandle)
        do throws(Errno) {
            running = try RelayServer.start(address)
        } catch {
            throw .failed("cannot listen on \(address): \(error)")
        }
        if arguments.has("--attached") { try stop.onEndOfInput() }
        console.write("aerobench relay listening on \(running.server.address)\n")
        withExtendedLifetime(signals) { stop.wait() }
        running.server.stop()
        running.acceptor.join()
        return .pass
    }
}
