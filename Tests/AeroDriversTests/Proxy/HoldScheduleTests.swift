// When a proxy holds back, without any time passing.

import TestSupport
import Testing

@testable import AeroDrivers

struct HoldScheduleTests {
    @Test func regularHoldsComeAtTheEndOfEachPeriod() {
        let schedule = HoldSchedule(
            lengthNanoseconds: 10, periodNanoseconds: 100, isRandom: false)
        var walk = HoldWalk(schedule, epochNanoseconds: 1_000, seed: 1)
        #expect(walk.end(atNanoseconds: 1_089) == nil)
        #expect(walk.end(atNanoseconds: 1_090) == 1_100)
        #expect(walk.end(atNanoseconds: 1_099) == 1_100)
        #expect(walk.end(atNanoseconds: 1_100) == nil)
        #expect(walk.end(atNanoseconds: 1_595) == 1_600)
    }

    @Test func randomHoldsTakeTheirShareOfTheTime() {
        let seed = TestSeed.current
        let schedule = HoldSchedule(
            lengthNanoseconds: 300, periodNanoseconds: 4_000, isRandom: true)
        var walk = HoldWalk(schedule, epochNanoseconds: 0, seed: seed)
        var other = HoldWalk(schedule, epochNanoseconds: 0, seed: seed)
        var held = 0
        for moment in 0..<400_000 {
            let time = Int64(moment) * 50
            let end = walk.end(atNanoseconds: time)
            if let end { held += end - time <= 300 && end > time ? 1 : 1_000_000 }
            // Another stream asks less often, and sees the same holds.
            if moment.isMultiple(of: 7) { #expect(other.end(atNanoseconds: time) == end) }
        }
        let share = Double(held) / 400_000
        #expect(abs(share - 0.075) < 0.004, "seed \(seed): \(share)")
    }

    @Test func aCapIsKeptWhateverTheSizes() {
        let cap = ThroughputCap(bytesPerSecond: 1_000_000, nowNanoseconds: 0)
        var now: Int64 = 0
        var passed = 0
        var random = SplitMix64(seed: TestSeed.current)
        while now < 1_000_000_000 {
            let count = Int.random(in: 1...5_000, using: &random)
            now = max(now, cap.admission(of: count, nowNanoseconds: now))
            passed += count
        }
        #expect((990_000...1_010_000).contains(passed))
        // A pause gives no credit beyond two milliseconds.
        let later = now + 1_000_000_000
        _ = cap.admission(of: 10_000, nowNanoseconds: later)
        #expect(cap.admission(of: 1, nowNanoseconds: later) == later + 8_000_000)
    }
}
