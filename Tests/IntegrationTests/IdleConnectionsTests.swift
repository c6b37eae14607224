// `aerobench idle` against `aeromq serve`: connections that stay, and one too many.

import AeroIO
import Foundation
import Glibc
import Testing

@Suite(.timeLimit(.minutes(10)))
struct IdleConnectionsTests {
    @Test func theyStayUntilTheyAreTold() throws {
        let broker = try RunningBroker()
        var process = try ChildProcess(
            Executables.options(
                "aerobench", ["idle", "--endpoint", broker.address, "--count", "300"]))
        let reading = try process.readLine(deadlineNanoseconds: Executables.deadline)
        guard case .line(let line) = reading else {
            Issue.record("no line: \(try Executables.finish(process).transcript)")
            return
        }
        #expect(line.hasPrefix("300 idle connections open after "))
        let statistics = try Executables.run(
            "aeromq", ["statistics", "--endpoint", broker.address, "--json"])
        #expect(statistics.output.joined().contains("\"connections.open\": 301"))
        process.kill(SIGTERM)
        #expect(try Executables.finish(process).code == 0)
    }

    /// The last of fifty comes after 98 % of the time that they are spread over.
    @Test func theyCanBeOpenedOverATime() throws {
        let broker = try RunningBroker()
        var process = try ChildProcess(
            Executables.options(
                "aerobench",
                ["idle", "--endpoint", broker.address, "--count", "50", "--over", "500ms"]))
        guard
            case .line(let line) = try process.readLine(deadlineNanoseconds: Executables.deadline)
        else {
            Issue.record("no line: \(try Executables.finish(process).transcript)")
            return
        }
        let milliseconds = line.split(separator: " ").dropLast().last.flatMap { Int($0) }
        #expect(try #require(milliseconds) >= 490, "\(line)")
        process.kill(SIGTERM)
        #expect(try Executables.finish(process).code == 0)
    }

    @Test func oneTooManyIsSaid() throws {
        let broker = try RunningBroker(["--max-connections", "20"])
        let finished = try Executables.run(
            "aerobench", ["idle", "--endpoint", broker.address, "--count", "30"])
        #expect(finished.code == 1)
        #expect(
            finished.errors.joined().contains("tooManyConnections"), "\(finished.transcript)")
    }

    @Test func aBrokerThatGoesIsSaid() throws {
        let broker = try RunningBroker()
        var process = try ChildProcess(
            Executables.options(
                "aerobench", ["idle", "--endpoint", broker.address, "--count", "20"]))
        _ = try process.readLine(deadlineNanoseconds: Executables.deadline)
        #expect(try broker.end(SIGKILL) == .signaled(SIGKILL))
        let finished = try Executables.finish(process)
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("20 of 20 were lost"), "\(finished.transcript)")
    }
}
