// `aerobench run` against every target, and when things go wrong.

import AeroIO
import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized)
struct BenchRunTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: ["aeromq", "relay", "relay-file", "null"])
    func everyTargetLeavesAValidResult(driver: String) throws {
        let path = folder.file("result.json")
        let finished = try BenchRun.run(BenchRun.unhurried + ["--driver", driver], to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(result.isValid)
        #expect(result.json["schema"] as? String == "aerobench.result/1")
        #expect((result.ledger("sent") ?? 0) > 0)
        #expect(result.ledger("received") == 2 * (result.ledger("sent") ?? -1))
        for fault in ["lost", "duplicated", "reordered", "misrouted", "corrupt"] {
            #expect(result.ledger(fault) == 0, "\(fault)")
        }
        #expect((result.json["driver"] as? [String: Any])?["name"] as? String == driver)
        try expectRequiredProperties(result)
        let compared = try Executables.run("aerobench", ["compare", path, path])
        #expect(compared.code == 0, "\(compared.transcript)")
        // The table for people names what the file says.
        #expect(finished.output.contains { $0.contains("e2e.intended") })
        #expect(finished.output.contains { $0.contains(path) })
    }

    @Test(arguments: ["os", "sync", "interval 50ms"])
    func durableTopicsHaveADirectoryForTheRun(durability: String) throws {
        let path = folder.file("result.json")
        let data = folder.file("data")
        try FileManager.default.createDirectory(
            atPath: data, withIntermediateDirectories: false)
        let finished = try BenchRun.run(
            BenchRun.unhurried + [
                "--data", data, "--set", "classes.main.durability=\(durability)",
                "--set", "classes.main.segment-size=64KiB",
            ], to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect((result.ledger("sent") ?? 0) > 0 && result.ledger("lost") == 0)
        let statistics = (result.json["broker"] as? [String: Any])?["statistics"]
        let figures = try #require(statistics as? [String: Int])
        #expect((figures["log.bytes_written"] ?? 0) > 0)
        let broker = try #require(result.json["broker"] as? [String: Any])
        let activity = try #require(broker["activity"] as? [String: Int])
        // A broker syncs its own bookkeeping also where topics leave it to the page cache.
        if durability == "sync" { #expect(activity["groupCommits"] ?? 0 > 0, "\(activity)") }
        #expect((activity["groupCommits"] ?? 0) <= (activity["syncs"] ?? 0))
        // The directory was the run's own, and went with it.
        #expect(try FileManager.default.contentsOfDirectory(atPath: data).isEmpty)
    }

    /// Control-C is no reason to leave gigabytes behind, whenever it comes.
    @Test(arguments: [SIGINT, SIGTERM]) func anInterruptedRunTakesItsDirectoryAway(
        signal: Int32
    ) throws {
        let data = folder.file("data-\(signal)")
        try FileManager.default.createDirectory(
            atPath: data, withIntermediateDirectories: false)
        var process = try ChildProcess(
            Executables.options(
                "aerobench",
                ["run", "smoke", "--out", folder.file("interrupted-\(signal).json")]
                    + ["--data", data, "--set", "classes.main.durability=sync"]
                    + BenchRun.unhurried.dropFirst(2) + ["--duration", "60s"]))
        try BenchRun.awaitProgress(&process)
        let before = try FileManager.default.contentsOfDirectory(atPath: data)
        #expect(before.count == 1 && before.allSatisfy { $0.hasPrefix("aerobench-") })
        process.kill(signal)
        #expect(try Executables.finish(process).code == 5)
        #expect(try FileManager.default.contentsOfDirectory(atPath: data).isEmpty)
    }

    @Test func aDirectoryThatIsNotThereIsSaidBeforeTheRun() throws {
        for driver in ["aeromq", "relay-file"] {
            let finished = try BenchRun.run(
                ["--driver", driver, "--data", folder.file("none")]
                    + ["--set", "classes.main.durability=os"], to: folder.file("x.json"))
            #expect(finished.code == 1)
            #expect(finished.errors.joined().contains("--data"), "\(finished.transcript)")
        }
    }

    @Test func theResultTellsWhatCompressionSaves() throws {
        let compressing = [
            "--set", "classes.main.payload=json", "--set", "classes.main.batch.compression=zstd",
        ]
        let path = folder.file("compressed.json")
        let finished = try BenchRun.run(BenchRun.unhurried + compressing, to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let broker = try #require(ResultFile(path).json["broker"] as? [String: Any])
        let activity = try #require(broker["activity"] as? [String: Int])
        let payload = try #require(activity["payloadBytes"])
        let messages = try #require(activity["messages"])
        #expect(messages > 0 && payload == messages * 256)
        #expect(activity["nanoseconds"] ?? 0 > 1_000_000_000)
        // On the wire there are frames around the batches, and each batch goes to two groups.
        for (name, copies) in [("batchBytes", 1), ("receivedBytes", 1), ("sentBytes", 2)] {
            let share = Double(activity[name] ?? 0) / Double(payload * copies)
            #expect(share > 0.05 && share < 0.7, "\(name) \(share)")
        }
        #expect(finished.output.contains { $0.contains("appended per message") })
        #expect(!finished.transcript.contains("compression was left out"))

        let relayed = try BenchRun.run(
            BenchRun.unhurried + compressing + ["--driver", "relay"],
            to: folder.file("relayed.json"))
        #expect(relayed.code == 0, "\(relayed.transcript)")
        #expect(relayed.transcript.contains("compression was left"), "\(relayed.transcript)")
    }

    /// What the published schema requires at the top is there.
    private func expectRequiredProperties(_ result: ResultFile) throws {
        let schema = try ResultFile(
            Executables.root + "/Sources/AeroReport/Schema/aerobench.result-1.schema.json")
        let required = try #require(schema.json["required"] as? [String])
        for name in required { #expect(result.json[name] != nil, "\(name)") }
    }

    @Test func smokeAsShippedIsJudgedByItsOwnResult() throws {
        let path = folder.file("smoke.json")
        let finished = try BenchRun.run(
            ["--duration", "1s", "--set", "warmup=200ms"], to: path)
        let result = try ResultFile(path)
        #expect(
            Set(result.reasons).isSubset(of: ResultFile.doubtsOfABusyMachine),
            "\(finished.transcript)")
        let codes: [Int32] = result.isValid ? [0, 4] : [5]
        #expect(codes.contains(finished.code ?? -1), "\(finished.transcript)")
        #expect(result.ledger("lost") == 0)
        #expect(finished.errors.contains { $0.contains("e2e p50") }, "progress on standard error")
    }

    @Test func quietRunsSayNothingOnStandardError() throws {
        let finished = try BenchRun.run(
            BenchRun.unhurried + ["--driver", "null", "--quiet"], to: folder.file("quiet.json"))
        #expect(finished.code == 0)
        #expect(finished.errors.isEmpty, "\(finished.errors)")
    }

    @Test func repeatedRunsShareOneFileAndCompare() throws {
        let path = folder.file("three.json")
        let finished = try BenchRun.run(
            BenchRun.unhurried + ["--driver", "null", "--repeat", "3"], to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let list = try JSONSerialization.jsonObject(with: data) as? [[String: Any]]
        #expect(list?.count == 3)
        let compared = try Executables.run(
            "aerobench", ["compare", path, path, "--format", "markdown"])
        #expect(compared.code == 0)
        #expect(compared.output.contains { $0.contains("3 runs against 3 runs") })
    }

    @Test func shareOfTheRelayIsStated() throws {
        let relay = folder.file("relay.json")
        #expect(
            try BenchRun.run(BenchRun.unhurried + ["--driver", "relay"], to: relay).code == 0)
        let path = folder.file("share.json")
        let finished = try BenchRun.run(BenchRun.unhurried + ["--limit-from", relay], to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let limit = try ResultFile(path).json["limit"] as? [String: Any]
        #expect((limit?["throughputShare"] as? Double ?? 0) > 0)
    }

    @Test func impossibleObjectiveGivesFour() throws {
        let finished = try BenchRun.run(
            BenchRun.unhurried + ["--driver", "null", "--set", "slo=[e2e.intended.p99 < 1ns]"],
            to: folder.file("breached.json"))
        #expect(finished.code == 4, "\(finished.transcript)")
    }

    @Test func unreachableRateGivesFiveAndIsWritten() throws {
        let path = folder.file("late.json")
        let finished = try BenchRun.run(
            BenchRun.unhurried + [
                "--driver", "null", "--set", "classes.main.load={schedule: constant, rate: 900M/s}",
            ], to: path)
        #expect(finished.code == 5, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(!result.isValid)
        #expect(result.reasons.contains("rate-not-reached"))
    }

    @Test func interruptEndsTheRunWithTheResultSoFar() throws {
        let path = folder.file("interrupted.json")
        var process = try ChildProcess(
            Executables.options(
                "aerobench",
                ["run", "smoke", "--out", path] + BenchRun.unhurried.dropFirst(2)
                    + ["--duration", "60s"]))
        try BenchRun.awaitProgress(&process)
        process.kill(SIGINT)
        let finished = try Executables.finish(process)
        #expect(finished.code == 5, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(result.reasons.contains("interrupted"))
        let window = result.json["window"] as? [String: Any]
        #expect(window?["endedBy"] as? String == "interrupted")
        #expect((window?["measuredNanoseconds"] as? Int ?? 0) > 0)
    }

    @Test func deathOfTheBrokerIsAnInvalidRunThatIsWritten() throws {
        let path = folder.file("dead.json")
        var process = try ChildProcess(
            Executables.options(
                "aerobench",
                ["run", "smoke", "--out", path] + BenchRun.unhurried.dropFirst(2)
                    + ["--duration", "60s"]))
        let victim = try BenchRun.awaitProgress(&process)
        try #require(victim > 1)
        #expect(kill(victim, SIGKILL) == 0)
        let finished = try Executables.finish(process)
        #expect(finished.code == 5, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(result.reasons.contains("broker-died"), "\(result.reasons)")
        let window = result.json["window"] as? [String: Any]
        #expect(window?["endedBy"] as? String == "failed")
    }

    @Test func fullDiskIsAClearError() throws {
        let finished = try BenchRun.run(BenchRun.unhurried + ["--driver", "null"], to: "/dev/full")
        #expect(finished.code == 1)
        #expect(finished.errors.contains { $0.contains("/dev/full") && $0.contains("full") })
        #expect(finished.output.contains { $0.contains("e2e.intended") }, "the table is printed")
        #expect(access("/dev/full", F_OK) == 0)
    }

    @Test func missingFolderIsSaidBeforeTheRun() throws {
        let finished = try BenchRun.run(["--driver", "null"], to: folder.file("none/x.json"))
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("none"))
        #expect(finished.output.isEmpty)
    }

    @Test func scenarioWithATypingErrorNamesItsPlace() throws {
        let path = folder.file("typo.yaml")
        let text = """
            name: typo
            duration: 1s
            classes:
              - name: main
                message-size: 1KiB
                load: { schedule: constant, rte: 10k/s }
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        for command in [["run"], ["scenario", "check"]] {
            let finished = try Executables.run("aerobench", command + [path])
            #expect(finished.code == 1)
            let message = finished.errors.joined(separator: "\n")
            #expect(message.contains("typo.yaml:6:"), "\(message)")
            #expect(message.contains("did you mean \"rate\"?"), "\(message)")
        }
    }

    @Test func objectiveThatDoesNotParseIsRefusedBeforeTheRun() throws {
        let finished = try BenchRun.run(
            ["--set", "slo=[e2e.intendd.p99 < 5ms]"], to: folder.file("x.json"))
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("e2e.intended"), "\(finished.transcript)")
    }

    @Test func unknownScenarioNamesTheNearest() throws {
        let finished = try Executables.run("aerobench", ["run", "smoek"])
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("did you mean \"smoke\"?"))
    }

    @Test func resolvedScenarioIsAScenarioAgain() throws {
        let checked = try Executables.run("aerobench", ["scenario", "check", "trading"])
        #expect(checked.code == 0, "\(checked.transcript)")
        let path = folder.file("resolved.yaml")
        let text = checked.output.joined(separator: "\n") + "\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let again = try Executables.run("aerobench", ["scenario", "check", path])
        #expect(again.code == 0, "\(again.transcript)")
        #expect(again.output == checked.output)
    }
}
