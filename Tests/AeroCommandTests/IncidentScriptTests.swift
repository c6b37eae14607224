// Incidents as they are written on the command line.

import AeroLoad
import AeroReport
import Testing

@testable import AeroCommand

struct IncidentScriptTests {
    private func scenario(_ durability: String, warmup: String = "2s") throws -> Scenario {
        let text = """
            name: script
            duration: 10s
            warmup: \(warmup)
            classes:
              - name: main
                message-size: 64B
                durability: \(durability)
                load: { schedule: constant, rate: 1k/s }
            """
        return try Scenario.parse(Array(text.utf8), fileName: "script.yaml")
    }

    private func incidents(
        _ texts: [String], durability: String = "os", warmup: String = "2s",
        kind: TargetKind = .aeromq, isEmbedded: Bool = true
    ) throws -> [PlannedIncident] {
        let specification = CommandSpecification(
            "x", summary: "", options: [IncidentScript.option], examples: [])
        let arguments = try ArgumentParser.parse(
            texts.flatMap { ["--incident", $0] }, specification)
        return try IncidentScript.incidents(
            arguments, try scenario(durability, warmup: warmup), kind, isEmbedded: isEmbedded)
    }

    private func message(_ body: () throws -> [PlannedIncident]) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? CommandError)?.message
        }
    }

    @Test func incidentsAreInTheOrderOfTime() throws {
        let incidents = try incidents(["kill@5s:1s", "pause@100ms:250ms"])
        #expect(
            incidents == [
                PlannedIncident(
                    kind: .pause, atNanoseconds: 100_000_000, lengthNanoseconds: 250_000_000),
                PlannedIncident(
                    kind: .kill, atNanoseconds: 5_000_000_000, lengthNanoseconds: 1_000_000_000),
            ])
        #expect(try self.incidents([]).isEmpty)
    }

    @Test func aWindowThatBeginsAtNoKnownTimeHasNoIncidents() throws {
        let text = message { try incidents(["pause@1s:1s"], warmup: "auto") }
        #expect(text?.contains("warmup: auto") == true)
    }

    @Test(arguments: [
        "", "pause", "pause@5s", "pause@5s:", "pause@5:1s", "pause@5s:0s", "a@b@c:1s",
    ])
    func whatIsNoIncident(text: String) {
        #expect(message { try incidents([text]) }?.contains("KIND@AT:LENGTH") == true)
    }

    @Test func theNearestKindIsNamed() {
        #expect(
            message { try incidents(["puase@5s:1s"]) }?.contains("did you mean \"pause\"?") == true)
    }

    @Test func whatCannotBePlayedIsRefused() throws {
        #expect(
            message { try incidents(["pause@1s:2s", "kill@2s:1s"]) }?.contains("is over") == true)
        #expect(message { try incidents(["pause@9s:1s"]) }?.contains("are measured") == true)
        #expect(
            message { try incidents(["kill@1s:1s"], durability: "volatile") }?
                .contains("classes.main.durability") == true)
        #expect(try incidents(["pause@1s:1s"], durability: "volatile").count == 1)
        #expect(
            message { try incidents(["pause@1s:1s"], kind: .relay) }?
                .contains("starts itself") == true)
        #expect(
            message { try incidents(["pause@1s:1s"], isEmbedded: false) }?
                .contains("starts itself") == true)
    }
}
