// `aerobench run --omb` as built.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20)), .serialized)
struct WorkloadRunTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func workload(rate: Int) throws -> String {
        let text = """
            name: 1 topic / 2 partitions
            topics: 1
            partitionsPerTopic: 2
            messageSize: 128
            useRandomizedPayloads: true
            randomBytesRatio: 0.5
            randomizedPayloadPoolSize: 1000
            subscriptionsPerTopic: 1
            consumerPerSubscription: 1
            producersPerTopic: 1
            producerRate: \(rate)
            consumerBacklogSizeGB: 0
            testDurationMinutes: 5
            """
        let path = folder.file("workload.yaml")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private static let hasty = [
        "--driver", "null", "--duration", "500ms", "--set", "warmup=0s", "--set", "interval=100ms",
        "--quiet",
    ]

    @Test func aWorkloadRunsWithNotesInItsResult() throws {
        let path = folder.file("omb.json")
        let finished = try Executables.run(
            "aerobench", ["run", "--omb", try workload(rate: 100), "--out", path] + Self.hasty)
        let result = try ResultFile(path)
        #expect(
            Set(result.reasons).isSubset(of: ResultFile.doubtsOfABusyMachine),
            "\(finished.transcript)")
        let notes = try #require(result.json["notes"] as? [String])
        #expect(notes.contains { $0.hasPrefix("randomBytesRatio") })
        #expect(finished.output.contains { $0.hasPrefix("note: randomBytesRatio") })
        let scenario = try #require(result.json["scenario"] as? [String: Any])
        #expect(scenario["name"] as? String == "1-topic-2-partitions")
    }

    @Test func aWorkloadAndAScenarioExcludeEachOther() throws {
        let file = try workload(rate: 100)
        for (arguments, hint) in [
            (["smoke", "--omb", file], "leave one of them out"), ([], "SCENARIO is missing"),
            (["smoke", "--omb-driver", file], "goes with --omb"),
        ] {
            let finished = try Executables.run("aerobench", ["run"] + arguments)
            #expect(finished.code == 1)
            #expect(finished.errors.joined().contains(hint), "\(finished.transcript)")
        }
    }
}
