// Little's law in virtual time: what workers count as they go is what latencies add up to.

import AeroLoad
import HDRHistogram
import Testing

@Suite struct MessagesInFlightTests {
    /// Messages of the window in flight, summed over time, and the sum of their latencies.
    static func sums(_ outcome: VirtualOutcome) -> (area: Double, latency: Double) {
        let histogram = outcome.record.classes[0].histogram(.acknowledgeActual)
        return (
            outcome.ledgers.inFlightArea, histogram.mean * Double(histogram.totalCount)
        )
    }

    /// Loads whose edges hold anything from nothing to most of what there is, and latencies as
    /// long as the window: the law knows no edge.
    @Test(
        arguments: [
            "{ schedule: constant, rate: 1k/s }", "{ schedule: poisson, rate: 1k/s }",
            "{ schedule: closed-loop, in-flight: 7 }",
            "{ schedule: on-off, rate: 2k/s, on: 300ms, off: 700ms }",
            "{ schedule: burst, messages: 900, every: 990ms }",
            "{ schedule: ramp, from: 1/s, to: 5k/s, over: 1s }",
            "{ schedule: sine, mean: 1k/s, amplitude: 1k/s, period: 700ms }",
        ], [5_000_000, 700_000_000] as [Int64])
    func messagesInFlightAddUpToTheirLatencies(load: String, latency: Int64) throws {
        var model = VirtualModel()
        model.acknowledgementNanoseconds = latency
        for warmup in ["0s", "1s", "950ms"] {
            let outcome = try VirtualRun.run(
                try VirtualRun.scenario(load: load, duration: "1s", warmup: warmup), model)
            let (area, sum) = Self.sums(outcome)
            #expect(sum > 0)
            // Histograms are exact to a thousandth.
            #expect(abs(area - sum) <= 0.001 * sum, "\(load), warm-up \(warmup): \(area) \(sum)")
        }
    }

    /// A window that turns out to begin earlier than planned has all of its messages.
    @Test func anEarlierWindowIsCountedFromItsStart() throws {
        var model = VirtualModel()
        model.acknowledgementNanoseconds = 300_000_000
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: constant, rate: 1k/s }", duration: "2s", warmup: "6s")
        let start = VirtualRun.startNanoseconds
        let outcome = try VirtualRun.run(
            scenario, model,
            cut: WarmupCutOrder(
                orderedNanoseconds: start + 1_000_000_000,
                measureNanoseconds: start + 2_000_000_000))
        let (area, sum) = Self.sums(outcome)
        #expect(sum > 0)
        #expect(abs(area - sum) <= 0.001 * sum)
    }
}
