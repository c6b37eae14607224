// Moments and the intervals they belong to.

import AeroLoad
import Testing

@Suite struct RecordingWindowTests {
    @Test func phasesAndIntervalsFollowOneAnother() {
        let window = RecordingWindow(
            startNanoseconds: 1_000, warmupNanoseconds: 25, durationNanoseconds: 40,
            intervalNanoseconds: 10)
        #expect(window.warmupIntervalCount == 3 && window.measuredIntervalCount == 4)
        typealias Slot = RecordingWindow.Slot
        let expected: [(Int64, Int, RunPhase, Int64)] = [
            (0, 0, .warmup, 1_010), (1_000, 0, .warmup, 1_010), (1_009, 0, .warmup, 1_010),
            (1_010, 1, .warmup, 1_020), (1_024, 2, .warmup, 1_025), (1_025, 3, .measure, 1_035),
            (1_064, 6, .measure, 1_065), (1_065, 7, .drain, .max), (9_999, 7, .drain, .max),
        ]
        for (now, index, phase, end) in expected {
            let slot = window.slot(atNanoseconds: now)
            #expect(slot.index == index && slot.phase == phase && slot.endNanoseconds == end)
        }
    }

    @Test func aScenarioGivesItsWindow() throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: ["warmup=0s", "interval=300ms"])
        let window = RecordingWindow(scenario, startNanoseconds: 5)
        #expect(window.warmupIntervalCount == 0 && window.measuredIntervalCount == 4)
        #expect(window.slot(atNanoseconds: 5).phase == .measure)
        #expect(window.measureEndNanoseconds == 1_000_000_005)
        #expect(window.slot(atNanoseconds: 1_000_000_004).endNanoseconds == 1_000_000_005)
    }
}
