// What a run says of itself: verdicts by interval, hiccups, cores, warm-up.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15)), .serialized)
struct ValidityTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func member(_ result: ResultFile, _ name: String) throws -> [String: Any] {
        try #require(result.json[name] as? [String: Any])
    }

    private func intervals(_ result: ResultFile) throws -> [[String: Any]] {
        try #require(try member(result, "validity")["intervals"] as? [[String: Any]])
    }

    @Test func aRunWatchesItselfAndItsBroker() throws {
        let path = folder.file("watched.json")
        let finished = try BenchRun.run(BenchRun.unhurried, to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let result = try ResultFile(path)
        let intervals = try intervals(result)
        #expect(intervals.count == 5)
        #expect(intervals.compactMap { $0["index"] as? Int } == [1, 2, 3, 4, 5])
        for interval in intervals {
            #expect((interval["doubts"] as? [String])?.isEmpty == interval["isValid"] as? Bool)
            #expect(interval["hiccupNanosecondsMax"] is Int)
        }
        let generator = try member(result, "generator")
        let hiccups = try #require(generator["hiccups"] as? [String: Any])
        #expect((hiccups["count"] as? Int ?? 0) > 10)
        #expect((generator["inFlightMean"] as? Double ?? 0) > 0)
        let workers = try #require(generator["workers"] as? [[String: Any]])
        #expect(workers.allSatisfy { $0["runQueueShare"] is Double || $0["runQueueShare"] is Int })
        let broker = try member(result, "broker")
        let statistics = try #require(broker["statistics"] as? [String: Int])
        #expect((statistics["hiccups.watched_nanoseconds"] ?? 0) > 0)
    }

    /// A rate that no generator reaches: each interval says so, and so does the exit code.
    @Test func aRateOutOfReachIsInDoubtIntervalByInterval() throws {
        let path = folder.file("fast.json")
        let finished = try Executables.run(
            "aerobench",
            [
                "run", "smoke", "--driver", "null", "--duration", "1s", "--out", path,
                "--set", "warmup=200ms", "--set", "interval=200ms",
                "--set", "classes.main.load={schedule: constant, rate: 900M/s}",
            ])
        #expect(finished.code == 5)
        let result = try ResultFile(path)
        #expect(result.reasons.contains("rate-not-reached"))
        for interval in try intervals(result) {
            #expect((interval["doubts"] as? [String])?.contains("rate-not-reached") == true)
            #expect((interval["sentShare"] as? Double ?? 1) < 0.9)
        }
        let text = finished.output.joined(separator: " ").split(separator: " ")
            .joined(separator: " ")
        #expect(text.contains("intervals are in doubt"), "\(finished.transcript)")
    }

    @Test func anAutomaticWarmUpEndsByItself() throws {
        let path = folder.file("auto.json")
        let finished = try Executables.run(
            "aerobench",
            [
                "run", "truth", "--duration", "1s", "--out", path, "--set", "warmup=auto 20s",
                "--set", "interval=200ms", "--set", "classes.main.load.rate=2k/s",
            ])
        #expect([0, 5].contains(finished.code), "\(finished.transcript)")
        let window = try member(try ResultFile(path), "window")
        let warmup = try #require(window["warmup"] as? [String: Any])
        let length = try #require(window["warmupNanoseconds"] as? Int)
        #expect(warmup["boundNanoseconds"] as? Int == 20_000_000_000)
        #expect(length % 200_000_000 == 0 && length <= 20_000_000_000)
        // A busy machine may never look settled; then the bound holds, and the run says so.
        if let cut = warmup["cutNanoseconds"] as? Int {
            #expect(cut < length && length >= 2_000_000_000)
        } else {
            #expect(length == 20_000_000_000)
            #expect(finished.output.contains { $0.contains("had not settled") })
        }
        #expect(finished.code == 5 || window["measuredNanoseconds"] as? Int == 1_000_000_000)
    }
}
