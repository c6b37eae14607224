// Incidents as they are written on the command line, and the targets that can play them.

import AeroIO
import AeroLoad
import AeroReport
import Testing

@testable import AeroCommand

struct IncidentScriptTests {
    private let minimal = """
        name: script
        duration: 10s
        warmup: 2s
        classes:
          - name: main
            message-size: 64B
            durability: os
            load: { schedule: constant, rate: 1k/s }
        """

    private func arguments(_ words: [String]) throws -> ParsedArguments {
        let specification = CommandSpecification(
            "x", summary: "", options: [IncidentScript.option] + RunTarget.options, examples: [])
        return try ArgumentParser.parse(words, specification)
    }

    private func scenario(_ texts: [String]) throws -> Scenario {
        let words = try arguments(texts.flatMap { ["--incident", $0] })
        return try Scenario.parse(
            Array(minimal.utf8), fileName: "script.yaml",
            overrides: IncidentScript.overrides(words))
    }

    private func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? CommandError)?.message ?? "\(error)"
        }
    }

    @Test func theCommandLineSaysWhatTheScenarioWould() throws {
        #expect(try scenario([]).incidents.isEmpty)
        let incidents = try scenario(["kill@5s:1s", "pause@100ms:250ms"]).incidents
        #expect(incidents.map(\.text) == ["pause@100ms:250ms", "kill@5s:1s"])
    }

    @Test(arguments: ["", "'", "pause'@1s:1s", "]", "pause@1s:1s, kill@5s:1s", "{a: b}", "# no"])
    func noTextBreaksOutOfItsPlace(text: String) {
        #expect(refusal { _ = try scenario([text]) }?.contains("incidents") == true)
    }

    @Test func onlyTargetsThatGiveAHoldAreDisturbed() throws {
        func check(_ incident: String, _ words: [String]) throws {
            let arguments = try arguments(words)
            let scenario = try Scenario.parse(
                Array(minimal.utf8), fileName: "script.yaml",
                overrides: try RunTarget.overrides(arguments) + ["incidents=['\(incident)']"])
            try RunTarget(arguments, try TargetKind(scenario)).check(scenario)
        }
        try check("kill@1s:1s", [])
        try check("backlog@1s:1s", ["--endpoint", "127.0.0.1:1"])
        try check("disconnect@1s:1s", ["--endpoint", "127.0.0.1:1"])
        #expect(
            refusal { try check("kill@1s:1s", ["--endpoint", "127.0.0.1:1"]) }?
                .contains("starts itself") == true)
        #expect(
            refusal { try check("disk-delay@1s:1s:delay=1ms", ["--endpoint", "127.0.0.1:1"]) }?
                .contains("starts itself") == true)
        #expect(
            refusal { try check("backlog@1s:1s", ["--driver", "relay"]) }?
                .contains("relay") == true)
    }

    @Test func everyKindHasAWordInResults() {
        #expect(
            PlannedIncident.Name.allCases.map { IncidentKind($0).rawValue }
                == PlannedIncident.Name.allCases.map(\.rawValue))
    }

    @Test func aDelayIsTakenFromItsLineAndNoOther() {
        let line = DiskDelayLine.text(nanoseconds: 20_000_000)
        #expect(line.last == "\n")
        #expect(DiskDelayLine.nanoseconds(String(line.dropLast())) == 20_000_000)
        #expect(DiskDelayLine.nanoseconds("disk-delay 0") == 0)
        for text in ["", "disk-delay", "disk-delay -1s", "disk-delay 1", "delay 1s", "x y z"] {
            #expect(DiskDelayLine.nanoseconds(text) == nil, "\(text)")
        }
    }
}
