// `aerobench run` in the hands of somebody who means it no good, or has bad luck.

import AeroIO
import FaultSupport
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20)), .serialized)
struct HostileRunTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder.file("result.json") }

    private func arguments(_ more: [String], duration: String? = "60s") -> [String] {
        ["run", "smoke", "--out", path] + BenchRun.unhurried.dropFirst(2)
            + (duration.map { ["--duration", $0] } ?? []) + more
    }

    // MARK: - What cannot be

    /// Scenarios that contradict themselves are refused in one line, before anything is started.
    @Test(arguments: [
        ["classes.main.consumers-per-group=3"],
        ["classes.main.load={schedule: closed-loop, in-flight: 1}", "classes.main.acks=0"],
        ["classes.main.groups=0", "classes.main.handling={processing: 1ms}"],
        ["classes.main.batch={bytes: 16B}"],
        ["classes.main.load={schedule: ramp, from: 0/s, to: 0/s, over: 1s}"],
        ["classes.main.load={schedule: on-off, rate: 0/s, on: 1s, off: 1s}"],
        ["stages=true", "classes.main.consume=pull"],
        ["duration=0s"], ["duration=-1s"], ["warmup=auto 1s", "interval=1s"],
        ["interval=100ms", "duration=24h"],
        ["target={latency: 1ms}"],
        ["incidents=[kill@1s:1s]"], ["incidents=[backlog@1s:1s, pause@1s:1s]"],
        ["classes.main.load.rate=1e99/s"], ["classes.main.load.rate=nan/s"],
        ["classes=[]"], ["classes.main=1"], ["broker.shards=0"], ["workers=65"],
    ])
    func whatContradictsItselfIsRefused(overrides: [String]) throws {
        let finished = try Executables.run(
            "aerobench", arguments(overrides.flatMap { ["--set", $0] }, duration: nil))
        #expect(finished.code == 1, "\(finished.transcript)")
        #expect(finished.output.isEmpty, "\(finished.transcript)")
        #expect(finished.errors.count == 1, "\(finished.transcript)")
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    /// Rates that nothing reaches: an invalid run, soon, and no smooth lie.
    @Test(arguments: [
        "{schedule: constant, rate: 1000M/s}", "{schedule: poisson, rate: 1000M/s}",
        "{schedule: burst, messages: 1000000000, every: 1s}",
        "{schedule: sine, mean: 500M/s, amplitude: 500M/s, period: 1s}",
        "{schedule: sine, arrivals: poisson, mean: 500M/s, amplitude: 500M/s, period: 1s}",
    ])
    func aRateOutOfReachIsNoValidRun(load: String) throws {
        for driver in ["null", "aeromq"] {
            let finished = try Executables.run(
                "aerobench",
                arguments(
                    ["--driver", driver, "--quiet", "--set", "classes.main.load=\(load)"],
                    duration: "500ms"))
            #expect(finished.code == 5, "\(finished.transcript)")
            let result = try ResultFile(path)
            #expect(!result.isValid && result.reasons.contains("unsent"), "\(finished.transcript)")
            // The first burst is in the warm-up, and the second behind the window.
            #expect(
                result.reasons.contains("rate-not-reached") || load.contains("burst"),
                "\(finished.transcript)")
        }
    }

    // MARK: - Clocks

    private func run(
        _ clock: ClockShim.Clock, jumping byNanoseconds: Int64
    ) throws -> (Finished, ResultFile) {
        var options = Executables.options("aerobench", arguments(["--quiet"], duration: "3s"))
        options.environment = try ClockShim.environment(
            clock, atNanoseconds: MonotonicClock.nowNanoseconds() + 2_500_000_000,
            byNanoseconds: byNanoseconds)
        let finished = try Executables.finish(try ChildProcess(options))
        return (finished, try ResultFile(path))
    }

    /// Forwards a part of the window is missing, backwards a part is there twice: either way it is
    /// said, and the file is there.
    @Test(
        arguments: [
            1_200_000_000, -1_200_000_000, 3_600_000_000_000, -3_600_000_000_000,
        ] as [Int64])
    func aClockThatMeasuresAndJumpsMakesNoValidRun(byNanoseconds: Int64) throws {
        let (finished, result) = try run(.monotonic, jumping: byNanoseconds)
        #expect(finished.code == 5, "\(finished.transcript)")
        #expect(result.reasons.contains("clock-jumped"), "\(finished.transcript)")
        let window = try #require(result.json["window"] as? [String: Any])
        #expect((window["measuredNanoseconds"] as? Int ?? -1) >= 0)
    }

    @Test(arguments: [3_600_000_000_000, -3_600_000_000_000] as [Int64])
    func aWallClockThatIsSetIsAWarning(byNanoseconds: Int64) throws {
        let (finished, result) = try run(.realtime, jumping: byNanoseconds)
        let warnings = (result.json["validity"] as? [String: Any])?["warnings"] as? [[String: Any]]
        let codes = warnings?.compactMap { $0["code"] as? String } ?? []
        #expect(codes.contains("wall-clock-jumped"), "\(finished.transcript)")
        #expect(!result.reasons.contains("clock-jumped"), "\(finished.transcript)")
        #expect(result.ledger("lost") == 0)
    }

    // MARK: - Targets that do not answer

    private func window(_ result: ResultFile) throws -> [String: Any] {
        try #require(result.json["window"] as? [String: Any])
    }

    /// Nobody listens, or nobody answers: a bounded wait, and a result that says so.
    @Test(arguments: ["aeromq", "relay"], [true, false])
    func aTargetThatNeverAnswersIsAnInvalidRun(driver: String, isListening: Bool) throws {
        let listener = isListening ? try SilentListener() : nil
        // A port that was free a moment ago.
        let address = try listener?.address ?? SilentListener().address
        let finished = try withExtendedLifetime(listener) {
            try Executables.run(
                "aerobench", arguments(["--driver", driver, "--endpoint", address, "--quiet"]))
        }
        #expect(finished.code == 5, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(!result.isValid)
        #expect(try window(result)["endedBy"] as? String == "failed")
        #expect(try window(result)["measuredNanoseconds"] as? Int == 0)
        #expect(result.reasons.contains("driver-failed"), "\(finished.transcript)")
        #expect(finished.errors.contains { $0.contains(address) }, "\(finished.transcript)")
    }

    /// A broker that somebody else runs dies, or stops for good, in the middle of the window.
    @Test(arguments: [SIGKILL, SIGSTOP])
    func aTargetThatDiesMeanwhileIsAnInvalidRun(signal: Int32) throws {
        let broker = try RunningBroker()
        var process = try ChildProcess(
            Executables.options(
                "aerobench", arguments(["--endpoint", broker.address], duration: "3s")))
        try Progress.awaitMeasuring(&process)
        kill(broker.processIdentifier, signal)
        let finished = try Executables.finish(process)
        #expect(finished.code == 5, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(result.reasons.contains("target-lost"), "\(finished.transcript)")
        #expect(try window(result)["measuredNanoseconds"] as? Int == 3_000_000_000)
        _ = try broker.end(SIGKILL)
    }

    // MARK: - Interrupts

    private func interrupt(
        _ more: [String], duration: String = "60s", _ phase: (inout ChildProcess) throws -> Void
    ) throws -> (Finished, ResultFile) {
        var process = try ChildProcess(
            Executables.options("aerobench", arguments(more, duration: duration)))
        try phase(&process)
        process.kill(SIGINT)
        let finished = try Executables.finish(process)
        #expect(finished.code == 5, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(try window(result)["endedBy"] as? String == "interrupted")
        #expect(finished.output.contains { $0.contains("result: ") }, "\(finished.transcript)")
        return (finished, result)
    }

    @Test func anInterruptWhileConnecting() throws {
        let listener = try SilentListener()
        let (finished, result) = try withExtendedLifetime(listener) {
            try interrupt(["--endpoint", listener.address]) { _ in
                try listener.awaitConnection()
            }
        }
        #expect(try window(result)["measuredNanoseconds"] as? Int == 0)
        #expect(result.reasons == ["interrupted"], "\(finished.transcript)")
    }

    @Test func anInterruptWhileWarmingUp() throws {
        let (finished, result) = try interrupt(["--set", "warmup=60s"]) { process in
            try Progress.awaitText(&process, "[warm-up ")
        }
        #expect(try window(result)["measuredNanoseconds"] as? Int == 0)
        #expect(result.reasons.contains("interrupted"), "\(finished.transcript)")
    }

    @Test func anInterruptWhileMeasuring() throws {
        let (finished, result) = try interrupt([]) { try Progress.awaitMeasuring(&$0) }
        let measured = try #require(try window(result)["measuredNanoseconds"] as? Int)
        #expect(measured > 0 && measured < 60_000_000_000)
        #expect(result.reasons.contains("interrupted"), "\(finished.transcript)")
    }

    /// Consumers that are far behind would drain for minutes.
    @Test func anInterruptWhileDraining() throws {
        let (finished, result) = try interrupt(
            ["--set", "classes.main.handling={processing: 1s, window: 1KiB}"], duration: "1s"
        ) { process in
            try Progress.awaitText(&process, "[5/5]")
        }
        #expect(try window(result)["measuredNanoseconds"] as? Int == 1_000_000_000)
        #expect(result.reasons.contains("drain-cut"), "\(finished.transcript)")
    }
}

/// What a run says on standard error while it is under way.
enum Progress {
    /// Reads until a line has some text.
    static func awaitText(_ process: inout ChildProcess, _ text: String) throws {
        try awaitLine(&process) { $0.contains(text) }
    }

    /// Reads until a measured interval is shown.
    static func awaitMeasuring(_ process: inout ChildProcess) throws {
        try awaitLine(&process) { $0.contains(/\[\d+\/\d+\]/) }
    }

    private static func awaitLine(
        _ process: inout ChildProcess, _ isWanted: (String) -> Bool
    ) throws {
        var seen: [String] = []
        while true {
            let reading = try process.readLine(
                from: .standardError, deadlineNanoseconds: Executables.deadline)
            guard case .line(let line) = reading else {
                Issue.record("no such progress: \(reading), \(seen)")
                return
            }
            if isWanted(line) { return }
            seen.append(line)
        }
    }
}
