// Consumers that take their time: when they take what, and that they hold up nobody else.

import AeroLoad
import HDRHistogram
import Testing

@Suite struct ConsumerPaceTests {
    static func run(_ consumer: String, _ more: [String] = []) throws -> VirtualOutcome {
        try VirtualRun.run(
            VirtualRun.scenario(
                load: "{ schedule: constant, rate: 1k/s }", duration: "1s",
                ["classes.main.handling=\(consumer)"] + more))
    }

    /// A histogram of one latency for each of the 1,000 messages.
    static func histogram(_ latency: (Int64) -> Int64) throws -> Histogram {
        var histogram = try Histogram(
            lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000_000,
            significantDigits: 3)
        for index in 0..<1_000 as Range<Int64> { histogram.record(latency(index)) }
        return histogram
    }

    static let arrival = VirtualModel().deliveryNanoseconds

    /// Two milliseconds of work each millisecond: every message waits a millisecond longer.
    @Test func aHandlerThatIsTooSlowMakesMessagesWait() throws {
        let outcome = try Self.run("{ processing: 2ms }")
        let expected = try Self.histogram { Self.arrival + $0 * 1_000_000 }
        #expect(outcome.record.classes[0].histogram(.endToEndIntended) == expected)
        #expect(outcome.verdicts[0].isClean)
        // What waits for its handler is a part of the latency, and not of the acknowledgement.
        let acknowledged = outcome.record.classes[0].histogram(.acknowledgeIntended)
        #expect(acknowledged == (try outcome.expected(.acknowledgeIntended)))
        #expect(outcome.record.intervals.map { $0.counts[0].received }.reduce(0, +) == 1_000)
    }

    @Test func aHandlerThatKeepsUpCostsNothing() throws {
        let outcome = try Self.run(
            "{ processing: { distribution: uniform, min: 1us, max: 900us } }")
        let expected = try Self.histogram { _ in Self.arrival }
        #expect(outcome.record.classes[0].histogram(.endToEndIntended) == expected)
    }

    /// In a pause of 100 ms every 300 ms nothing is taken; then everything is.
    @Test func messagesOfAPauseAreTakenAtItsEnd() throws {
        let outcome = try Self.run("{ pause: { for: 100ms, every: 300ms } }")
        let expected = try Self.histogram { index in
            let arrived = index * 1_000_000 + Self.arrival
            let inRound = arrived % 300_000_000
            let isPaused = arrived >= 300_000_000 && inRound < 100_000_000
            return Self.arrival + (isPaused ? 100_000_000 - inRound : 0)
        }
        #expect(outcome.record.classes[0].histogram(.endToEndIntended) == expected)
    }

    @Test func consumersOfAGroupPauseInTurn() throws {
        // Two consumers, two partitions, a pause each 300 ms: the other one's comes in between.
        let outcome = try Self.run(
            "{ pause: { for: 150ms, every: 300ms } }",
            [
                "classes.main.partitions=2", "classes.main.consumers-per-group=2",
                "classes.main.keys=round-robin",
            ])
        let expected = try Self.histogram { index in
            let arrived = index * 1_000_000 + Self.arrival
            let first: Int64 = index % 2 == 0 ? 150_000_000 : 300_000_000
            let inRound = (arrived - first) % 300_000_000
            let isPaused = arrived >= first && inRound < 150_000_000
            return Self.arrival + (isPaused ? 150_000_000 - inRound : 0)
        }
        #expect(outcome.record.classes[0].histogram(.endToEndIntended) == expected)
    }

    @Test func failedAttemptsTakeTheirTimeAgain() throws {
        let outcome = try Self.run("{ processing: 1us, failures: 50% }")
        let failed = try #require(outcome.ledgers.incidents.entries.first)
        #expect(failed.text == "a handler failed")
        // 1/2 + 1/4 + … up to five attempts, for each message: 969, with a deviation below 40.
        #expect(abs(failed.count - 969) < 200)
        let slow = try Self.run("{ processing: 1ms, failures: 50% }")
        let latency = slow.record.classes[0].histogram(.endToEndIntended)
        #expect(latency.maximum > 700_000_000, "nearly two milliseconds of work each millisecond")
        #expect(slow.verdicts[0].isClean)
    }

    @Test func timesFollowFromTheSeed() throws {
        let pace = "{ processing: { distribution: exponential, mean: 1ms } }"
        let first = try Self.run(pace).record.classes[0].histogram(.endToEndIntended)
        #expect(first == (try Self.run(pace).record.classes[0].histogram(.endToEndIntended)))
        let other = try Self.run(pace, ["seed=7"]).record.classes[0].histogram(.endToEndIntended)
        #expect(first != other)
    }

    @Test func aSlowClassHoldsUpNoOther() throws {
        let scenario = try ScenarioFixture.parse(
            """
            name: two
            duration: 1s
            warmup: 0s
            classes:
              - name: slow
                message-size: 64B
                load: { schedule: constant, rate: 1k/s }
                handling: { processing: 5ms }
              - name: fast
                message-size: 64B
                load: { schedule: constant, rate: 1k/s }
            """)
        let outcome = try VirtualRun.run(scenario)
        let expected = try Self.histogram { _ in Self.arrival }
        #expect(outcome.record.classes[1].histogram(.endToEndIntended) == expected)
        #expect(outcome.record.classes[0].histogram(.endToEndIntended).maximum > 3_000_000_000)
    }

    @Test(arguments: [
        "{ processing: 2ms, window: 64KiB }",
        "{ processing: { distribution: exponential, mean: 1500us }, failures: 0.5%, window: 1KiB }",
        "{ processing: { distribution: uniform, min: 0ns, max: 3ms }, window: 64KiB }",
        "{ processing: 0ns, pause: { for: 500ms, every: 10s }, window: 1MiB }",
    ])
    func pacesAreWrittenBack(text: String) throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: ["classes.main.handling=\(text)"])
        #expect(scenario.classes[0].handling != nil)
        let json = scenario.resolvedTree.json
        #expect(try Scenario.parse(Array(json.utf8), fileName: "again.json") == scenario)
    }

    @Test(
        arguments: [
            (
                ["handling={ pause: { for: 2s, every: 2s } }"],
                "main: handling.pause.for: a pause as long as the distance between two never ends"
            ),
            (
                ["handling={ processing: 1ms }", "groups=0"],
                "main: handling: groups: 0 is a class without consumers; remove one of the two"
            ),
            (
                ["handling={ failures: 1% }"],
                "main: handling.failures: a handler that takes no time loses none when it fails; "
                    + "say its processing"
            ),
            (
                ["handling={ processing: 1ms, failures: 100% }"],
                "main: handling.failures: 100% is out of range; it must be from 0 to 90%"
            ),
            (
                ["handling={ processing: { distribution: uniform, min: 2ms, max: 1ms } }"],
                "main: handling.processing.max: it is less than min; the longest time comes second"
            ),
            (
                ["handling={ procesing: 1ms }"],
                "unknown key \"procesing\" in handling; did you mean \"processing\"?"
            ),
        ] as [([String], String)])
    func contradictionsNameARemedy(overrides: [String], message: String) {
        let found = ScenarioFixture.message(
            ScenarioFixture.minimal, overrides: overrides.map { "classes.main.\($0)" })
        #expect(found.hasSuffix(": " + message), "\(found)")
    }
}
