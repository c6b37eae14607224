// `aerobench run --incident` against a real broker.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20)), .serialized)
struct IncidentRunTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let steady = [
        "--duration", "4s", "--set", "warmup=200ms", "--set", "interval=100ms", "--set",
        "classes.main.load.rate=500/s", "--set", "slo=[ledger.ackedThenLost == 0]", "--quiet",
    ]

    private func incident(_ path: String) throws -> [String: Any] {
        let incidents = try #require(try ResultFile(path).json["incidents"] as? [[String: Any]])
        #expect(incidents.count == 1)
        return try #require(incidents.first)
    }

    /// Nothing but what a busy machine does may make the run invalid.
    private func expectBelieved(_ path: String, _ finished: Finished) throws {
        let result = try ResultFile(path)
        let excuses = ResultFile.doubtsOfABusyMachine.union(["unsent"])
        #expect(Set(result.reasons).isSubset(of: excuses), "\(finished.transcript)")
        #expect(result.ledger("ackedThenLost") == 0)
    }

    @Test func aPauseIsUnavailableForItsLength() throws {
        let path = folder.file("pause.json")
        let finished = try BenchRun.run(Self.steady + ["--incident", "pause@1s:700ms"], to: path)
        try expectBelieved(path, finished)
        let incident = try incident(path)
        #expect(incident["kind"] as? String == "pause")
        let start = try #require(incident["startNanoseconds"] as? Int)
        let end = try #require(incident["endNanoseconds"] as? Int)
        #expect(start >= 1_200_000_000)
        #expect(end - start >= 700_000_000)
        let recovery = try #require(incident["recovery"] as? [String: Any])
        // Seven intervals, of which the first and the last may have had a success.
        #expect((recovery["unavailableNanoseconds"] as? Int ?? 0) >= 500_000_000)
        #expect((recovery["backlogPeak"] as? Int ?? 0) > 100)
        #expect(finished.output.contains { $0.hasPrefix("incident: pause at") })
        let phases = try #require(incident["phases"] as? [[String: Any]])
        #expect(phases.first?["name"] as? String == "before")
    }

    @Test func aKilledBrokerIsStartedAgainAndLosesNothingItAcknowledged() throws {
        let path = folder.file("kill.json")
        let finished = try BenchRun.run(
            Self.steady + [
                "--set", "classes.main.durability=os", "--data", folder.path,
                "--incident", "kill@1s:300ms",
            ], to: path)
        try expectBelieved(path, finished)
        let incident = try incident(path)
        #expect(incident["kind"] as? String == "kill")
        let recovery = try #require(
            incident["recovery"] as? [String: Any], "\(finished.transcript)")
        #expect(recovery["firstSuccessNanoseconds"] != nil, "\(finished.transcript)")
        let broker = try #require(try ResultFile(path).json["broker"] as? [String: Any])
        #expect(broker["activity"] == nil, "its counters began anew")
    }
}
