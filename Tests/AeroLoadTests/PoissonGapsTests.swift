// The random schedule: reproducible, exponential, without drift.

import AeroLoad
import Glibc
import TestSupport
import Testing

@Suite struct PoissonGapsTests {
    static func schedule(_ messagesPerSecond: Int64, seed: UInt64) throws -> ArrivalSchedule {
        let rate = MessageRate(messagesPerSecond: messagesPerSecond)
        return try #require(ArrivalSchedule(.poisson(rate), seed: seed))
    }

    static func gaps(_ schedule: ArrivalSchedule, count: Int) -> [Double] {
        var cursor = schedule.cursor()
        var previous: Int64 = 0
        var gaps: [Double] = []
        for _ in 0..<count {
            gaps.append(Double(cursor.intendedNanoseconds - previous))
            previous = cursor.intendedNanoseconds
            cursor.advance()
        }
        return gaps
    }

    @Test func gapsAreExponentialByKolmogorovSmirnov() throws {
        // 40 tests at 1 % each: more than 4 rejections have a probability below 1 in 10,000.
        let count = 2_000
        let critical = 1.628 / Double(count).squareRoot()
        var rejections = 0
        for seed in 0..<40 as Range<UInt64> {
            let gaps = Self.gaps(try Self.schedule(1_000, seed: seed), count: count).sorted()
            var distance = 0.0
            for (rank, gap) in gaps.enumerated() {
                let expected = 1 - exp(-gap / 1e6)
                distance = max(distance, abs(expected - Double(rank) / Double(count)))
                distance = max(distance, abs(expected - Double(rank + 1) / Double(count)))
            }
            if distance > critical { rejections += 1 }
        }
        #expect(rejections <= 4)
    }

    @Test func neighbouringGapsAreUncorrelated() throws {
        let gaps = Self.gaps(try Self.schedule(1_000, seed: 5), count: 100_000)
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        var (covariance, variance) = (0.0, 0.0)
        for (a, b) in zip(gaps, gaps.dropFirst()) {
            covariance += (a - mean) * (b - mean)
            variance += (a - mean) * (a - mean)
        }
        // The standard error is 1 / sqrt(n) = 0.0032.
        #expect(abs(covariance / variance) < 0.0158)
    }

    @Test(arguments: [1_000, 1_000_000] as [Int64])
    func rateHoldsWithinTheProcessesOwnSpread(messagesPerSecond: Int64) throws {
        let count = try Self.schedule(messagesPerSecond, seed: 3)
            .arrivalCount(beforeNanoseconds: 1_000_000_000)
        let deviation = abs(Double(count - messagesPerSecond))
        #expect(deviation < 5 * Double(messagesPerSecond).squareRoot())
    }

    @Test func seedsReproduceAndDiffer() throws {
        let first = Self.gaps(try Self.schedule(1_000, seed: 1), count: 100)
        #expect(first == Self.gaps(try Self.schedule(1_000, seed: 1), count: 100))
        #expect(first != Self.gaps(try Self.schedule(1_000, seed: 2), count: 100))
    }

    @Test func timesAreTheSameOnEveryMachine() throws {
        // Computed by another program from the definition; no C library is in the way here.
        var cursor = try Self.schedule(1_000, seed: 42).cursor()
        var times: [Int64] = []
        for _ in 0..<4 {
            times.append(cursor.intendedNanoseconds)
            cursor.advance()
        }
        #expect(times == [298_992, 2_132_134, 3_410_108, 4_476_667])
    }

    @Test func logarithmAgreesWithTheLibrary() {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for _ in 0..<100_000 {
            let word = random.next() >> 11
            let x = (Double(word) + 0.5) * 0x1p-53
            let expected = log(x)
            let error = abs(NaturalLogarithm.of(x) - expected)
            #expect(error <= 4 * expected.ulp || error < 1e-17, "x \(x) seed \(seed)")
        }
        #expect(NaturalLogarithm.of(1) == 0)
        #expect(abs(NaturalLogarithm.of(0x1p-54) - log(0x1p-54)) < 1e-13)
    }

    @Test func counterRandomIsSplitMix64() {
        var reference = SplitMix64(seed: 77)
        let random = CounterRandom(seed: 77)
        for index in 0..<100 as Range<UInt64> { #expect(random.word(index) == reference.next()) }
    }
}
