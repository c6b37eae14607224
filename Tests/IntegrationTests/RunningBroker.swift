// A broker process for tests that talk to it.

import AeroIO
import Foundation
import Testing

/// `aeromq serve`, on a free port unless told otherwise; ended with its owner.
final class RunningBroker {
    let port: UInt16
    let address: String
    private var process: ChildProcess?

    init(_ arguments: [String] = [], port wanted: UInt16 = 0) throws {
        var process = try ChildProcess(
            Executables.options("aeromq", ["serve", "--listen", "127.0.0.1:\(wanted)"] + arguments))
        let reading = try process.readLine(deadlineNanoseconds: Executables.deadline)
        guard case .line(let line) = reading else {
            let errors = try process.readLines(
                from: .standardError, deadlineNanoseconds: Executables.deadline)
            throw BrokerDidNotStart(text: errors.joined(separator: "\n"))
        }
        let words = line.split(separator: " ")
        try #require(words.count > 3 && line.hasPrefix("aeromq listening on "), "\(line)")
        address = String(words[3])
        let portText = try #require(address.split(separator: ":").last)
        port = try #require(UInt16(portText))
        self.process = consume process
    }

    var processIdentifier: Int32 { process?.processIdentifier ?? 0 }

    /// Sends a signal and waits for the end.
    func end(_ signal: Int32) throws -> AeroIO.ExitStatus? {
        guard var process = process.take() else { return nil }
        process.kill(signal)
        return try process.wait(deadlineNanoseconds: Executables.deadline)
    }
}

struct BrokerDidNotStart: Error {
    let text: String
}
