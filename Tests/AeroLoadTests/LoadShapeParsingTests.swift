// Loads as scenarios spell them: what is read, written back, and refused.

import AeroLoad
import Foundation
import TestSupport
import Testing

@Suite struct LoadShapeParsingTests {
    static func scenario(_ load: String, _ overrides: [String] = []) throws -> Scenario {
        try ScenarioFixture.parse(text(load), overrides: overrides)
    }

    static func text(_ load: String) -> String {
        ScenarioFixture.withClass("message-size: 1KiB\nload: \(load)")
    }

    @Test(arguments: [
        (
            "{ schedule: ramp, from: 0/s, to: 50k/s, over: 10s }",
            LoadShape.varying(
                .ramp(
                    fromBillionths: 0, toBillionths: 50_000_000_000_000,
                    overNanoseconds: 10_000_000_000), .even)
        ),
        (
            "{ schedule: steps, steps: [ { rate: 1k/s, for: 2s }, { rate: 0/s, for: 500ms }, "
                + "{ rate: 2k/s } ], arrivals: poisson }",
            .varying(
                .steps([
                    .init(
                        rateBillionths: 1_000_000_000_000, durationNanoseconds: 2_000_000_000),
                    .init(rateBillionths: 0, durationNanoseconds: 500_000_000),
                    .init(rateBillionths: 2_000_000_000_000, durationNanoseconds: nil),
                ]), .poisson)
        ),
        (
            "{ schedule: burst, base: 10/s, messages: 5000, every: 1s }",
            .varying(
                .burst(
                    baseBillionths: 10_000_000_000, messageCount: 5_000,
                    periodNanoseconds: 1_000_000_000), .even)
        ),
        (
            "{ schedule: burst, messages: 1, every: 20ms }",
            .varying(
                .burst(baseBillionths: 0, messageCount: 1, periodNanoseconds: 20_000_000), .even)
        ),
        (
            "{ schedule: on-off, rate: 0.5/s, on: 2s, off: 1m, arrivals: poisson }",
            .varying(
                .onOff(
                    rateBillionths: 500_000_000, onNanoseconds: 2_000_000_000,
                    offNanoseconds: 60_000_000_000), .poisson)
        ),
        (
            "{ schedule: sine, mean: 2k/s, amplitude: 2k/s, period: 1m, arrivals: even }",
            .varying(
                .sine(
                    meanBillionths: 2_000_000_000_000, amplitudeBillionths: 2_000_000_000_000,
                    periodNanoseconds: 60_000_000_000), .even)
        ),
    ])
    func shapesAreReadAndWrittenBack(text: String, shape: LoadShape) throws {
        let scenario = try Self.scenario(text)
        #expect(scenario.classes[0].load == shape)
        #expect(scenario.classes[0].load.rate == nil && scenario.classes[0].load.inFlight == nil)
        let json = scenario.resolvedTree.json
        #expect(try Scenario.parse(Array(json.utf8), fileName: "again.json") == scenario)
    }

    /// The run is 12 s long, warm-up included.
    @Test(arguments: [
        (
            "{ schedule: ramp, from: 1/s, to: 2/s, over: 13s }",
            "6:55: load.over: the run, warm-up included, ends after 12s, before the ramp of 13s is "
                + "over; lengthen duration, or shorten over"
        ),
        (
            "{ schedule: ramp, from: 0/s, to: 0/s, over: 1s }",
            "6:44: load.to: from and to are both 0: nothing would be sent"
        ),
        (
            "{ schedule: sine, mean: 5/s, amplitude: 6/s, period: 1s }",
            "6:51: load.amplitude: a swing of more than the mean (5/s) would need rates below 0; "
                + "the amplitude is at most the mean"
        ),
        (
            "{ schedule: steps, steps: [ { rate: 1/s, for: 12s }, { rate: 2/s } ] }",
            "6:37: load.steps: the run, warm-up included, ends after 12s, before step 2 begins; "
                + "lengthen duration, or remove the step"
        ),
        (
            "{ schedule: steps, steps: [ { rate: 0/s } ] }",
            "6:37: load.steps: all rates are 0: nothing would be sent"
        ),
        (
            "{ schedule: steps, steps: [ { rate: 1/s }, { rate: 2/s } ] }",
            "6:39: step 1 needs the key \"for\""
        ),
        (
            "{ schedule: ramp, rate: 1/s }",
            "6:35: load.rate: ramp is told by from, to, over, arrivals"
        ),
        (
            "{ schedule: poisson, rate: 1/s, arrivals: even }",
            "6:53: load.arrivals: of a rate that stays, the schedule says it: constant is even, "
                + "poisson is poisson"
        ),
        (
            "{ schedule: burst, messages: 0, every: 1s }",
            "6:40: load.messages: 0 is out of range; it must be from 1 to 1000000000"
        ),
        (
            "{ schedule: trace, file: not-there.csv }",
            "6:36: cannot read the file not-there.csv: No such file or directory (ENOENT)"
        ),
    ])
    func contradictionsNameTheirPlaceAndARemedy(load: String, message: String) {
        #expect(ScenarioFixture.message(Self.text(load)) == "scenario.yaml:\(message)")
    }

    @Test func aTraceIsFoundBesideItsScenario() throws {
        let folder = try TemporaryFolder()
        try Data("seconds\n0\n11.5\n".utf8).write(
            to: URL(fileURLWithPath: folder.file("trace.csv")))
        let text = Self.text("{ schedule: trace, file: trace.csv }")
        let scenario = try Scenario.parse(
            Array(text.utf8), fileName: folder.file("scenario.yaml"))
        guard case .trace(let replay) = scenario.classes[0].load else {
            Issue.record("not a trace: \(scenario.classes[0].load)")
            return
        }
        #expect(replay.trace.lastNanoseconds == 11_500_000_000)
        #expect(replay.file.name == "trace.csv" && replay.everyNanoseconds == nil)
        let again = try Scenario.parse(
            Array(scenario.resolvedTree.json.utf8), fileName: folder.file("again.json"))
        #expect(again == scenario)
        #expect(throws: ScenarioError.self) {
            try Scenario.parse(
                Array(text.utf8), fileName: folder.file("scenario.yaml"),
                overrides: ["duration=30s"])
        }
        let repeated = try Scenario.parse(
            Array(text.utf8), fileName: folder.file("scenario.yaml"),
            overrides: ["duration=30s", "classes.main.load.every=12s"])
        #expect(repeated.classes[0].load != scenario.classes[0].load)
        #expect(throws: ScenarioError.self, "it begins anew before its end") {
            try Scenario.parse(
                Array(text.utf8), fileName: folder.file("scenario.yaml"),
                overrides: ["classes.main.load.every=11s"])
        }
    }

    /// A search varies this key; it is not to depend on how the others are read.
    @Test(arguments: ["constant", "poisson"]) func theRateOfAStayingLoadIsOneKey(
        schedule: String
    ) throws {
        let scenario = try Self.scenario(
            "{ schedule: \(schedule), rate: 1/s }", ["classes.main.load.rate=123456.789/s"])
        #expect(scenario.classes[0].load.rate?.billionthsPerSecond == 123_456_789_000_000)
    }
}
