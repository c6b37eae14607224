// The recipe for gating a broker of one's own, with a real one on both sides.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized)
struct GateRecipeRunTests {
    private let folder: TemporaryFolder
    private let endpoint: String
    private let scenario: String

    init() throws {
        folder = try TemporaryFolder()
        // A port that is free now; the recipe wants one that stays the same.
        let broker = try RunningBroker()
        endpoint = broker.address
        _ = try broker.end(SIGTERM)
        scenario = folder.file("short.yaml")
        // It keeps no schedule, so that a busy machine cannot make a run invalid.
        let text = """
            { name: short, duration: 1s, warmup: 200ms, interval: 200ms, classes: [ { name: main,
              message-size: 256B, load: { schedule: closed-loop, in-flight: 16 } } ] }
            """
        try text.write(toFile: scenario, atomically: true, encoding: .utf8)
    }

    private func recipe(_ base: String, _ candidate: String) throws -> Finished {
        try Executables.shell(
            "AEROBENCH=$BIN/aerobench ENDPOINT=\(endpoint) PAIRS=2 SECONDS_EACH=1 "
                + "OUT=\(folder.path)/gate Benchmarks/Gate/gate-broker \"\(base)\" "
                + "\"\(candidate)\" \(scenario)")
    }

    /// Two pairs can never fail, which is the answer.
    @Test func bothSidesAreMeasuredInTurnAndJudged() throws {
        let start = "$BIN/aeromq serve --listen \(endpoint)"
        let finished = try recipe(start, start)
        #expect(finished.code == 3, "\(finished.transcript)")
        #expect(finished.transcript.contains("can never fail"), "\(finished.transcript)")
        let order = finished.output.filter { $0.hasPrefix("pair ") }
        #expect(
            order == [
                "pair 1 of 2: candidate", "pair 1 of 2: base", "pair 2 of 2: base",
                "pair 2 of 2: candidate",
            ])
        for name in ["gate.html", "gate.md", "gate.xml", "gate.sarif", "gate.json"] {
            #expect(FileManager.default.fileExists(atPath: folder.file("gate/\(name)")), "\(name)")
        }
    }

    @Test func aBrokerThatDoesNotStartIsNamed() throws {
        let finished = try recipe("$BIN/aeromq serve --listen \(endpoint)", "false")
        #expect(finished.code == 1, "\(finished.transcript)")
        #expect(finished.errors.joined().contains("the candidate does not listen at \(endpoint)"))
        let taken = try RunningBroker()
        let blocked = try Executables.shell(
            "AEROBENCH=$BIN/aerobench ENDPOINT=\(taken.address) OUT=\(folder.path)/x "
                + "Benchmarks/Gate/gate-broker false false")
        #expect(blocked.code == 1 && blocked.errors.joined().contains("listens at"))
    }
}
