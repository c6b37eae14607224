// `aerobench versus` as built: brokers beside each other.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20)), .serialized)
struct VersusCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A load that keeps no schedule, so that a busy machine cannot make a run invalid.
    private static let unhurried = [
        "--duration", "500ms", "--set", "warmup=0s", "--set", "interval=100ms",
        "--set", "classes.main.load={schedule: closed-loop, in-flight: 16}",
        "--set", "slo=[ledger.lost == 0]",
    ]

    private func versus(_ arguments: [String], to path: String) throws -> Finished {
        try Executables.run(
            "aerobench", ["versus", "smoke", "--out", path] + Self.unhurried + arguments)
    }

    private func runs(_ path: String, _ driver: String) throws -> [[String: Any]] {
        let cells = try #require(try ResultFile(path).json["cells"] as? [[String: Any]])
        let cell = try #require(cells.first { ($0["values"] as? [String]) == [driver] })
        return try #require(cell["runs"] as? [[String: Any]])
    }

    @Test func aBrokerStandsBesideTheLimitWithItsPromise() throws {
        let path = folder.file("versus.json")
        let finished = try versus(
            ["--drivers", "aeromq", "--repeat", "2", "--order-seed", "4711"], to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        #expect(try ResultFile(path).json["schema"] as? String == "aerobench.matrix/1")
        for run in try runs(path, "aeromq") {
            let promises = try #require(run["promises"] as? [[String: Any]])
            #expect(promises.first?["durability"] as? String == "volatile")
            #expect(run["version"] != nil)
            let metrics = try #require(run["metrics"] as? [String: Double])
            #expect((metrics["limit.share"] ?? 0) > 0)
            #expect((metrics["broker.processorShare"] ?? 0) > 0)
            #expect((metrics["ack.actual.p99"] ?? 0) > 0)
        }
        #expect(try runs(path, "relay").allSatisfy { $0["promises"] == nil })
        #expect(finished.output.contains { $0.hasPrefix("aeromq") && $0.contains("volatile") })
        #expect(finished.output.contains { $0.hasPrefix("relay") && $0.contains("(limit)") })
        #expect(finished.errors.contains("result: \(path)"))
        let page = folder.file("versus.html")
        let report = try Executables.run("aerobench", ["report", path, "--out", page])
        #expect(report.code == 0, "\(report.transcript)")
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains("beside each other"))
    }

    @Test func aDriverThatFailsHasARowAndTheRestGoesOn() throws {
        let path = folder.file("failing.json")
        let finished = try versus(
            [
                "--drivers", "aeromq,redis", "--endpoint", "redis=127.0.0.1:1", "--repeat", "1",
                "--format", "markdown",
            ], to: path)
        #expect(finished.code == 5, "\(finished.transcript)")
        #expect(finished.output.contains { $0.hasPrefix("| aeromq | volatile | 1 |") })
        #expect(finished.output.contains { $0.hasPrefix("| redis | ≠ unknown | 0 of 1 |") })
        #expect(finished.output.contains { $0.hasPrefix("- redis, 1 run: ") })
        #expect(try runs(path, "aeromq").allSatisfy { $0["failure"] == nil })
    }

    @Test func halfOfAComparisonIsARate() throws {
        let most = folder.file("most.json")
        let half = folder.file("half.json")
        let first = try versus(["--drivers", "aeromq", "--repeat", "1", "--quiet"], to: most)
        #expect(first.code == 0, "\(first.transcript)")
        let second = try versus(
            ["--drivers", "aeromq", "--repeat", "1", "--half-of", most, "--format", "json"],
            to: half)
        // A busy machine may be late.
        #expect([0, 5].contains(second.code), "\(second.transcript)")
        let sent = try #require(
            (try runs(most, "aeromq").first?["metrics"] as? [String: Double])?["throughput.sent"])
        let printed = second.output.joined(separator: "\n")
        #expect(printed.contains("\"schedule\" : \"constant\""))
        let text = try String(contentsOfFile: half, encoding: .utf8)
        let match = try #require(text.firstMatch(of: /"rate" : "(\d+)(k?)\/s"/))
        let rate = try #require(Double(match.1)) * (match.2.isEmpty ? 1 : 1_000)
        #expect((rate / (sent / 2) - 1).magnitude < 0.01, "\(rate) of \(sent)")
    }

    @Test(arguments: [
        (["smoke"], "--drivers is missing"),
        (["smoke", "--drivers", "aeromq,redsi"], "did you mean \"redis\"?"),
        (["smoke", "--drivers", "aeromq", "--half-of", "/nowhere.json"], "cannot read"),
        (["smoke", "--drivers", "aeromq", "--format", "pdf"], "is not one of text"),
        (["smoke", "--drivers", "aeromq", "--endpoint", "127.0.0.1:1"], "write DRIVER=VALUE"),
    ])
    func whatCannotBeIsRefused(arguments: [String], hint: String) throws {
        let path = folder.file("none.json")
        let finished = try Executables.run("aerobench", ["versus"] + arguments + ["--out", path])
        #expect(finished.code == 1, "\(finished.transcript)")
        #expect(finished.errors.joined().contains(hint), "\(finished.transcript)")
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
