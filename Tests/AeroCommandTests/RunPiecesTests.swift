// Names, lines and figures that runs are put together from.

import AeroIO
import AeroLoad
import AeroReport
import Testing

@testable import AeroCommand

struct RunPiecesTests {
    @Test func resultNamesSortByTime() {
        #expect(
            ResultFiles.name(
                scenario: "smoke", commit: "1a2b3c4", createdAt: "2026-01-31T09:05:00.250Z")
                == "results/2026-01-31T090500Z-smoke-1a2b3c4.json")
        #expect(
            ResultFiles.name(
                scenario: "smoke", commit: "unknown", createdAt: "2026-01-31T09:05:00Z")
                == "results/2026-01-31T090500Z-smoke-unknown.json")
    }

    @Test(arguments: [
        "aeromq listening on 127.0.0.1:9440 (poller epoll: the default, shards 1, buffers pooled)",
        "aerobench relay listening on 127.0.0.1:9440",
    ])
    func readyLinesNameTheAddress(line: String) {
        #expect(ServerProcess.address(inReadyLine: line) == .loopback(port: 9440))
    }

    @Test(arguments: ["", "listening on", "on 127.0.0.1:1", "listening on here", "error"])
    func otherLinesAreNotReady(line: String) {
        #expect(ServerProcess.address(inReadyLine: line) == nil)
    }

    @Test func processorTimeKeepsItsExactTotal() {
        let halves = ResourceSampler.split(1_001, user: 10, system: 10)
        #expect(halves.user + halves.system == 1_001)
        #expect(ResourceSampler.split(500, user: 0, system: 0) == (500, 0))
        #expect(ResourceSampler.split(900, user: 20, system: 10) == (600, 300))
    }

    @Test func gateCodesAreTheSameNumbers() {
        for code in [
            GateExitCode.pass, .regression, .inconclusive, .objectiveBreached, .invalidRun,
            .incomparable,
        ] {
            #expect(ExitCode(code).rawValue == Int32(code.rawValue))
        }
    }

    @Test func resolvedScenarioReadsBackAsTheSame() throws {
        let text = """
            name: round
            description: "quotes \\" and: colons"
            duration: 1s
            classes:
              - { name: a, message-size: 1KiB, load: { schedule: poisson, rate: 2.5/s } }
              - { name: b, message-size: 16B, load: { schedule: maximum, in-flight: 9 } }
            slo: [ "ledger.lost == 0" ]
            """
        let scenario = try Scenario.parse(Array(text.utf8), fileName: "round.yaml")
        let yaml = scenario.resolvedTree.yaml
        let again = try Scenario.parse(Array(yaml.utf8), fileName: "again.yaml")
        #expect(again == scenario, "\(yaml)")
    }
}
