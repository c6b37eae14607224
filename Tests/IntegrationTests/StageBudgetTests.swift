// `aerobench run --stages`: where the time goes, from the built binaries over real sockets.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized)
struct StageBudgetTests {
    private let folder: TemporaryFolder
    private static let names = [
        "clientQueue", "networkIn", "append", "durable", "dispatch", "networkOut", "handler",
    ]

    init() throws { folder = try TemporaryFolder() }

    private func series(_ result: ResultFile) throws -> [String: [String: Int]] {
        let classes = try #require(result.json["classes"] as? [[String: Any]])
        let series = try #require(classes.first?["series"] as? [String: [String: Any]])
        return series.compactMapValues { $0["summary"] as? [String: Int] }
    }

    /// The stages' means sum to the mean end to end within 1 %, and so does each slow message.
    @Test(arguments: ["volatile", "os", "sync"])
    func stagesSumToTheWhole(durability: String) throws {
        let path = folder.file("\(durability).json")
        let finished = try BenchRun.run(
            // Without a warm-up the first messages count: of a disk that is busy for a second they
            // may be all that there is.
            BenchRun.unhurried + [
                "--stages", "--verbose", "--set", "classes.main.durability=\(durability)",
                "--set", "slowest=8", "--set", "warmup=0s",
            ], to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let result = try ResultFile(path)
        let series = try series(result)
        let whole = try #require(series["e2e.intended"])
        var sum = 0
        for name in Self.names {
            let summary = try #require(series["stage.\(name)"], "\(name)")
            #expect(summary["count"] == whole["count"] && summary["outOfRange"] == 0, "\(name)")
            sum += try #require(summary["mean"])
        }
        let mean = try #require(whole["mean"])
        #expect(mean > 0 && abs(Double(sum) / Double(mean) - 1) < 0.01, "\(sum) of \(mean)")
        let durable = try #require(series["stage.durable"]?["max"])
        #expect((durable == 0) == (durability == "volatile"))
        #expect(
            result.json["stages"] as? [String: Int]
                == ["timed": whole["count"] ?? -1, "untimed": 0, "disordered": 0])
        try expectSlowest(result, whole, finished)
    }

    private func expectSlowest(
        _ result: ResultFile, _ whole: [String: Int], _ finished: Finished
    ) throws {
        let slowest = try #require(result.json["slowest"] as? [[String: Any]])
        #expect(slowest.count == 8)
        var last = Int.max
        for message in slowest {
            let total = try #require(message["totalNanoseconds"] as? Int)
            let stages = try #require(message["stages"] as? [String: Int])
            #expect(Set(stages.keys) == Set(Self.names.map { "stage.\($0)" }))
            #expect(stages.values.reduce(0, +) == total)
            #expect(stages.values.allSatisfy { $0 >= 0 })
            #expect(total <= last)
            last = total
            let topic = try #require(message["topic"] as? String)
            #expect(topic.hasPrefix("smoke.main."))
            #expect((message["offset"] as? Int ?? -1) >= 0)
            #expect((message["interval"] as? Int ?? -1) >= 0)
            #expect(finished.output.contains { $0.contains(topic) }, "\(finished.transcript)")
        }
        // Histograms keep three digits; the list is exact.
        let first = try #require(slowest.first?["totalNanoseconds"] as? Int)
        let maximum = try #require(whole["max"])
        #expect(first <= maximum && Double(first) > Double(maximum) * 0.998)
        #expect(finished.output.contains { $0.contains("stage budget") })
    }

    @Test func withoutTheOptionThereIsNothingOfIt() throws {
        let path = folder.file("plain.json")
        let finished = try BenchRun.run(BenchRun.unhurried, to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(result.json["stages"] == nil && result.json["slowest"] == nil)
        #expect(try series(result).keys.allSatisfy { !$0.hasPrefix("stage.") })
        #expect(!finished.output.contains { $0.contains("stage budget") })
    }

    @Test func objectivesMayNameAStage() throws {
        let finished = try BenchRun.run(
            BenchRun.unhurried + ["--stages", "--set", "slo=[stage.networkOut.p99 < 1ns]"],
            to: folder.file("breached.json"))
        #expect(finished.code == 4, "\(finished.transcript)")
    }

    @Test(arguments: [
        (["--driver", "relay"], "only an AeroMQ broker tells them"),
        (["--driver", "null"], "only an AeroMQ broker tells them"),
        (["--endpoint", "192.0.2.1:7400"], "may be another machine"),
        (["--set", "classes.main.consume=pull"], "use consume: push"),
    ])
    func whatCannotBeMeasuredIsRefused(arguments: [String], words: String) throws {
        let finished = try BenchRun.run(
            BenchRun.unhurried + ["--stages"] + arguments, to: folder.file("refused.json"))
        #expect(finished.code == 1 || finished.code == 2, "\(finished.transcript)")
        #expect(finished.errors.joined().contains(words), "\(finished.transcript)")
    }
}
