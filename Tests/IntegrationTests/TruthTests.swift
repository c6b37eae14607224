// The built executable against a target whose latencies are known, judged by a program in Python.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15)), .serialized)
struct TruthTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let distributions = [
        "constant": "{latency: 2ms}",
        "bimodal": "{latency: 1ms, slow: 5ms, slow-per-thousand: 200}",
        "one-percent-at-50ms": "{latency: 1ms, slow: 50ms, slow-per-thousand: 10}",
        "stall": "{latency: 1ms, stall: 100ms, stall-every: 1s}",
        "stall-and-queue": "{latency: 0s, stall: 60ms, stall-every: 500ms, service: 250us}",
    ]

    private func run(_ name: String, _ more: [String] = []) throws -> (result: String, log: String)
    {
        let (result, log) = (folder.file("\(name).json"), folder.file("\(name).log"))
        let finished = try Executables.run(
            "aerobench",
            [
                "run", "truth", "--duration", "3s", "--set", "warmup=1s", "--quiet",
                "--set", "classes.main.load.rate=2k/s", "--out", result, "--target-log", log,
            ] + more)
        // Late messages of a mixture are faults to the ledger; a busy machine makes a run invalid.
        #expect([0, 4, 5].contains(finished.code), "\(finished.transcript)")
        return (result, log)
    }

    private func judge(_ files: (result: String, log: String)) throws -> Finished {
        try Executables.shell(
            "python3 Tests/TruthCheck/truth_check.py --json \(files.result) \(files.log)")
    }

    /// The tool's own error is what is asserted. What the machine's scheduling adds is in the
    /// target's record, and where that has none to speak of, the known value has to be met, too.
    @Test(arguments: distributions.keys.sorted())
    func reportedPercentilesAreTheTargetsOwn(name: String) throws {
        let target = try #require(Self.distributions[name])
        let files = try run(name, ["--set", "target=\(target)"])
        let judged = try judge(files)
        let isBelieved = try ResultFile(files.result).isValid
        // A run that says itself that it had no cores to measure with is none to be held to.
        #expect(judged.code == 0 || !isBelieved, "\(judged.transcript)")
        let json = try JSONSerialization.jsonObject(with: Data(judged.output.joined().utf8))
        let rows = try #require((json as? [String: Any])?["rows"] as? [[String: Any]])
        #expect(rows.count == 8)
        for row in rows where (row["noise"] as? Int ?? .max) <= 20_000 {
            guard row["percentile"] as? String == "p999" else { continue }
            // Nothing up to here was disturbed by more than 20 us.
            for other in rows where other["series"] as? String == row["series"] as? String {
                #expect(other["holds_known"] as? Bool == true, "\(other)")
            }
        }
    }

    /// The judge must be able to find something.
    @Test func theJudgeFindsAChangedPercentile() throws {
        let files = try run("changed")
        #expect(try judge(files).code == 0)
        let result = try ResultFile(files.result)
        let changed = folder.file("changed-again.json")
        try result.write(to: changed) { json in
            var classes = try #require(json["classes"] as? [[String: Any]])
            var series = try #require(classes[0]["series"] as? [String: [String: Any]])
            var summary = try #require(series["e2e.intended"]?["summary"] as? [String: Any])
            summary["p99"] = (summary["p99"] as? Int ?? 0) * 105 / 100
            series["e2e.intended"]?["summary"] = summary
            classes[0]["series"] = series
            json["classes"] = classes
        }
        let judged = try judge((changed, files.log))
        #expect(judged.code == 1 && judged.output.joined().contains("e2e.intended p99"))
    }

    @Test func aTargetForAnotherDriverIsRefused() throws {
        let finished = try Executables.run(
            "aerobench",
            ["run", "smoke", "--set", "target.latency=1ms", "--out", folder.file("no.json")])
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("--driver truth"), "\(finished.transcript)")
    }
}
