// A load that several processes make, on the built executables.

import AeroIO
import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized)
struct ProcessRunTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Producers and consumers of every topic-partition are in different processes.
    private static let spread = [
        "--processes", "3", "--producers", "3", "--partitions", "3", "--consumers", "3",
        "--set", "seed=7",
    ]

    @Test(arguments: ["aeromq", "relay"]) func theLedgerHoldsAcrossProcesses(
        driver: String
    ) throws {
        let path = folder.file("result.json")
        let finished = try BenchRun.run(
            BenchRun.unhurried + Self.spread + ["--driver", driver], to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let result = try ResultFile(path)
        let sent = try #require(result.ledger("sent"))
        #expect(sent > 0 && result.ledger("received") == 2 * sent && result.ledger("acked") == sent)
        for fault in ["lost", "duplicated", "reordered", "misrouted", "corrupt", "foreign"] {
            #expect(result.ledger(fault) == 0, "\(fault)")
        }
        let generator = try #require(result.json["generator"] as? [String: Any])
        let processes = try #require(generator["processes"] as? [[String: Any]])
        #expect(processes.map { $0["workers"] as? [Int] } == [[0], [1], [2]])
        #expect(Set(processes.compactMap { $0["pid"] as? Int }).count == 3)
        #expect(processes.allSatisfy { $0["resources"] is [String: Any] })
        let workers = try #require(generator["workers"] as? [[String: Any]])
        #expect(workers.map { $0["index"] as? Int } == [0, 1, 2])
        #expect(workers.allSatisfy { $0["sent"] as? Int ?? 0 > 0 })
        // Intervals have what all of them did.
        let main = try #require((result.json["classes"] as? [[String: Any]])?.first)
        let intervals = try #require(main["intervals"] as? [[String: Any]])
        let counted = intervals.compactMap { ($0["counts"] as? [String: Int])?["sent"] }
        #expect(counted.reduce(0, +) == sent)
    }

    @Test func theWarmupIsCutForAllOfThem() throws {
        let path = folder.file("result.json")
        let finished = try BenchRun.run(
            BenchRun.unhurried + Self.spread + ["--set", "warmup=auto 60s"], to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let result = try ResultFile(path)
        let window = try #require(result.json["window"] as? [String: Any])
        #expect(window["measuredNanoseconds"] as? Int == 1_000_000_000)
        let warmup = try #require(window["warmupNanoseconds"] as? Int)
        #expect(warmup > 0 && warmup < 60_000_000_000)
        // Nobody goes on with it: no interval after the cut is of the warm-up, and all before are.
        let main = try #require((result.json["classes"] as? [[String: Any]])?.first)
        let intervals = try #require(main["intervals"] as? [[String: Any]])
        let kinds = intervals.map { $0["isWarmup"] as? Bool }
        let cut = warmup / 200_000_000
        #expect(kinds.prefix(cut).allSatisfy { $0 == true } && kinds.count >= cut + 5)
        #expect(kinds.dropFirst(cut).allSatisfy { $0 == false })
    }

    /// Their paths are relative to the scenario, which the processes get without its folder.
    @Test func filesOfTheScenarioAreFoundByAllOfThem() throws {
        let texts = [
            "trace.csv": "seconds\n0\n0.01\n", "sizes.csv": "bytes,count\n100,3\n5000,1\n",
            "traced.yaml": """
            name: traced
            duration: 1s
            warmup: 200ms
            interval: 200ms
            processes: 2
            classes:
              - name: main
                partitions: 2
                producers: 2
                consumers-per-group: 2
                message-size: { distribution: file, file: sizes.csv }
                load: { schedule: trace, file: trace.csv, every: 20ms }
            """,
        ]
        for (name, text) in texts {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
        }
        let path = folder.file("traced.json")
        let finished = try Executables.run(
            "aerobench", ["run", folder.file("traced.yaml"), "--out", path])
        #expect(finished.code == 0 || finished.code == 5, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(Set(result.reasons).isSubset(of: ResultFile.doubtsOfABusyMachine))
        let sent = try #require(result.ledger("sent"))
        #expect(sent > 0 && result.ledger("received") == sent)
    }

    @Test func aProcessThatDiesEndsTheRun() throws {
        let path = folder.file("dead.json")
        var process = try ChildProcess(
            Executables.options(
                "aerobench",
                ["run", "smoke", "--out", path] + BenchRun.unhurried.dropFirst(2)
                    + Self.spread + ["--duration", "60s"]))
        try BenchRun.awaitProgress(&process)
        let children = try Self.workers(of: process.processIdentifier)
        try #require(children.count == 3)
        #expect(kill(children[1], SIGKILL) == 0)
        let finished = try Executables.finish(process)
        #expect(finished.code == 5, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(result.reasons.contains("driver-failed"), "\(result.reasons)")
        #expect(!result.reasons.contains("littles-law"), "\(result.reasons)")
        // What is left keeps its numbers.
        let generator = try #require(result.json["generator"] as? [String: Any])
        let workers = try #require(generator["workers"] as? [[String: Any]])
        #expect(workers.map { $0["index"] as? Int } == [0, 2])
        // As it was before it was broken into lines.
        let text = finished.output.flatMap { $0.split(separator: " ") }.joined(separator: " ")
        #expect(text.contains("(\(children[1]))") && text.contains("signal 9"), "\(text)")
        for child in children { #expect(kill(child, 0) != 0, "\(child) is still there") }
    }

    @Test func interruptReachesAllOfThem() throws {
        let path = folder.file("interrupted.json")
        var process = try ChildProcess(
            Executables.options(
                "aerobench",
                ["run", "smoke", "--out", path] + BenchRun.unhurried.dropFirst(2)
                    + Self.spread + ["--duration", "60s"]))
        try BenchRun.awaitProgress(&process)
        let children = try Self.workers(of: process.processIdentifier)
        process.kill(SIGINT)
        let finished = try Executables.finish(process)
        #expect(finished.code == 5, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(result.reasons.contains("interrupted"))
        // They stay until what they used has been read, however early the run ends.
        let generator = try #require(result.json["generator"] as? [String: Any])
        let processes = try #require(generator["processes"] as? [[String: Any]])
        #expect(processes.count == 3 && processes.allSatisfy { $0["resources"] is [String: Any] })
        let sent = try #require(result.ledger("sent"))
        #expect(sent > 0 && result.ledger("received") == 2 * sent && result.ledger("lost") == 0)
        for child in children { #expect(kill(child, 0) != 0, "\(child) is still there") }
    }

    /// Nobody is left behind when the one that started them is killed.
    @Test func theyEndWithTheOneThatStartedThem() throws {
        var process = try ChildProcess(
            Executables.options(
                "aerobench",
                ["run", "smoke", "--out", folder.file("x.json")]
                    + BenchRun.unhurried.dropFirst(2) + Self.spread + ["--duration", "60s"]))
        try BenchRun.awaitProgress(&process)
        let children = try Self.workers(of: process.processIdentifier)
        try #require(children.count == 3)
        process.kill(SIGKILL)
        _ = try process.wait(deadlineNanoseconds: Executables.deadline)
        let deadline = Executables.deadline
        while children.contains(where: { Self.isAlive($0) }) {
            guard MonotonicClock.nowNanoseconds() < deadline else {
                Issue.record("still there: \(children.filter { Self.isAlive($0) })")
                return
            }
            sched_yield()
        }
    }

    @Test(arguments: ["null", "truth", "echo"]) func whatStaysInAThreadIsRefused(
        driver: String
    ) throws {
        let finished = try BenchRun.run(
            ["--driver", driver, "--processes", "2"], to: folder.file("x.json"))
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("processes: "), "\(finished.transcript)")
    }

    @Test func connectionsOfOtherProcessesAreNotCut() throws {
        let finished = try BenchRun.run(
            ["--processes", "2", "--incident", "disconnect@1s:1s"], to: folder.file("x.json"))
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("incident disconnect"), "\(finished.transcript)")
    }

    @Test func aWorkerAloneSaysWhoStartsIt() throws {
        let finished = try Executables.run("aerobench", ["worker"])
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("aerobench run --processes"))
    }

    // MARK: - Processes

    /// Children of a process that have a share of its run, in the order of their shares.
    private static func workers(of parent: Int32) throws -> [Int32] {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
        var found: [(share: String, process: Int32)] = []
        for process in names.compactMap({ Int32($0) }) where parentOf(process) == parent {
            let words = (text("/proc/\(process)/cmdline") ?? "").split(separator: "\0")
            guard words.count > 1, words[1] == "worker",
                let place = words.firstIndex(of: "--share"), place + 1 < words.count
            else { continue }
            found.append((String(words[place + 1]), process))
        }
        return found.sorted { $0.share < $1.share }.map(\.process)
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The fourth field of stat, counted from behind the name, which may hold anything.
    private static func parentOf(_ process: Int32) -> Int32? {
        fields(process).flatMap { $0.count > 1 ? Int32($0[1]) : nil }
    }

    /// A zombie that nobody has waited for yet is not alive.
    private static func isAlive(_ process: Int32) -> Bool {
        fields(process).map { $0.first != "Z" } ?? false
    }

    private static func fields(_ process: Int32) -> [Substring]? {
        guard let stat = text("/proc/\(process)/stat"), let name = stat.lastIndex(of: ")") else {
            return nil
        }
        return stat[stat.index(after: name)...].split(separator: " ")
    }
}
