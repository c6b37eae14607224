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
                    "--append", "DIR", "also append what it forwards to a file there"),
                OptionSpecification(
                    "--append-max", "SIZE",
                    "the file of a connection starts again rather than grow beyond this; "
                        + "default 1GiB"),
                OptionSpecification(
                    "--attached",
                    "stop when standard input ends; leave Control-C to the starter"),
            ],
            remarks:
                "It forwards bytes and does nothing else: what a broker can reach at most here.\n"
                + "A file of --append has no name, is not synchronized, and goes with its\n"
                + "connection.\n"
                + "`aerobench run` starts one for itself unless --endpoint names another.",
            examples: ["aerobench relay --listen 127.0.0.1:9441"])
    ) { (arguments, console) throws(CommandError) in
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        let address = try arguments.address("--listen") ?? .loopback(port: 0)
        let roof = try arguments.byteCount("--append-max", in: RelayStorage.fileByteCounts)
        let directory = arguments.text("--append")
        if roof != nil, directory == nil {
            throw .usage("--append-max needs --append: a folder for the file")
        }
        let storage = directory.map { RelayStorage(directory: $0, fileByteCountMax: roof) }
        if let storage { try OutputFile.check(storage.directory + "/file") }
        let running: (server: RelayServer, acceptor: JoinHandle)
        do throws(Errno) {
            running = try RelayServer.start(address, storage: storage)
        } catch {
            throw .failed("cannot listen on \(address): \(error)")
        }
        if arguments.has("--attached") { try stop.onEndOfInput() }
        console.write("aerobench relay listening on \(running.server.address)\n")
        withExtendedLifetime(signals) { stop.wait() }
        running.server.stop()
        running.acceptor.join()
        if let storage, let error = running.server.storageFailure {
            throw .failed("cannot append to a file in \(storage.directory): \(error)")
        }
        return .pass
    }
}
