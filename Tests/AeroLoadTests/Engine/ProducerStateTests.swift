// How a producer goes round its topic-partitions.

import AeroLoad
import Testing

@Suite struct ProducerStateTests {
    static func destinations(
        _ count: Int, producer: Int = 0, _ overrides: [String]
    ) throws -> [Int] {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: ["classes.main.producers=4"] + overrides)
        let assignments = LoadPlan(scenario, runId: "r1").assignments[0].producers
        var state = ProducerState(assignments[producer], scenario, startNanoseconds: 0)
        return (0..<count).map { _ in
            defer { state.advance() }
            return state.destination
        }
    }

    /// Messages of one batch go to one partition: a producer fills a batch, then moves on.
    @Test func withoutKeysRunsOfABatchShareADestination() throws {
        let walk = try Self.destinations(
            12, ["classes.main.partitions=3", "classes.main.batch.messages=2"])
        #expect(walk == [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2])
    }

    @Test func withKeysEachMessageGoesToTheNext() throws {
        let walk = try Self.destinations(
            7,
            [
                "classes.main.topics=2", "classes.main.partitions=2",
                "classes.main.batch.messages=5", "classes.main.keys=round-robin",
            ])
        #expect(walk == [0, 1, 2, 3, 0, 1, 2])
    }

    /// Producers start apart, so that a class with few messages loads all partitions.
    @Test func producersStartAtDifferentDestinations() throws {
        let first = try (0..<4).map {
            try Self.destinations(1, producer: $0, ["classes.main.partitions=3"])[0]
        }
        #expect(first == [0, 1, 2, 0])
    }

    @Test func theScheduleIsSharedOutByIndex() throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal,
            overrides: ["classes.main.producers=4", "classes.main.load.rate=1k/s"])
        var times: [Int64] = []
        for assignment in LoadPlan(scenario, runId: "r1").assignments[0].producers {
            var state = ProducerState(assignment, scenario, startNanoseconds: 77)
            for _ in 0..<5 {
                times.append(state.intendedNanoseconds(nowNanoseconds: 1))
                state.advance()
            }
        }
        #expect(times.sorted() == (0..<20).map { 77 + $0 * 1_000_000 })
    }

    /// What a target did not take at a rate beyond any machine is counted in no time.
    @Test(arguments: [
        "{ schedule: constant, rate: 1000M/s }", "{ schedule: poisson, rate: 1000M/s }",
        "{ schedule: ramp, from: 1000M/s, to: 1000M/s, over: 1s }",
        "{ schedule: ramp, arrivals: poisson, from: 1000M/s, to: 1000M/s, over: 1s }",
        "{ schedule: burst, messages: 1_000_000_000, every: 2s }",
    ])
    func whatIsOverdueIsCountedAtAnyRate(load: String) throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal,
            overrides: ["classes.main.producers=4", "classes.main.load=\(load)"])
        let assignments = LoadPlan(scenario, runId: "r1").assignments[0].producers
        var sum: Int64 = 0
        for assignment in assignments {
            let state = ProducerState(assignment, scenario, startNanoseconds: 77)
            sum += state.overdueCount(beforeNanoseconds: 77 + 1_000_000_000)
        }
        let isRandom = load.contains("poisson")
        #expect(abs(sum - 1_000_000_000) <= (isRandom ? 100_000 : 4), "\(sum)")
    }

    @Test(arguments: ["maximum", "closed-loop"]) func withoutAScheduleItIsAlwaysTime(
        schedule: String
    ) throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.withClass(
                "message-size: 64B\nload: { schedule: \(schedule), in-flight: 3 }"))
        let assignment = LoadPlan(scenario, runId: "r1").assignments[0].producers[0]
        let state = ProducerState(assignment, scenario, startNanoseconds: 5)
        #expect(state.intendedNanoseconds(nowNanoseconds: 1_234) == 1_234)
    }
}
