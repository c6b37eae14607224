// `aerobench selftest` over real brokers: what is injected is found.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30)), .serialized)
struct SelfTestCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ words: [String]) throws -> Finished {
        let policy = folder.file("policy.yaml")
        try Data("canary: 0%\n".utf8).write(to: URL(fileURLWithPath: policy))
        return try Executables.run(
            "aerobench",
            ["selftest", "smoke", "--policy", policy, "--out", folder.file("out.json")]
                + ExperimentCommandTests.shortRuns + words,
            patienceNanoseconds: 600_000_000_000)
    }

    private func trial() throws -> [String: Any] {
        let report = try ResultFile(folder.file("out.json"))
        return try #require((report.json["trials"] as? [[String: Any]])?.first)
    }

    @Test func aStallThatCannotBeMissedIsFound() throws {
        let finished = try run(["--inject", "stall=100ms/200ms", "--gates", "1", "--seed", "4"])
        #expect(finished.code == 0, "\(finished.transcript)")
        let gates = try #require(try trial()["gates"] as? [[String: Any]])
        #expect(gates.map { $0["verdict"] as? String } == ["fail"], "\(finished.transcript)")
        #expect(finished.output.contains { $0.contains("100.0 %") && $0.contains("to") })
    }

    /// A gate that the budget cuts short is in no count.
    @Test func aBudgetEndsItInTime() throws {
        let finished = try run(["--aa", "500", "--budget", "10s"])
        #expect(finished.code == 5, "\(finished.transcript)")
        let gates = try #require(try trial()["gates"] as? [[String: Any]])
        #expect(gates.count < 3)
        #expect(gates.allSatisfy { $0["verdict"] as? String != "fail" })
    }

    @Test func changesThatALoadCannotShowAreRefused() throws {
        let waiting = try run(["--inject", "latency=+10%"])
        #expect(waiting.code == 1)
        #expect(waiting.errors.joined().contains("take a scenario with a rate"))
        let misspelt = try run(["--inject", "latency=10%"])
        #expect(misspelt.code == 1 && misspelt.errors.joined().contains("latency=+10%"))
    }
}
