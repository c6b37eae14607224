// `incidents` of a scenario: what is read, what is refused, and what consumers make of it.

import AeroLoad
import HDRHistogram
import Testing

@Suite struct PlannedIncidentTests {
    static func scenario(_ incidents: String, _ overrides: [String] = []) throws -> Scenario {
        try ScenarioFixture.parse(
            ScenarioFixture.minimal,
            overrides: ["duration=60s", "classes.main.durability=os"] + overrides
                + ["incidents=\(incidents)"])
    }

    static func refusal(_ incidents: String, _ overrides: [String] = []) -> String? {
        do {
            _ = try scenario(incidents, overrides)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func everyKindIsReadAndWrittenBack() throws {
        let texts = [
            "pause@1s:500ms", "kill@5s:1s", "disconnect@10s:200ms",
            "disconnect@11s:1ms:share=50%", "slow-consumer@15s:2s:delay=5ms",
            "slow-consumer@18s:1s:class=main:delay=1us", "backlog@20s:5s",
            "backlog@30s:5s:class=main", "disk-delay@40s:1s:delay=20ms",
        ]
        let scenario = try Self.scenario("[\(texts.joined(separator: ", "))]")
        #expect(scenario.incidents.map(\.text) == texts)
        #expect(
            Set(scenario.incidents.map(\.name)) == Set(PlannedIncident.Name.allCases))
        #expect(scenario.incidents[3].kind == .disconnect(shareBillionths: 500_000_000))
        let again = try Scenario.parse(
            Array(scenario.resolvedTree.json.utf8), fileName: "again.json")
        #expect(again == scenario)
    }

    @Test func incidentsAreInTheOrderOfTime() throws {
        let scenario = try Self.scenario("[kill@5s:1s, pause@100ms:250ms]")
        #expect(scenario.incidents.map(\.text) == ["pause@100ms:250ms", "kill@5s:1s"])
        #expect(try Self.scenario("[]").incidents.isEmpty)
    }

    @Test(arguments: [
        "[pause]", "[pause@5s]", "[pause@5s:]", "[pause@5:1s]", "[pause@5s:0s]", "[a@b@c:1s]",
        "[pause@5s:1s:delay=1ms]", "[backlog@5s:1s:clas=main]", "[disk-delay@5s:1s]",
        "[slow-consumer@5s:1s]", "[disconnect@5s:1s:share=0%]", "[disconnect@5s:1s:share=101%]",
        "[disconnect@5s:1s:share]", "[backlog@5s:1s:class=main:class=main]", "[pause@-1s:1s]",
        "[pause@99999999999h:1s]", "[[pause@1s:1s]]", "pause@1s:1s", "[disk-delay@1s:1s:delay=2h]",
    ])
    func whatIsNoIncident(text: String) {
        #expect(Self.refusal(text)?.contains("incidents") == true, "\(text)")
    }

    @Test func theNearestWordIsNamed() {
        #expect(Self.refusal("[puase@5s:1s]")?.contains("did you mean \"pause\"?") == true)
        #expect(
            Self.refusal("[backlog@5s:1s:clas=main]")?.contains("did you mean \"class\"?") == true)
    }

    @Test func whatCannotBePlayedIsRefused() {
        func isRefused(
            _ incidents: String, _ overrides: [String] = [], because words: String
        ) {
            let refusal = Self.refusal(incidents, overrides)
            #expect(refusal?.contains(words) == true, "\(incidents): \(refusal ?? "taken")")
        }
        isRefused("[pause@1s:2s, kill@2s:1s]", because: "is over")
        isRefused("[pause@59s:1s]", because: "are measured")
        isRefused("[pause@1s:1s]", ["warmup=auto"], because: "warmup: auto")
        let volatile = ["classes.main.durability=volatile"]
        isRefused("[kill@1s:1s]", volatile, because: "classes.main.durability")
        isRefused("[disk-delay@1s:1s:delay=1ms]", volatile, because: "no disk to delay")
        isRefused("[backlog@1s:1s:class=other]", because: "no class other")
        isRefused("[backlog@1s:1s]", ["classes.main.groups=0"], because: "there are none")
        #expect(Self.refusal("[pause@1s:1s]", volatile) == nil)
    }

    /// Consumers that are going to be disturbed ask for no more than they handle.
    @Test func disturbedConsumersHaveAWindow() throws {
        #expect(try Self.scenario("[pause@1s:1s]").classes[0].handling == nil)
        #expect(try Self.scenario("[backlog@1s:1s]").classes[0].handling?.windowByteCount == 65_536)
        let own = try Self.scenario("[backlog@1s:1s]", ["classes.main.handling={ window: 1MiB }"])
        #expect(own.classes[0].handling?.windowByteCount == 1 << 20)
    }

    static func run(_ incidents: String, warmup: String = "0s") throws -> VirtualOutcome {
        try VirtualRun.run(
            VirtualRun.scenario(
                load: "{ schedule: constant, rate: 1k/s }", duration: "1s",
                ["incidents=\(incidents)", "warmup=\(warmup)"]))
    }

    /// Nothing is taken from 300 to 400 ms, and everything is at its end.
    @Test func messagesOfABacklogAreTakenWhenItIsOver() throws {
        let outcome = try Self.run("[backlog@300ms:100ms]")
        let expected = try ConsumerPaceTests.histogram { index in
            let arrived = index * 1_000_000 + ConsumerPaceTests.arrival
            let isHeld = (300_000_000..<400_000_000).contains(arrived)
            return ConsumerPaceTests.arrival + (isHeld ? 400_000_000 - arrived : 0)
        }
        #expect(outcome.record.classes[0].histogram(.endToEndIntended) == expected)
        #expect(outcome.verdicts[0].isClean)
    }

    /// Two milliseconds for each message that is begun in 100 ms: fifty of them, of a hundred that
    /// arrive, and the rest at once when it is over.
    @Test func slowConsumersCatchUp() throws {
        let outcome = try Self.run("[slow-consumer@300ms:100ms:delay=2ms]")
        let latency = outcome.record.classes[0].histogram(.endToEndIntended)
        #expect(latency.maximum > 48_000_000 && latency.maximum < 53_000_000)
        #expect(latency.value(atPercentile: 88) <= ConsumerPaceTests.arrival + 10_000)
    }

    @Test func timesCountFromTheWindow() throws {
        let latency = try Self.run("[backlog@300ms:100ms]", warmup: "500ms")
            .record.classes[0].histogram(.endToEndIntended)
        #expect(latency.maximum > 99_000_000)
        #expect(latency.totalCount == 1_000)
    }
}
