// Scenarios at other rates than their own.

import AeroLoad
import Testing

@testable import AeroCommand

struct ScaledScenarioTests {
    private func text(_ classes: String) -> ScenarioText {
        ScenarioText(
            bytes: Array(("name: scaled\nduration: 1s\nclasses:\n" + classes).utf8),
            fileName: "scaled.yaml")
    }

    private static let mix = """
          - { name: hot, message-size: 64B, load: { schedule: poisson, rate: 1k/s } }
          - { name: bulk, message-size: 1KiB, load: { schedule: constant, rate: 3k/s } }

        """

    @Test func classesKeepTheirShareAndTheirSchedule() throws {
        let scaled = try ScaledScenario(text(Self.mix), overrides: [], className: nil)
        #expect(scaled.ownRate == 4_000)
        #expect(scaled.note == nil)
        let loads = try scaled.scenario(atRate: 10_000).classes.map(\.load)
        #expect(loads[0].name == .poisson && loads[0].rate?.messagesPerSecond == 2_500)
        #expect(loads[1].name == .constant && loads[1].rate?.messagesPerSecond == 7_500)
    }

    @Test func oneClassAloneIsScaled() throws {
        let scaled = try ScaledScenario(
            text(Self.mix), overrides: ["duration=2s"], className: "hot")
        #expect(scaled.ownRate == 1_000)
        let scenario = try scaled.scenario(atRate: 0.5)
        #expect(scenario.durationNanoseconds == 2_000_000_000)
        #expect(scenario.classes.map { $0.load.rate?.messagesPerSecond } == [0.5, 3_000])
    }

    @Test func aClassWithoutARateGetsOneWithANote() throws {
        let text = text(
            "  - { name: main, message-size: 64B, load: { schedule: maximum, in-flight: 9 } }\n")
        let scaled = try ScaledScenario(text, overrides: [], className: nil)
        #expect(scaled.ownRate == nil)
        #expect(scaled.note?.contains("main has no rate") == true)
        let load = try scaled.scenario(atRate: 1_234.5678).classes[0].load
        #expect(load.name == .constant && load.rate?.messagesPerSecond == 1_234.568)
    }

    @Test func aMixWithAClassWithoutARateIsRefused() throws {
        let text = text(
            Self.mix + "  - { name: last, message-size: 64B, load: { schedule: closed-loop } }\n")
        #expect {
            try ScaledScenario(text, overrides: [], className: nil)
        } throws: { error in
            (error as? CommandError)?.message.contains("search one class with --class") == true
        }
        #expect(throws: CommandError.self) {
            try ScaledScenario(text, overrides: [], className: "lst")
        }
    }

    @Test func ratesReadBackAsWritten() {
        #expect(ScaledScenario.text(1_000_000) == "1000000/s")
        #expect(ScaledScenario.text(282.843) == "282.843/s")
        #expect(ScaledScenario.text(0) == "0.001/s")
    }
}
