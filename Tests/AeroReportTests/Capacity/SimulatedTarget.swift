// A target with a known knee: the waiting time of a single server, with noise.

import AeroReport
import TestSupport

/// An M/M/1 queue whose 99th percentile of the time in the system is known: ln 100 / (mu - rate).
struct SimulatedTarget {
    /// What it can serve at most, a second.
    let serviceRate: Double
    /// The largest rate at which the objective holds.
    let knee: Double
    /// The measured percentile is off by at most this share.
    var noise = 0.0
    /// How often a stall of the machine spoils a probe.
    var stallShare = 0.0
    /// How often a probe cannot be believed.
    var doubtShare = 0.0
    /// The generator reaches no more than this.
    var generatorRate = Double.infinity
    var random: SplitMix64

    /// - Parameter utilization: How busy the server is at the knee, 0 to 1.
    init(serviceRate: Double, utilization: Double, random: SplitMix64) {
        self.serviceRate = serviceRate
        knee = serviceRate * utilization
        self.random = random
    }

    private func percentile(at rate: Double) -> Double {
        rate < serviceRate ? 4.605_170_186 / (serviceRate - rate) : .infinity
    }

    mutating func probe(_ rate: Double) -> CapacityVerdict {
        if rate > generatorRate { return .generatorLimited }
        if uniform() < doubtShare { return .invalid }
        if uniform() < stallShare { return .notMet }
        let measured = percentile(at: rate) * (1 + noise * (2 * uniform() - 1))
        return measured <= percentile(at: knee) ? .met : .notMet
    }

    private mutating func uniform() -> Double { Double(random.next() >> 11) * 0x1p-53 }

    /// Searches to the end.
    ///
    /// - Returns: The answer, and every rate with its phase and verdict.
    mutating func search(
        _ limits: CapacitySearch.Limits
    ) -> (answer: CapacityAnswer, probes: [(rate: Double, CapacityPhase, CapacityVerdict)]) {
        var search = CapacitySearch(limits)
        var action = search.first
        var probes: [(rate: Double, CapacityPhase, CapacityVerdict)] = []
        while true {
            switch action {
            case .finished(let answer): return (answer, probes)
            case .probe(let rate, let phase):
                let verdict = probe(rate)
                probes.append((rate, phase, verdict))
                action = search.next(after: verdict)
            }
        }
    }
}
