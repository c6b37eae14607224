// A Redis server that asks for a password, started by a test.

import AeroIO
import Testing

/// `redis-server` on a free port; ended with its owner.
final class GuardedRedis {
    let address: String
    let processIdentifier: Int32
    private var process: ChildProcess

    init(password: String) throws {
        let port = try TCPListener.bind(.loopback(port: 0)).localAddress.port
        var options = ChildProcessOptions(
            path: "/usr/bin/redis-server",
            arguments: [
                "--bind", "127.0.0.1", "--port", "\(port)", "--save", "", "--requirepass", password,
            ])
        options.output = .pipe
        process = try ChildProcess(options)
        processIdentifier = process.processIdentifier
        address = "127.0.0.1:\(port)"
        try awaitReadiness()
    }

    private func awaitReadiness() throws {
        // BOUND: ends with the line, with the server, or at the deadline.
        while true {
            let reading = try process.readLine(deadlineNanoseconds: Executables.deadline)
            guard case .line(let line) = reading else {
                throw BrokerDidNotStart(text: "redis-server: \(reading)")
            }
            if line.contains("Ready to accept connections") { return }
        }
    }
}
