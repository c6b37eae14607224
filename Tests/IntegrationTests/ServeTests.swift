// `aeromq serve` as a process: ready line, refusals, stopping.

import AeroIO
import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ServeTests {
    @Test(arguments: [SIGTERM, SIGINT]) func signalStopsItWithCodeZero(signal: Int32) throws {
        let broker = try RunningBroker()
        let client = try StrangerConnection(port: broker.port)
        #expect(client.connect()?.code == 0)
        #expect(try broker.end(signal) == .exited(code: 0))
        #expect(client.isClosedByPeer())
    }

    @Test func readyLineNamesEverything() throws {
        var process = try ChildProcess(
            Executables.options(
                "aeromq",
                ["serve", "--listen", "127.0.0.1:0", "--poller", "epoll", "--buffers", "native"]))
        let reading = try process.readLine(deadlineNanoseconds: Executables.deadline)
        process.kill(SIGTERM)
        let finished = try Executables.finish(process)
        guard case .line(let line) = reading else {
            Issue.record("no ready line: \(finished.transcript)")
            return
        }
        let pattern =
            /aeromq listening on 127\.0\.0\.1:\d+ \(poller epoll: .+, shards 1, (.+)\)/
        #expect(
            line.wholeMatch(of: pattern)?.output.1 == "buffers native, data in memory", "\(line)")
        #expect(finished.output.isEmpty, "exactly one line: \(finished.output)")
        #expect(finished.code == 0)
    }

    @Test func endOfInputStopsAnAttachedBroker() throws {
        let finished = try Executables.shell(
            "$BIN/aeromq serve --listen 127.0.0.1:0 --attached </dev/null")
        #expect(finished.code == 0, "\(finished.transcript)")
    }

    @Test(arguments: [["--http", "127.0.0.1:0"]])
    func optionsOfLaterReleasesAreRefused(option: [String]) throws {
        let finished = try Executables.run("aeromq", ["serve"] + option)
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("this release"))
    }

    @Test func aConfigurationFileIsObeyedAndItsMistakesAreSaid() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("broker.yaml")
        try "shards: 2\nmax-connections: 1\n".write(
            toFile: path, atomically: true, encoding: .utf8)
        let broker = try RunningBroker(["--config", path])
        let first = try StrangerConnection(port: broker.port)
        #expect(first.connect()?.code == 0)
        let second = try StrangerConnection(port: broker.port)
        #expect(second.answer()?.code == 23)
        #expect(second.isClosedByPeer())
        #expect(try broker.end(SIGTERM) == .exited(code: 0))
        try "shards: 2\nmax-conections: 1\n".write(
            toFile: path, atomically: true, encoding: .utf8)
        let finished = try Executables.run("aeromq", ["serve", "--config", path])
        #expect(finished.code == 1)
        #expect(
            finished.errors.first?.hasSuffix(
                "broker.yaml:2: there is no setting \"max-conections\"; did you mean "
                    + "\"max-connections\"?") == true, "\(finished.transcript)")
    }

    @Test func addressInUseIsSaid() throws {
        let broker = try RunningBroker()
        let finished = try Executables.run("aeromq", ["serve", "--listen", broker.address])
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains(broker.address), "\(finished.transcript)")
    }

    @Test(arguments: [["--memry", "1GiB"], ["--memory", "1GB"], ["--shards", "0"], ["surplus"]])
    func wrongCommandLinesAreRefused(words: [String]) throws {
        let finished = try Executables.run("aeromq", ["serve"] + words)
        #expect(finished.code == 1)
        #expect(finished.errors.joined(separator: "\n").contains("--help"))
        if words[0] == "--memry" {
            #expect(finished.errors[0].contains("did you mean \"--memory\"?"))
        }
    }
}
