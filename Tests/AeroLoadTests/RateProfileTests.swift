// Schedules whose rate changes: exact, monotonic, splittable, and Poisson where they should be.

import AeroLoad
import Glibc
import TestSupport
import Testing

@Suite struct RateProfileTests {
    static func schedule(
        _ shape: RateShape, _ spacing: ArrivalSpacing = .even, seed: UInt64 = 1
    ) throws -> ArrivalSchedule {
        try #require(ArrivalSchedule(.varying(shape, spacing), seed: seed))
    }

    static func times(_ schedule: ArrivalSchedule, count: Int) -> [Int64] {
        var cursor = schedule.cursor()
        return (0..<count).map { _ in
            defer { cursor.advance() }
            return cursor.intendedNanoseconds
        }
    }

    /// A thousandth of the rate is what is promised; a message and a rounding is what is kept.
    @Test(arguments: 0..<200) func countsFollowTheIntegratedRate(round: Int) throws {
        let seed = TestSeed.current &+ UInt64(round)
        var random = SplitMix64(seed: seed)
        let shape = RateShapeFixture.random(&random)
        let schedule = try Self.schedule(shape)
        for _ in 0..<10 {
            let end = Int64.random(in: 1...20_000_000_000, using: &random)
            let count = Double(schedule.arrivalCount(beforeNanoseconds: end))
            let expected = RateShapeFixture.integral(shape, seconds: Double(end) / 1e9)
            #expect(
                abs(count - expected) <= 1.1 + expected * 2e-5, "\(shape) at \(end) seed \(seed)")
        }
    }

    @Test(arguments: 0..<100) func timesRiseAndCountsAreTheirInverse(round: Int) throws {
        let seed = TestSeed.current &+ UInt64(round)
        var random = SplitMix64(seed: seed)
        let shape = RateShapeFixture.random(&random)
        let schedule = try Self.schedule(shape, seed: seed)
        var cursor = schedule.cursor(first: Int64.random(in: 0...100_000, using: &random))
        for _ in 0..<2_000 {
            let (index, time) = (cursor.index, cursor.intendedNanoseconds)
            cursor.advance()
            #expect(cursor.intendedNanoseconds >= time, "\(shape) at \(index) seed \(seed)")
        }
        for _ in 0..<20 {
            let end = Int64.random(in: 1...30_000_000_000, using: &random)
            let count = schedule.arrivalCount(beforeNanoseconds: end)
            #expect(schedule.intendedNanoseconds(index: count) >= end, "\(shape) seed \(seed)")
            guard count > 0 else { continue }
            #expect(schedule.intendedNanoseconds(index: count - 1) < end, "\(shape) seed \(seed)")
        }
        #expect(schedule.arrivalCount(beforeNanoseconds: 0) == 0)
    }

    @Test(arguments: 0..<60) func anySplitCoversExactlyTheSameInstants(round: Int) throws {
        let seed = TestSeed.current &+ UInt64(round)
        var random = SplitMix64(seed: seed)
        let shape = RateShapeFixture.random(&random)
        let spacing: ArrivalSpacing = Bool.random(using: &random) ? .even : .poisson
        let schedule = try Self.schedule(shape, spacing, seed: seed)
        let whole = Self.times(schedule, count: 1_000)
        let producerCount = Int64.random(in: 1...70, using: &random)
        for producer in 0..<producerCount {
            var cursor = schedule.cursor(first: producer, stride: producerCount)
            while cursor.index < whole.count {
                #expect(
                    cursor.intendedNanoseconds == whole[Int(cursor.index)],
                    "\(shape) \(spacing) arrival \(cursor.index) seed \(seed)")
                cursor.advance()
            }
        }
    }

    /// By time-rescaling: the integrated rate between two arrivals is exponential with mean 1.
    @Test(arguments: RateShapeFixture.plain.indices) func poissonArrivalsPassKolmogorovSmirnov(
        index: Int
    ) throws {
        let shape = RateShapeFixture.plain[index]
        // What is due at once has no distances to look at, and a ramp to nothing ends.
        if case .burst = shape { return }
        let count = 1_000
        let critical = 1.628 / Double(count).squareRoot()
        var rejections = 0
        for seed in 0..<30 as Range<UInt64> {
            let times = Self.times(try Self.schedule(shape, .poisson, seed: seed), count: count)
            var previous = 0.0
            let gaps = times.map { time in
                let now = RateShapeFixture.integral(shape, seconds: Double(time) / 1e9)
                defer { previous = now }
                return now - previous
            }.sorted()
            var distance = 0.0
            for (rank, gap) in gaps.enumerated() {
                let expected = 1 - exp(-gap)
                distance = max(distance, abs(expected - Double(rank) / Double(count)))
                distance = max(distance, abs(expected - Double(rank + 1) / Double(count)))
            }
            if distance > critical { rejections += 1 }
        }
        // 30 tests at 1 % each: more than 4 rejections have a probability below 1 in 20,000.
        #expect(rejections <= 4, "\(shape)")
    }

    /// The test above can fail: even arrivals are not Poisson, and neither is another rate.
    @Test func evenArrivalsDoNotPassForPoisson() throws {
        let shape = RateShapeFixture.plain[0]
        var previous = 0.0
        let gaps = Self.times(try Self.schedule(shape), count: 1_000).map { time in
            let now = RateShapeFixture.integral(shape, seconds: Double(time) / 1e9)
            defer { previous = now }
            return now - previous
        }
        #expect(gaps.dropFirst().allSatisfy { abs($0 - 1) < 0.001 })
    }

    @Test(arguments: RateShapeFixture.plain) func poissonKeepsTheMeanWithinItsOwnSpread(
        shape: RateShape
    ) throws {
        let expected = RateShapeFixture.integral(shape, seconds: 20)
        for seed in 0..<5 as Range<UInt64> {
            let count = try Self.schedule(shape, .poisson, seed: seed)
                .arrivalCount(beforeNanoseconds: 20_000_000_000)
            #expect(abs(Double(count) - expected) < 5 * expected.squareRoot(), "\(shape) \(seed)")
        }
    }

    @Test func aRampIsASquareRoot() throws {
        let schedule = try Self.schedule(
            .ramp(
                fromBillionths: 0, toBillionths: 1_000_000_000_000,
                overNanoseconds: 10_000_000_000))
        // 50 t^2 messages by t seconds, 5,000 by the end, then one each millisecond.
        #expect(schedule.intendedNanoseconds(index: 0) == 0)
        #expect(schedule.intendedNanoseconds(index: 50) == 1_000_000_000)
        #expect(schedule.intendedNanoseconds(index: 1_250) == 5_000_000_000)
        #expect(schedule.intendedNanoseconds(index: 5_000) == 10_000_000_000)
        #expect(schedule.intendedNanoseconds(index: 5_007) == 10_007_000_000)
        #expect(schedule.meanRate(fromNanoseconds: 0, toNanoseconds: 10_000_000_000) == 500)
    }

    @Test func aRampToNothingEnds() throws {
        let schedule = try Self.schedule(
            .ramp(
                fromBillionths: 100_000_000_000, toBillionths: 0, overNanoseconds: 2_000_000_000))
        #expect(schedule.intendedNanoseconds(index: 99) < 2_000_000_000)
        #expect(schedule.intendedNanoseconds(index: 100) > 86_400_000_000_000 * 365)
        #expect(schedule.arrivalCount(beforeNanoseconds: 86_400_000_000_000) == 100)
    }

    @Test func silenceHasNoMessages() throws {
        let schedule = try Self.schedule(
            .onOff(
                rateBillionths: 1_000_000_000_000, onNanoseconds: 1_000_000_000,
                offNanoseconds: 2_000_000_000))
        #expect(schedule.intendedNanoseconds(index: 999) == 999_000_000)
        // The thousandth has no room in the first round.
        #expect(schedule.intendedNanoseconds(index: 1_000) == 3_000_000_000)
        #expect(schedule.arrivalCount(beforeNanoseconds: 3_000_000_000) == 1_000)
    }

    @Test func aBurstIsOneMoment() throws {
        let schedule = try Self.schedule(
            .burst(
                baseBillionths: 10_000_000_000, messageCount: 500,
                periodNanoseconds: 1_000_000_000))
        #expect(Self.times(schedule, count: 500).allSatisfy { $0 == 0 })
        #expect(schedule.intendedNanoseconds(index: 500) == 0, "the base begins at once as well")
        #expect(schedule.intendedNanoseconds(index: 501) == 100_000_000)
        #expect(schedule.intendedNanoseconds(index: 510) == 1_000_000_000)
        #expect(schedule.intendedNanoseconds(index: 1_009) == 1_000_000_000)
        #expect(schedule.arrivalCount(beforeNanoseconds: 1_000_000_000) == 510)
        #expect(schedule.arrivalCount(beforeNanoseconds: 1_000_000_001) == 1_011)
    }

    /// A round of 99.99 messages: the place of each in its round comes from whole numbers.
    @Test func roundsOfAFractionDoNotDrift() throws {
        let schedule = try Self.schedule(
            .onOff(
                rateBillionths: 333_300_000_000, onNanoseconds: 300_000_000,
                offNanoseconds: 700_000_000))
        for round in stride(from: 0, through: 80_000, by: 100) as StrideThrough<Int64> {
            let first = round * 9_999 / 100
            #expect(schedule.intendedNanoseconds(index: first) == round * 1_000_000_000)
        }
        // A day has 86,400 rounds.
        #expect(
            schedule.arrivalCount(beforeNanoseconds: 86_400_000_000_000) == 86_400 * 9_999 / 100)
    }

    @Test func oneStepIsAConstantRate() throws {
        let billionths: Int64 = 3_000_000_000_000_000
        let steps = try Self.schedule(
            .steps([.init(rateBillionths: billionths, durationNanoseconds: nil)]))
        let constant = try #require(
            ArrivalSchedule(.constant(MessageRate(billionthsPerSecond: billionths)), seed: 0))
        #expect(steps.intendedNanoseconds(index: 3_000_000 * 86_400) == 86_400_000_000_000)
        for index in stride(from: 0, to: 3_000_000, by: 997) as StrideTo<Int64> {
            // The one is cut off, the other rounded.
            let difference =
                steps.intendedNanoseconds(index: index)
                - constant.intendedNanoseconds(index: index)
            #expect((0...1).contains(difference), "arrival \(index)")
        }
    }

    @Test func sinesAgreeWithTheLibrary() throws {
        let shape = RateShape.sine(
            meanBillionths: 1_000_000_000_000_000, amplitudeBillionths: 1_000_000_000_000_000,
            periodNanoseconds: 1_000_000_000)
        let schedule = try Self.schedule(shape)
        for percent in 0...250 as ClosedRange<Int64> {
            let end = percent * 10_000_000
            let expected = RateShapeFixture.integral(shape, seconds: Double(end) / 1e9)
            let count = Double(schedule.arrivalCount(beforeNanoseconds: end))
            #expect(abs(count - expected) <= 3, "after \(end) ns")
        }
    }
}
