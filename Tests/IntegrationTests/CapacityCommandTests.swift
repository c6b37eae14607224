// `aerobench capacity` as built: answers, exit codes, interruption.

import AeroIO
import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20)), .serialized)
struct CapacityCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Short holds, so that a search takes seconds.
    private static let hasty = ["--warmup", "100ms", "--cool-down", "0s", "--set", "seed=1"]

    private func words(_ arguments: [String], to path: String) -> [String] {
        ["capacity", "smoke", "--out", path] + Self.hasty + arguments
    }

    private func answer(_ path: String) throws -> [String: Any] {
        try #require(try ResultFile(path).json["answer"] as? [String: Any])
    }

    @Test func aGeneratorThatIsTooSlowIsNamedAndNothingIsClaimed() throws {
        let path = folder.file("limited.json")
        let finished = try Executables.run(
            "aerobench",
            words(
                [
                    "--driver", "null", "--slo", "e2e.intended.p99 < 60s", "--hold", "500ms",
                    "--from", "50k/s", "--precision", "50%",
                ], to: path))
        #expect(finished.code == 3, "\(finished.transcript)")
        let file = try ResultFile(path)
        #expect(file.json["schema"] as? String == "aerobench.capacity/1")
        let kind = try answer(path)["kind"] as? String
        // An interval that came late is a doubt of its own on a busy machine.
        #expect(["limited-by-generator", "unsettled"].contains(kind), "\(finished.transcript)")
        let probes = try #require(file.json["probes"] as? [[String: Any]])
        #expect(probes.contains { $0["verdict"] as? String == "generator-limited" })
        #expect(!probes.contains { $0["verdict"] as? String == "not-met" })
        #expect(finished.output.contains { $0.contains("generator") }, "\(finished.transcript)")
        #expect(finished.errors.contains { $0.hasPrefix("probe 1, bracket") })
    }

    @Test func aRateThatHoldsOnTheRealBrokerIsConfirmed() throws {
        let path = folder.file("holds.json")
        let finished = try Executables.run(
            "aerobench",
            words(
                [
                    "--slo", "e2e.intended.p99 < 60s", "--hold", "2s", "--from", "1k/s", "--to",
                    "2k/s",
                ], to: path))
        let kind = try answer(path)["kind"] as? String
        if kind == "above-range" {
            #expect(finished.code == 0)
            #expect(try answer(path)["lowerPerSecond"] as? Double == 2_000)
        } else {
            // A busy machine may not let the generator send on time.
            #expect(kind == "limited-by-generator", "\(finished.transcript)")
            #expect(finished.code == 3)
        }
        let file = try ResultFile(path)
        let driver = try #require(file.json["driver"] as? [String: Any])
        #expect(driver["isEmbedded"] as? Bool == true)
        let settings = try #require(file.json["settings"] as? [String: Any])
        #expect(settings["holdNanoseconds"] as? Int == 2_000_000_000)
        let curve = try #require(file.json["curve"] as? [[String: Any]])
        let rates = curve.compactMap { $0["offeredPerSecond"] as? Double }
        #expect(rates == rates.sorted())
    }

    @Test func whatHoldsAtNoRateIsSaid() throws {
        let path = folder.file("never.json")
        let finished = try Executables.run(
            "aerobench",
            words(
                [
                    "--driver", "null", "--slo", "e2e.actual.p99 < 1ns", "--hold", "500ms",
                    "--from", "2k/s",
                ], to: path))
        // Where messages left late, too, it is not known whose fault it was.
        let codes: [String: Int32] = [
            "below-range": 4, "limited-by-generator": 3, "unsettled": 3,
        ]
        let kind = try #require(try answer(path)["kind"] as? String)
        #expect(codes[kind] == finished.code, "\(finished.transcript)")
        #expect(try answer(path)["lowerPerSecond"] == nil)
    }

    @Test func interruptionLeavesWhatIsKnown() throws {
        let path = folder.file("cut.json")
        var process = try ChildProcess(
            Executables.options(
                "aerobench",
                words(
                    [
                        "--driver", "null", "--slo", "e2e.intended.p99 < 60s", "--hold", "500ms",
                        "--from", "100/s",
                    ], to: path)))
        let reading = try process.readLine(
            from: .standardError, deadlineNanoseconds: Executables.deadline)
        guard case .line(let line) = reading else {
            Issue.record("no progress: \(reading)")
            return
        }
        #expect(line.hasPrefix("probe 1, bracket: 100 msg/s"))
        process.kill(SIGINT)
        let finished = try Executables.finish(process)
        #expect(finished.code == 5, "\(finished.transcript)")
        #expect(try answer(path)["kind"] as? String == "cut")
        #expect(try ResultFile(path).json["endedBy"] as? String == "interrupted")
    }

    @Test(arguments: [
        (["--slo", "e2e.intendd.p99 < 5ms"], "e2e.intended"),
        (["--slo", "mian:e2e.intended.p99 < 5ms"], "did you mean \"main\"?"),
        (["--class", "mian"], "did you mean \"main\"?"),
        (["--from", "2k/s", "--to", "1k/s"], "above --to"),
        (["--from", "fast"], "a rate such as"),
        (["--precision", "90%"], "0.5% to 50%"),
        (["--hold", "1ms"], "--hold"),
    ])
    func whatCannotBeIsRefused(arguments: [String], hint: String) throws {
        let finished = try Executables.run(
            "aerobench", words(arguments, to: folder.file("none.json")))
        #expect(finished.code == 1, "\(finished.transcript)")
        #expect(finished.errors.joined().contains(hint), "\(finished.transcript)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("none.json")))
    }
}
