// `aerobench run --incident` against a real broker.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20)), .serialized)
struct IncidentRunTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let rate = 500
    private static let steady = [
        "--duration", "4s", "--set", "warmup=200ms", "--set", "interval=100ms", "--set",
        "classes.main.load.rate=\(rate)/s", "--set", "classes.main.groups=1", "--set",
        "slo=[ledger.ackedThenLost == 0]", "--quiet",
    ]

    /// The recovery and the phases of an incident, as a reader of the result finds them.
    private struct Incident {
        let json: [String: Any]
        let recovery: [String: Any]
        let phases: [[String: Any]]

        init(_ json: [String: Any], _ comment: String) throws {
            self.json = json
            recovery = try #require(json["recovery"] as? [String: Any], "\(comment)")
            phases = try #require(json["phases"] as? [[String: Any]])
        }

        var kind: String? { json["kind"] as? String }
        var length: Int {
            (json["endNanoseconds"] as? Int ?? 0) - (json["startNanoseconds"] as? Int ?? 0)
        }

        func number(_ name: String) -> Int { recovery[name] as? Int ?? -1 }

        func phase(_ name: String) throws -> [String: Any] {
            try #require(phases.first { $0["name"] as? String == name }, "phase \(name)")
        }

        func latency(_ phase: String, _ series: String, _ percentile: String) throws -> Int {
            let all = try self.phase(phase)["series"] as? [String: [String: Any]]
            return try #require(all?[series]?[percentile] as? Int)
        }
    }

    private func incidents(_ path: String, _ finished: Finished) throws -> [Incident] {
        let all = try #require(
            try ResultFile(path).json["incidents"] as? [[String: Any]], "\(finished.transcript)")
        return try all.map { try Incident($0, finished.transcript) }
    }

    private func play(_ incidents: [String], _ more: [String] = []) throws -> (
        [Incident], ResultFile, Finished
    ) {
        let path = folder.file("result.json")
        let finished = try BenchRun.run(
            Self.steady + more + incidents.flatMap { ["--incident", $0] }, to: path)
        try expectBelieved(path, finished)
        let played = try self.incidents(path, finished)
        #expect(played.count == incidents.count)
        return (played, try ResultFile(path), finished)
    }

    /// Nothing but what a busy machine does may make the run invalid.
    private func expectBelieved(_ path: String, _ finished: Finished) throws {
        let result = try ResultFile(path)
        let excuses = ResultFile.doubtsOfABusyMachine.union(["unsent"])
        #expect(Set(result.reasons).isSubset(of: excuses), "\(finished.transcript)")
        #expect(result.ledger("ackedThenLost") == 0, "\(finished.transcript)")
    }

    private func warnings(_ result: ResultFile) -> [String] {
        let all = (result.json["validity"] as? [String: Any])?["warnings"] as? [[String: Any]]
        return all?.compactMap { $0["message"] as? String } ?? []
    }

    @Test func aPauseIsUnavailableForItsLength() throws {
        let (incidents, _, finished) = try play(["pause@1s:700ms"])
        let incident = incidents[0]
        #expect(incident.kind == "pause")
        #expect(incident.json["startNanoseconds"] as? Int ?? 0 >= 1_200_000_000)
        #expect(incident.length >= 700_000_000)
        // Seven intervals, of which the first and the last may have had a success.
        #expect(incident.number("unavailableNanoseconds") >= 500_000_000)
        #expect(incident.number("backlogPeak") > Self.rate / 5)
        #expect(finished.output.contains { $0.hasPrefix("incident: pause at") })
        #expect(incident.phases.first?["name"] as? String == "before")
    }

    @Test func aKilledBrokerIsStartedAgainAndLosesNothingItAcknowledged() throws {
        let (incidents, result, finished) = try play(
            ["kill@1s:300ms"], ["--set", "classes.main.durability=os", "--data", folder.path])
        #expect(incidents[0].kind == "kill")
        #expect(
            incidents[0].recovery["firstSuccessNanoseconds"] != nil, "\(finished.transcript)")
        let broker = try #require(result.json["broker"] as? [String: Any])
        #expect(broker["activity"] == nil, "its counters began anew")
    }

    /// Connections are cut for half a second: nothing gets through, everybody comes back by himself
    /// and nothing that was acknowledged is missing.
    @Test func aStormOfDisconnectionsPasses() throws {
        let (incidents, result, finished) = try play(["disconnect@1s:500ms"])
        let incident = incidents[0]
        #expect(incident.kind == "disconnect")
        let lost = warnings(result).filter { $0.hasPrefix("connection lost: ") }
        // Producer and consumer at least once each, and again while it lasted.
        let count = lost.first?.split(separator: "(").last?.split(separator: " ").first
        #expect(count.flatMap { Int($0) } ?? 0 > 2, "\(finished.transcript)")
        #expect(incident.number("backlogPeak") > incident.number("backlogBefore"))
        #expect(incident.number("timeToDrainNanoseconds") >= 0, "\(finished.transcript)")
    }

    /// Of two connections the first is cut, and the other goes on.
    @Test func aShareOfTheConnectionsIsCut() throws {
        let (_, result, finished) = try play(["disconnect@1s:1ms:share=50%"])
        let lost = warnings(result).filter { $0.hasPrefix("connection lost: ") }
        #expect(lost.count == 1 && lost[0].hasSuffix("(1 times)"), "\(finished.transcript)")
    }

    @Test func aBacklogIsBuiltAndDrained() throws {
        let (incidents, _, finished) = try play(["backlog@1s:1s"])
        let incident = incidents[0]
        #expect(incident.kind == "backlog" && incident.length == 1_000_000_000)
        // Producers went on for a second, consumers took nothing.
        #expect(incident.number("backlogPeak") > Self.rate * 8 / 10)
        #expect(incident.number("unavailableNanoseconds") >= 800_000_000)
        #expect(incident.number("timeToDrainNanoseconds") > 0, "\(finished.transcript)")
        let names = incident.phases.compactMap { $0["name"] as? String }
        #expect(names == ["before", "build", "drain", "after"], "\(finished.transcript)")
        let build = try #require(try incident.phase("build")["counts"] as? [String: Int])
        #expect(build["received"] ?? .max < Self.rate / 5 && build["acked"] ?? 0 > Self.rate / 2)
        // The oldest message waited for all of it; before and after it nobody did.
        #expect(try incident.latency("drain", "e2e.intended", "max") > 800_000_000)
        #expect(
            try incident.latency("before", "e2e.intended", "p50")
                < incident.latency("drain", "e2e.intended", "p50"))
        let histograms = try #require(
            try incident.phase("drain")["histograms"] as? [String: String])
        #expect(histograms["e2e.intended"]?.isEmpty == false)
    }

    @Test func slowConsumersFallBehind() throws {
        let (incidents, _, finished) = try play(["slow-consumer@1s:1s:delay=10ms"])
        let incident = incidents[0]
        #expect(incident.kind == "slow-consumer")
        // A hundred of five hundred are handled in time.
        #expect(incident.number("backlogPeak") > Self.rate / 2, "\(finished.transcript)")
        let during = try #require(try incident.phase("during")["counts"] as? [String: Int])
        #expect(during["received"] ?? .max < Self.rate / 2)
    }

    @Test func aSlowDiskIsWaitedFor() throws {
        let (incidents, _, finished) = try play(
            ["disk-delay@1s:1s:delay=100ms"],
            ["--set", "classes.main.durability=sync", "--data", folder.path])
        let incident = incidents[0]
        #expect(incident.kind == "disk-delay")
        #expect(
            try incident.latency("during", "ack.intended", "max") >= 100_000_000,
            "\(finished.transcript)")
        #expect(
            try incident.latency("before", "ack.intended", "p50")
                < incident.latency("during", "ack.intended", "p50"))
    }

    @Test func aScriptOfTheScenarioIsPlayedInOrder() throws {
        let path = folder.file("script.json")
        let finished = try BenchRun.run(
            Self.steady + [
                "--set",
                "incidents=[backlog@2500ms:300ms, disconnect@500ms:1ms, pause@1500ms:300ms]",
            ], to: path)
        try expectBelieved(path, finished)
        let played = try incidents(path, finished)
        #expect(played.map(\.kind) == ["disconnect", "pause", "backlog"])
        let text = finished.output.joined(separator: "\n")
        for kind in ["disconnect", "pause", "backlog"] {
            #expect(text.contains("incident: \(kind) at"), "\(finished.transcript)")
        }
        // The script is a part of the scenario that the result repeats.
        let scenario = try #require(try ResultFile(path).json["scenario"] as? [String: Any])
        let parameters = try #require(scenario["parameters"] as? [String: Any])
        #expect((parameters["incidents"] as? [String])?.count == 3)
        let page = folder.file("script.html")
        let report = try Executables.run("aerobench", ["report", path, "--out", page])
        #expect(report.code == 0, "\(report.transcript)")
        let html = try String(contentsOf: URL(fileURLWithPath: page), encoding: .utf8)
        for word in ["<h3>Incidents</h3>", "time to drain", ">build<", ">drain<"] {
            #expect(html.contains(word), "\(word)")
        }
    }

    /// What the slowest messages met on their way stands beside them.
    @Test func theSlowestMessagesSayWhatWasDoneMeanwhile() throws {
        let (incidents, result, finished) = try play(["pause@1s:500ms"], ["--stages"])
        let slowest = try #require(result.json["slowest"] as? [[String: Any]])
        let first = try #require(slowest.first)
        #expect(first["totalNanoseconds"] as? Int ?? 0 > 300_000_000, "\(finished.transcript)")
        let words = try #require(first["incidents"] as? [String])
        #expect(words.contains { $0.hasPrefix("pause from ") }, "\(words)")
        #expect(incidents.count == 1)
    }
}
