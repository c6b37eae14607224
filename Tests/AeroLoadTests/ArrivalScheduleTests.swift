// Intended send times: exact, splittable, and Poisson where they should be.

import AeroLoad
import TestSupport
import Testing

@Suite struct ArrivalScheduleTests {
    static func constant(_ rate: MessageRate) throws -> ArrivalSchedule {
        try #require(ArrivalSchedule(.constant(rate), seed: 0))
    }

    @Test(arguments: [1, 1_000, 1_000_000] as [Int64])
    func rateIsExactOverTenVirtualSeconds(messagesPerSecond: Int64) throws {
        let schedule = try Self.constant(MessageRate(messagesPerSecond: messagesPerSecond))
        let count = 10 * messagesPerSecond
        #expect(schedule.arrivalCount(beforeNanoseconds: 10_000_000_000) == count)
        var cursor = schedule.cursor()
        var sent: Int64 = 0
        while cursor.intendedNanoseconds < 10_000_000_000 {
            #expect(cursor.index == sent)
            sent += 1
            cursor.advance()
        }
        #expect(sent == count)
        #expect(cursor.intendedNanoseconds == 10_000_000_000, "exact to the nanosecond")
    }

    @Test func ratesThatDoNotDivideASecondDoNotDrift() throws {
        // A rounded interval of 333 ns would be 0.1 % fast; this is exact after a day.
        let schedule = try Self.constant(MessageRate(messagesPerSecond: 3_000_000))
        #expect(schedule.intendedNanoseconds(index: 1) == 333)
        #expect(schedule.intendedNanoseconds(index: 2) == 666)
        #expect(schedule.intendedNanoseconds(index: 3) == 1_000)
        #expect(schedule.intendedNanoseconds(index: 3_000_000 * 86_400) == 86_400_000_000_000)
    }

    @Test func cursorEqualsClosedForm() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let billionths = Int64.random(in: 1_000_000...5_000_000_000_000_000, using: &random)
            let schedule = try Self.constant(MessageRate(billionthsPerSecond: billionths))
            let first = Int64.random(in: 0...1_000, using: &random)
            let stride = Int64.random(in: 1...300, using: &random)
            var cursor = schedule.cursor(first: first, stride: stride)
            for step in 0..<100 {
                let index = first + Int64(step) * stride
                #expect(cursor.index == index, "seed \(seed)")
                let expected = Self.reference(index, billionths)
                #expect(cursor.intendedNanoseconds == expected, "seed \(seed) rate \(billionths)")
                #expect(schedule.intendedNanoseconds(index: index) == expected, "seed \(seed)")
                cursor.advance()
            }
        }
    }

    /// floor(index * 10^18 / billionths) by 128-bit arithmetic.
    static func reference(_ index: Int64, _ billionths: Int64) -> Int64 {
        Int64(UInt128(index) * 1_000_000_000_000_000_000 / UInt128(billionths))
    }

    @Test func arrivalCountIsTheNumberOfEarlierArrivals() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let billionths = Int64.random(in: 1_000_000...5_000_000_000_000_000, using: &random)
            let schedule = try Self.constant(MessageRate(billionthsPerSecond: billionths))
            let end = Int64.random(in: 1...100_000_000_000, using: &random)
            let count = schedule.arrivalCount(beforeNanoseconds: end)
            #expect(schedule.intendedNanoseconds(index: count) >= end, "seed \(seed)")
            #expect(schedule.intendedNanoseconds(index: count - 1) < end, "seed \(seed)")
        }
        let poisson = try #require(
            ArrivalSchedule(.poisson(MessageRate(messagesPerSecond: 1_000)), seed: seed))
        let count = poisson.arrivalCount(beforeNanoseconds: 1_000_000_000)
        #expect(poisson.intendedNanoseconds(index: count) >= 1_000_000_000)
        #expect(poisson.intendedNanoseconds(index: count - 1) < 1_000_000_000)
        #expect(poisson.arrivalCount(beforeNanoseconds: 0) == 0)
    }

    @Test(arguments: [1, 2, 3, 7, 64], [false, true])
    func producersTogetherCoverExactlyTheSameInstants(
        producerCount: Int64, isPoisson: Bool
    ) throws {
        let rate = MessageRate(billionthsPerSecond: 777_777_777_777)
        let shape: LoadShape = isPoisson ? .poisson(rate) : .constant(rate)
        let schedule = try #require(ArrivalSchedule(shape, seed: 9))
        var whole: [Int64] = []
        var cursor = schedule.cursor()
        for _ in 0..<2_000 {
            whole.append(cursor.intendedNanoseconds)
            cursor.advance()
        }
        var split = [Int64?](repeating: nil, count: whole.count)
        for producer in 0..<producerCount {
            var cursor = schedule.cursor(first: producer, stride: producerCount)
            while cursor.index < whole.count {
                #expect(split[Int(cursor.index)] == nil)
                split[Int(cursor.index)] = cursor.intendedNanoseconds
                cursor.advance()
            }
        }
        #expect(split == whole)
    }

    @Test func shapesThatFollowTheTargetHaveNoSchedule() {
        #expect(ArrivalSchedule(.maximum(inFlight: 1), seed: 1) == nil)
        #expect(ArrivalSchedule(.closedLoop(inFlight: 1), seed: 1) == nil)
    }

    @Test func classesAndScenarioSeedsGiveDifferentSeeds() {
        let seeds = (0..<4).flatMap { scenario in
            (0..<64).map {
                ArrivalSchedule.classSeed(scenarioSeed: UInt64(scenario), classIndex: $0)
            }
        }
        // Neighbouring scenario seeds must not give the next class's sequence either.
        #expect(Set(seeds).count == seeds.count)
    }
}
