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

    /// A changed copy under a name of its own: no two runs share one.
    private func doctored(_ change: (inout [String: Any]) throws -> Void) throws -> String {
        let path = folder.file("candidate.json")
        try base.write(to: path) { json in
            json["id"] = "candidate"
            try change(&json)
        }
        return path
    }

    /// Seven copies of the base as if measured in turn with those of the other side.
    private func repeats(
        _ name: String, side: Int, _ change: (inout [String: Any]) throws -> Void = { _ in }
    ) throws -> String {
        let path = folder.file(name)
        for pair in 0..<7 { try base.write(to: path, pair: pair, side: side, change) }
        return path
    }

    @Test func equalRepeatsPassAndEveryOutputIsWritten() throws {
        let sides = (try repeats("base", side: 0), try repeats("candidate", side: 1))
        let outputs = ["--junit", "--sarif", "--markdown", "--json", "--html"].map {
            [$0, folder.file("gate" + $0)]
        }
        let command = ["gate", sides.0, sides.1] + outputs.flatMap { $0 }
        let finished = try Executables.run("aerobench", command)
        #expect(finished.code == 0, "\(finished.transcript)")
        let first = try outputs.map { try String(contentsOfFile: $0[1], encoding: .utf8) }
        for (text, sign) in zip(
            first,
            [
                "<testsuites", "2.1.0", "PASS", "aerobench.gate/1", "<!DOCTYPE html>",
            ])
        {
            #expect(text.contains(sign))
        }
        // The same files give the same report, to the byte.
        _ = try Executables.run("aerobench", command)
        #expect(try outputs.map { try String(contentsOfFile: $0[1], encoding: .utf8) } == first)
    }

    @Test func singleRunsCannotTell() throws {
        let candidate = try doctored { _ in }
        let finished = try gate(candidate)
        #expect(finished.code == 3, "\(finished.transcript)")
        #expect(finished.transcript.contains("repeat both sides in turn"))
    }

    @Test func aFileComparedWithItselfGivesFive() throws {
        let finished = try gate(base.path)
        #expect(finished.code == 5, "\(finished.transcript)")
    }

    @Test func anEditedFileGivesFive() throws {
        let candidate = try doctored { json in
            var classes = try #require(json["classes"] as? [[String: Any]])
            var series = try #require(classes[0]["series"] as? [String: [String: Any]])
            var summary = try #require(series["e2e.intended"]?["summary"] as? [String: Any])
            summary["p99"] = 1
            series["e2e.intended"]?["summary"] = summary
            classes[0]["series"] = series
            json["classes"] = classes
        }
        let finished = try gate(candidate)
        #expect(finished.code == 5, "\(finished.transcript)")
        #expect(finished.transcript.contains("contradicts itself"))
    }

    @Test func aFileThatIsCutOffGivesSixWithEveryOutput() throws {
        let path = folder.file("cut.json")
        let whole = try Data(contentsOf: URL(fileURLWithPath: base.path))
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
        try expectSixWithEveryOutput(path, sign: "cut.json")
    }

    private func expectSixWithEveryOutput(_ candidate: String, sign: String) throws {
        let outputs = ["--junit", "--sarif", "--markdown", "--json", "--html"].map {
            [$0, folder.file("out" + $0)]
        }
        let finished = try gate(candidate, outputs.flatMap { $0 })
        #expect(finished.code == 6, "\(finished.transcript)")
        for output in outputs {
            let text = try String(contentsOfFile: output[1], encoding: .utf8)
            #expect(text.contains(sign), "\(output): \(text)")
        }
    }

    @Test(arguments: ["aerobench.capacity/1", "aerobench.result/99"])
    func anotherSchemaGivesSixWithEveryOutput(_ schema: String) throws {
        try expectSixWithEveryOutput(try doctored { $0["schema"] = schema }, sign: schema)
    }

    @Test func anotherMachineGivesSixWithEveryOutput() throws {
        let candidate = try doctored { json in
            var environment = try #require(json["environment"] as? [String: Any])
            var processor = try #require(environment["processor"] as? [String: Any])
            processor["model"] = "Another processor"
            environment["processor"] = processor
            json["environment"] = environment
        }
        try expectSixWithEveryOutput(candidate, sign: "Another processor")
    }

    /// JSON has none, and what has one is no JSON.
    @Test func aNumberThatIsNoneGivesSixWithEveryOutput() throws {
        let path = try doctored { _ in }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let changed = text.replacing(/"p99":[0-9]+/, with: "\"p99\":NaN", maxReplacements: 1)
        #expect(changed != text)
        try changed.write(toFile: path, atomically: true, encoding: .utf8)
        try expectSixWithEveryOutput(path, sign: "candidate.json")
    }

    @Test func aPolicyMayBeYAML() throws {
        let path = folder.file("policy.yaml")
        let sides = (try repeats("base", side: 0), try repeats("candidate", side: 1))
        let text = """
            slo: ["e2e.intended.p99 < 1ns"]   # no broker does that
            limits: { p99: 10%, max: null, stalls: 3 }
            seed: 5
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let finished = try Executables.run(
            "aerobench", ["gate", sides.0, sides.1, "--policy", path])
        #expect(finished.code == 4, "\(finished.transcript)")
        try Data("limits: { p99: [1] }".utf8).write(to: URL(fileURLWithPath: path))
        let refused = try gate(base.path, ["--policy", path])
        #expect(refused.code == 1 && refused.errors.joined().contains("limits.p99"))
    }

    @Test func slowerCandidateIsARegression() throws {
        // The latencies of a run that waits before it sends, in the place of the base's own.
        let slow = folder.file("slow.json")
        let finished = try BenchRun.run(
            BenchRun.unhurried + ["--set", "classes.main.batch.linger=20ms"], to: slow)
        #expect(finished.code == 0, "\(finished.transcript)")
        let slowClasses = try #require(ResultFile(slow).json["classes"] as? [[String: Any]])
        let candidate = try repeats("candidate", side: 1) { json in
            var classes = try #require(json["classes"] as? [[String: Any]])
            classes[0]["series"] = slowClasses[0]["series"]
            json["classes"] = classes
        }
        let judged = try Executables.run(
            "aerobench", ["gate", try repeats("base", side: 0), candidate])
        #expect(judged.code == 2, "\(judged.transcript)")
    }

    /// A driver without a broker counts nothing of one.
    @Test func aCounterThatIsNotThereGivesFive() throws {
        let policy = folder.file("policy.yaml")
        try Data("counters: { broker.allocationsPerMessage: 0.01 }".utf8).write(
            to: URL(fileURLWithPath: policy))
        let finished = try Executables.run(
            "aerobench",
            [
                "gate", try repeats("base", side: 0), try repeats("candidate", side: 1),
                "--policy", policy,
            ])
        #expect(finished.code == 5, "\(finished.transcript)")
        #expect(finished.transcript.contains("did not count broker.allocationsPerMessage"))
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
