// `--set` takes the same strict path as the file.

import AeroLoad
import Testing

@Suite struct ScenarioOverrideTests {
    @Test func overridesReachEveryLevel() throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal,
            overrides: [
                "duration=5s", "classes.main.load.rate=50k/s", "broker.poller=uring",
                "classes.0.batch.messages=3", "slo=[a < 1, b < 2]", "duration=6s",
            ])
        #expect(scenario.durationNanoseconds == 6_000_000_000, "the later one wins")
        #expect(scenario.classes[0].load.rate == MessageRate(messagesPerSecond: 50_000))
        #expect(scenario.broker.poller == .uring, "a missing mapping is made")
        #expect(scenario.classes[0].batch.messageCount == 3, "a class has an index too")
        #expect(scenario.objectives.map(\.text) == ["a < 1", "b < 2"])
    }

    @Test func aWholeMappingCanBeReplaced() throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal,
            overrides: ["classes.main.load={schedule: maximum, in-flight: 8}"])
        #expect(scenario.classes[0].load == .maximum(inFlight: 8))
    }

    @Test(arguments: [
        ("duration", "--set duration: there is no \"=\"; write KEY=VALUE, e.g. duration=5s"),
        ("=5s", "--set =5s: the key has an empty part; write KEY=VALUE, e.g. duration=5s"),
        (
            "classes..load=1",
            "--set classes..load=1: the key has an empty part; write KEY=VALUE, e.g. duration=5s"
        ),
        ("duration= ", "--set duration= : there is no value; write KEY=VALUE, e.g. duration=5s"),
        (
            "duratio=5s",
            "--set duratio=5s: unknown key \"duratio\" in the scenario; did you mean \"duration\"?"
        ),
        (
            "classes.main.load.rte=5/s",
            "--set classes.main.load.rte=5/s: unknown key \"rte\" in load; did you mean \"rate\"?"
        ),
        (
            "classes.mian.load.rate=5/s",
            "--set classes.mian.load.rate=5/s: there is no \"mian\" in classes; did you mean "
                + "\"main\"?"
        ),
        ("classes.1.groups=2", "--set classes.1.groups=2: there is no \"1\" in classes"),
        (
            "duration.seconds=5",
            "--set duration.seconds=5: duration: expected a mapping, found \"1s\""
        ),
        (
            "duration=5",
            "--set duration=5: duration: \"5\" needs one of the units ns, us, ms, s, m, h"
        ),
        (
            "classes.main.load.schedule=maximum",
            "scenario.yaml:6:39: load.rate: maximum follows the target and has no rate; remove "
                + "rate, or use constant or poisson"
        ),
        (
            "slo=[a, ",
            "--set slo=[a, : not valid YAML: while parsing a flow node: did not find expected node "
                + "content"
        ),
        (
            "name=&a x",
            "--set name=&a x: scenarios do not use anchors (\"&a\"); write the value out"
        ),
    ])
    func faultsNameTheOverride(override: String, message: String) {
        #expect(ScenarioFixture.message(ScenarioFixture.minimal, overrides: [override]) == message)
    }
}
