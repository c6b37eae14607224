// Every exit code of the gate, from files.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized)
struct GateExitTests {
    private let folder: TemporaryFolder
    private let base: ResultFile

    init() throws {
        folder = try TemporaryFolder()
        base = try ResultFile(try Self.recorded.get())
    }

    private static let sharedFolder = Result { try TemporaryFolder() }

    /// One run that all tests here change copies of.
    private static let recorded = Result {
        let path = try sharedFolder.get().file("base.json")
        let finished = try BenchRun.run(BenchRun.unhurried + ["--driver", "null"], to: path)
        try #require(finished.code == 0, "\(finished.transcript)")
        return path
    }

    private func gate(
        _ candidate: String, _ options: [String] = []
    ) throws -> Finished {
        try Executables.run("aerobench", ["gate", base.path, candidate] + options)
    }

    private func doctored(_ change: (inout [String: Any]) throws -> Void) throws -> String {
        let path = folder.file("candidate.json")
        try base.write(to: path, change)
        return path
    }

    @Test func equalResultsPass() throws {
        let junit = folder.file("gate.xml")
        let finished = try gate(base.path, ["--junit", junit])
        #expect(finished.code == 0, "\(finished.transcript)")
        #expect(try String(contentsOfFile: junit, encoding: .utf8).contains("<testsuites"))
    }

    @Test func slowerCandidateIsARegression() throws {
        // The latencies of a run that waits before it sends, in the place of the base's own.
        let slow = folder.file("slow.json")
        let finished = try BenchRun.run(
            BenchRun.unhurried + ["--set", "classes.main.batch.linger=20ms"], to: slow)
        #expect(finished.code == 0, "\(finished.transcript)")
        let slowClasses = try #require(ResultFile(slow).json["classes"] as? [[String: Any]])
        let candidate = try doctored { json in
            var classes = try #require(json["classes"] as? [[String: Any]])
            classes[0]["series"] = slowClasses[0]["series"]
            json["classes"] = classes
        }
        let judged = try gate(candidate)
        #expect(judged.code == 2, "\(judged.transcript)")
    }

    @Test func breachedObjectiveGivesFour() throws {
        let candidate = try doctored { json in
            var scenario = try #require(json["scenario"] as? [String: Any])
            scenario["slo"] = ["e2e.intended.p99 < 1ns"]
            json["scenario"] = scenario
        }
        #expect(try gate(candidate).code == 4)
    }

    @Test func invalidCandidateGivesFive() throws {
        let candidate = try doctored { json in
            json["validity"] = [
                "isValid": false, "warnings": [String](),
                "reasons": [["code": "rate-not-reached", "message": "too slow"]],
            ]
        }
        #expect(try gate(candidate).code == 5)
    }

    @Test func missingFileGivesSix() throws {
        let finished = try gate(folder.file("nowhere.json"))
        #expect(finished.code == 6)
        #expect(finished.transcript.contains("nowhere.json"))
        let compared = try Executables.run(
            "aerobench", ["compare", base.path, folder.file("nowhere.json")])
        #expect(compared.code == 6)
    }

    @Test func missingScenarioGivesSix() throws {
        let candidate = try doctored { json in
            var scenario = try #require(json["scenario"] as? [String: Any])
            scenario["name"] = "another"
            json["scenario"] = scenario
        }
        #expect(try gate(candidate).code == 6)
    }

    @Test func otherDriverGivesSix() throws {
        let candidate = try doctored { json in
            var driver = try #require(json["driver"] as? [String: Any])
            driver["name"] = "relay"
            json["driver"] = driver
        }
        let finished = try gate(candidate)
        #expect(finished.code == 6, "\(finished.transcript)")
    }

    @Test func fileThatIsNoResultGivesSix() throws {
        let path = folder.file("garbage.json")
        try Data("{\"schema\": 1".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try gate(path).code == 6)
    }

    @Test func policyWithATypingErrorIsRefused() throws {
        let path = folder.file("policy.json")
        try Data("{\"limts\": {}}".utf8).write(to: URL(fileURLWithPath: path))
        let finished = try gate(base.path, ["--policy", path])
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("limits"), "\(finished.transcript)")
    }
}
