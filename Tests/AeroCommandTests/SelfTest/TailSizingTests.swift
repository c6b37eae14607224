// Holds that are made rarer or more frequent by what they did.

import AeroDrivers
import Testing

@testable import AeroCommand

struct TailSizingTests {
    private static let schedule = HoldSchedule(
        lengthNanoseconds: 1_000_000, periodNanoseconds: 20_000_000, isRandom: true)

    @Test(arguments: [
        (0.1, 20_000_000), (0.2, 40_000_000), (0.05, 10_000_000),
        // Far off, and so more likely luck.
        (9, 80_000_000), (0.001, 10_000_000), (0, 10_000_000), (-0.1, 10_000_000),
    ])
    func theTimeHeldFollowsWhatWasMeasured(growth: Double, period: Int64) {
        let corrected = TailSizing.corrected(
            Self.schedule, aim: 0.1, growth: growth, windowNanoseconds: 1_000_000_000)
        #expect(corrected.periodNanoseconds == period)
        #expect(corrected.lengthNanoseconds == Self.schedule.lengthNanoseconds)
    }

    /// What is held most of the time is no tail.
    @Test func noMoreThanAFifthOfTheTimeIsHeld() {
        let dense = HoldSchedule(
            lengthNanoseconds: 1_000_000, periodNanoseconds: 6_000_000, isRandom: true)
        let corrected = TailSizing.corrected(
            dense, aim: 0.1, growth: 0.01, windowNanoseconds: 1_000_000_000)
        #expect(corrected.periodNanoseconds == 5_000_000)
    }

    /// A window without holds has the median of the base.
    @Test func holdsBecomeShorterRatherThanTooSeldom() {
        let corrected = TailSizing.corrected(
            Self.schedule, aim: 0.1, growth: 0.2, windowNanoseconds: 100_000_000)
        #expect(corrected.periodNanoseconds == 20_000_000)
        #expect(corrected.lengthNanoseconds == 500_000)
    }
}
