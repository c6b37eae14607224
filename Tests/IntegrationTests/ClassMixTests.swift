// Several classes in one run of the built `aerobench`, each with its own load and objectives.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized)
struct ClassMixTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A small keyed class beside one with sizes that vary, neither with a schedule that a busy
    /// machine could miss.
    private func write(_ name: String, hot: String, bulk: String, _ slo: String) throws -> String {
        let text = """
            name: mix
            duration: 1s
            warmup: 200ms
            interval: 200ms
            driver: aeromq
            classes:
              - name: hot
                partitions: 3
                message-size: 64B
                load: { schedule: closed-loop, in-flight: 4 }
                keys: { distribution: zipf, count: 100, exponent: 1 }
                slo: [ "\(hot)" ]
              - name: bulk
                message-size:
                  { distribution: log-normal, median: 4KiB, sigma: 1, min: 1KiB, max: 64KiB }
                compressible: 50%
                load: { schedule: closed-loop, in-flight: 2 }
                batch: { messages: 4, bytes: 64KiB, compression: lz4 }
                slo: [ "\(bulk)", ledger.sent > 0 ]
            slo: [ "\(slo)" ]
            """
        let path = folder.file(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func run(_ scenario: String, _ more: [String] = []) throws -> (Finished, ResultFile?) {
        let path = folder.file("result.json")
        let finished = try Executables.run(
            "aerobench", ["run", scenario, "--out", path, "--quiet"] + more)
        return (finished, finished.code == 1 ? nil : try ResultFile(path))
    }

    @Test(arguments: ["aeromq", "relay", "null"]) func classesAreMeasuredApart(
        driver: String
    ) throws {
        let scenario = try write(
            "mix.yaml", hot: "e2e.intended.max < 60s", bulk: "ledger.lost == 0",
            "ledger.corrupt == 0")
        let (finished, file) = try run(scenario, ["--driver", driver])
        #expect(finished.code == 0, "\(finished.transcript)")
        let result = try #require(file)
        let classes = try #require(result.json["classes"] as? [[String: Any]])
        #expect(classes.map { $0["name"] as? String } == ["hot", "bulk"])
        for each in classes {
            let series = each["series"] as? [String: Any]
            let latency = series?["e2e.intended"] as? [String: Any]
            #expect((latency?["summary"] as? [String: Any])?["count"] as? Int ?? 0 > 0)
        }
        #expect(classes[0]["messageByteCount"] as? Int == 64)
        let mean = try #require(classes[1]["messageByteCount"] as? Int)
        #expect((3_000...16_000).contains(mean), "exp(1/2) times the median, cut")
        for fault in ["lost", "duplicated", "misrouted", "corrupt"] {
            #expect(result.ledger(fault) == 0, "\(fault)")
        }
    }

    @Test func anObjectiveOfOneClassIsBreachedAlone() throws {
        let scenario = try write(
            "breached.yaml", hot: "e2e.intended.max < 60s", bulk: "e2e.intended.max < 1ns",
            "ledger.lost == 0")
        let (finished, result) = try run(scenario)
        #expect(finished.code == 4, "\(finished.transcript)")
        #expect(result?.isValid == true)
        let path = folder.file("result.json")
        let gated = try Executables.run("aerobench", ["gate", path, path])
        let failed = gated.output.filter { $0.contains("  fail  ") }
        #expect(
            failed.count == 1 && failed.allSatisfy { $0.contains("bulk: e2e.intended.max < 1ns") },
            "\(gated.transcript)")
    }

    @Test func anObjectiveOfNoClassIsAnErrorBeforeTheRun() throws {
        let scenario = try write(
            "unknown.yaml", hot: "ledger.lost == 0", bulk: "ledger.lost == 0",
            "hto:e2e.intended.p99 < 5ms")
        let (finished, _) = try run(scenario)
        #expect(finished.code == 1)
        let words = finished.errors.joined(separator: " ")
        #expect(words.contains("there is no class hto; did you mean \"hot\"?"), "\(words)")
    }

    /// The rate of a shape that changes is that of what was due in the window.
    @Test(arguments: [
        ("{ schedule: burst, messages: 50, every: 100ms }", "burst", 500.0),
        ("{ schedule: ramp, from: 0/s, to: 1k/s, over: 1200ms }", "ramp", 583.0),
        (
            "{ schedule: steps, steps: [ { rate: 10/s, for: 200ms }, { rate: 400/s } ] }", "steps",
            400.0
        ),
        ("{ schedule: on-off, rate: 1k/s, on: 50ms, off: 50ms }", "on-off", 500.0),
        ("{ schedule: sine, mean: 300/s, amplitude: 300/s, period: 100ms }", "sine", 300.0),
    ])
    func shapesStateTheirMeanRate(load: String, schedule: String, rate: Double) throws {
        let path = folder.file("shape.json")
        let finished = try BenchRun.run(
            BenchRun.unhurried + ["--driver", "null", "--set", "classes.main.load=\(load)"],
            to: path)
        // A machine that is busy may make the run late, and so invalid; what was asked for stands.
        #expect(finished.code == 0 || finished.code == 5, "\(finished.transcript)")
        let classes = try #require(ResultFile(path).json["classes"] as? [[String: Any]])
        let offered = try #require(classes[0]["offered"] as? [String: Any])
        #expect(offered["schedule"] as? String == schedule)
        let stated = try #require(offered["messagesPerSecond"] as? Double)
        #expect(abs(stated - rate) <= 2, "\(stated)")
    }

    /// Failed attempts are told, nothing is lost by them, and a target that cannot be held back
    /// is said to be one.
    @Test(arguments: ["aeromq", "relay"]) func slowConsumersAreToldInTheResult(
        driver: String
    ) throws {
        let path = folder.file("slow.json")
        let finished = try BenchRun.run(
            BenchRun.unhurried + [
                "--driver", driver, "--set",
                "classes.main.load={ schedule: constant, rate: 200/s }", "--set",
                "classes.main.handling={ processing: 1ms, failures: 30%, window: 4KiB }",
            ], to: path)
        // A machine that is busy may make the run late, and so invalid.
        #expect(finished.code == 0 || finished.code == 5, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect((result.ledger("received") ?? 0) > 0 && result.ledger("lost") == 0)
        #expect(finished.transcript.contains("a handler failed"), "\(finished.transcript)")
        let record = try #require(result.json["driver"] as? [String: Any])
        let limitations = try #require(record["limitations"] as? [String])
        #expect(
            limitations.contains { $0.contains("hold nothing back") } == (driver == "relay"))
    }

    /// What `scenario check` prints is a scenario again, the same one.
    @Test(arguments: ["hot-beside-bulk", "generator-four", "trading"]) func checksReadBack(
        name: String
    ) throws {
        let scenario = "Benchmarks/Scenarios/\(name).yaml"
        func check(_ path: String) throws -> [String] {
            let finished = try Executables.run("aerobench", ["scenario", "check", path])
            #expect(finished.code == 0, "\(finished.transcript)")
            return finished.output
        }
        let text = try check(scenario)
        let path = folder.file("again.yaml")
        try Data(text.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        #expect(try check(path) == text)
    }
}
