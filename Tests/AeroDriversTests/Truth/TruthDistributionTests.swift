// What is reported of known distributions, in virtual time: exactly what is known.

import AeroDrivers
import AeroLoad
import HDRHistogram
import Testing

/// A target's behaviour, and the latency of each message of the window that follows from it.
struct KnownDistribution: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let target: String
    /// The latency of the message that was intended `n` half milliseconds after the start.
    let latencyNanoseconds: @Sendable (Int64) -> Int64
    /// For mixtures: the latency of the n-th fastest of 20,000 messages instead.
    var isSorted = false

    static let all = [
        KnownDistribution(testDescription: "constant", target: "{latency: 2ms}") { _ in 2_000_000 },
        KnownDistribution(
            testDescription: "bimodal",
            target: "{latency: 1ms, slow: 5ms, slow-per-thousand: 200}",
            latencyNanoseconds: { $0 < 16_000 ? 1_000_000 : 5_000_000 }, isSorted: true),
        KnownDistribution(
            testDescription: "one in a hundred at 50 ms",
            target: "{latency: 1ms, slow: 50ms, slow-per-thousand: 10}",
            latencyNanoseconds: { $0 < 19_800 ? 1_000_000 : 50_000_000 }, isSorted: true),
        KnownDistribution(
            testDescription: "stall of 100 ms each second",
            target: "{latency: 1ms, stall: 100ms, stall-every: 1s}",
            latencyNanoseconds: { n in
                // Ready at `place` of its second; during the stall it waits for its end.
                let place = (n * 500_000 + 1_000_000) % 1_000_000_000
                return 1_000_000 + max(0, 100_000_000 - place)
            }),
        KnownDistribution(
            testDescription: "stall with a queue behind it",
            target: "{latency: 0s, stall: 100ms, stall-every: 1s, service: 250us}",
            latencyNanoseconds: { n in
                // The k-th message of the stall's second leaves k services after the stall's end,
                // until arrivals, half as fast, have caught up.
                let k = n % 2_000
                return max(0, 100_000_000 + k * 250_000 - k * 500_000)
            }),
    ]
}

@Suite(.timeLimit(.minutes(10))) struct TruthDistributionTests {
    @Test(arguments: KnownDistribution.all)
    func everyPercentileIsTheKnownOne(distribution: KnownDistribution) throws {
        let run = try VirtualTruthRun(["target=\(distribution.target)"])
        let numbers = distribution.isSorted ? 0..<Int64(20_000) : 2_000..<Int64(22_000)
        let known = numbers.map(distribution.latencyNanoseconds).sorted()
        for series in [LatencySeries.acknowledgeIntended, .endToEndIntended] {
            #expect(run.record.classes[0].histogram(series).totalCount == 20_000)
            for percentile in [50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 100] {
                let index = max(0, Int((percentile / 100 * 20_000).rounded(.up)) - 1)
                let value = run.value(series, percentile)
                let error = abs(value - known[index])
                #expect(
                    error <= max(20_000, known[index] * 2 / 100),
                    "\(series.name) p\(percentile) is \(value), known is \(known[index])")
            }
        }
        #expect(run.unansweredCount == 0 && run.verdicts[0].lost == 0)
    }

    /// The comparison above would notice a tool that starts its clock at the actual send.
    @Test func theStallIsInNoMessageThatWaitedForNobody() throws {
        let run = try VirtualTruthRun(["target={latency: 1ms}"])
        let stalled = try VirtualTruthRun(["target={latency: 1ms, stall: 100ms, stall-every: 1s}"])
        #expect(run.value(.endToEndIntended, 99) < 1_100_000)
        #expect(stalled.value(.endToEndIntended, 99) > 80_000_000)
    }

    @Test func mixturesFollowTheSeed() throws {
        func latencies(_ seed: Int) throws -> [Int64] {
            let run = try VirtualTruthRun([
                "target={latency: 1ms, slow: 1.6ms, slow-per-thousand: 300}", "seed=\(seed)",
                "duration=1s", "warmup=0s",
            ])
            return [run.verdicts[0].counts.reordered]
        }
        #expect(try latencies(1) == latencies(1))
        #expect(try latencies(1) != latencies(2))
    }
}
