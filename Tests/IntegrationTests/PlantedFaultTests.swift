// The built executable against a target that plants faults: the ledger counts each of them.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15)), .serialized)
struct PlantedFaultTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ faults: String, _ more: [String] = []) throws -> (
        result: String, log: String, code: Int32?
    ) {
        let (result, log) = (folder.file("faults.json"), folder.file("faults.log"))
        let finished = try Executables.run(
            "aerobench",
            [
                "run", "truth", "--duration", "2s", "--quiet", "--out", result,
                "--target-log", log, "--set", "classes.main.producers=3",
                "--set", "classes.main.partitions=4", "--set", "classes.main.groups=2",
                "--set", "classes.main.load={schedule: maximum, in-flight: 200}",
                "--set", "target={latency: 0s, faults: {\(faults)}}",
            ] + more)
        return (result, log, finished.code)
    }

    private func figures(_ result: ResultFile) throws -> [String: Int] {
        let broker = try #require(result.json["broker"] as? [String: Any])
        return try #require(broker["statistics"] as? [String: Int])
    }

    /// As many messages as the generator makes, with a fault in every 500th and more.
    @Test func eachFaultIsCountedByProducerAndPartition() throws {
        let run = try run(
            "ack-then-lose: 3000, duplicate: 500, reorder: 500, corrupt: 1000, misroute: 700")
        #expect(run.code == 4 || run.code == 5)
        let result = try ResultFile(run.result)
        let planted = try figures(result)
        #expect(planted["target.unrecorded"] == 0)
        func count(_ name: String) -> Int { planted["target.\(name)"] ?? 0 }
        #expect(count("duplicate") > 0 && count("reorder") > 0 && count("corrupt") > 0)
        let groups = 2
        #expect(result.ledger("duplicated") == groups * count("duplicate"))
        #expect(result.ledger("reordered") == groups * count("reorder"))
        #expect(result.ledger("corrupt") == groups * count("corrupt"))
        #expect(result.ledger("misrouted") == groups * count("misroute"))
        let lost = groups * (count("ack-then-lose") + count("corrupt"))
        #expect(result.ledger("lost") == lost && result.ledger("ackedThenLost") == lost)
        // By producer and partition, against the target's own record, by another program.
        let judged = try Executables.shell(
            "python3 Tests/TruthCheck/truth_check.py --faults \(run.result) \(run.log)")
        #expect(judged.code == 0, "\(judged.transcript)")
        #expect(judged.output.count >= 2 * 5, "a kind of fault is missing")
    }

    @Test func whatIsNeverAnsweredIsNoBrokenPromise() throws {
        let run = try run("lose: 5000")
        #expect(run.code == 5)
        let result = try ResultFile(run.result)
        let lost = try figures(result)["target.lose"] ?? 0
        #expect(lost > 0 && result.ledger("lost") == 2 * lost)
        #expect(result.ledger("ackedThenLost") == 0)
        #expect(result.reasons.contains("unanswered"))
    }

    /// The terminal names the fault and its stream.
    @Test func theWorstStreamIsNamed() throws {
        let path = folder.file("named.json")
        let finished = try Executables.run(
            "aerobench",
            [
                "run", "truth", "--duration", "1s", "--quiet", "--out", path,
                "--set", "target={latency: 1ms, faults: {duplicate: 700}}",
            ])
        #expect([4, 5].contains(finished.code))
        let text = finished.output.joined(separator: " ").split(separator: " ")
            .joined(separator: " ")
        #expect(text.contains("duplicated of producer 0 to partition 0"), "\(finished.transcript)")
    }
}
