// One machine on which pairs of runs are simulated, window by window.

package import AeroReport
import Glibc

/// How the two sides of a pair take turns.
package enum SimulatedMode: String, CaseIterable, Sendable {
    /// Both are up; the load alternates in slices of a second, each couple in random order.
    case slices
    /// One run after the other, in random order.
    case runs
}

/// Makes the pairs of one gate.
///
/// The noise of a cell is the coefficient of variation of one side's window-median p99 from process
/// and window noise alone: a quarter of its variance is the process's, the rest the windows'. p50
/// has half of that noise, p99.9 1.6 times, throughput 0.4 times, half of it common to all. What
/// the machine does besides (drift, regimes, correlation, stalls) comes on top.
package struct SimulatedMachine {
    /// Windows of one second on each side of a pair.
    static let windowCount = 10
    /// How much of the noise of p99 the others have: p50, p99, p99.9, throughput.
    private static let noiseShares = [0.5, 1, 1.6, 0.4]

    private let noise: Double
    private let model: NoiseModel
    private let effect: SimulatedEffect
    private let mode: SimulatedMode
    private let sessionSpread: Double
    private var random: NoiseGenerator
    private var walk = 0.0
    private let trend: Double
    private var correlated: Double
    private var isSlow: Bool
    private var session: [Double]

    /// - Parameters:
    ///   - noise: As above, 0.07 for 7 %.
    ///   - sessionSpread: Standard deviation of what a session adds to the candidate's logarithms
    ///     for all of its pairs: luck with memory layout, which fresh sessions draw anew.
    package init(
        noise: Double, model: NoiseModel, effect: SimulatedEffect, mode: SimulatedMode = .slices,
        sessionSpread: Double = 0, seed: UInt64
    ) {
        self.noise = noise
        self.model = model
        self.effect = effect
        self.mode = mode
        self.sessionSpread = sessionSpread
        random = NoiseGenerator(seed: seed)
        trend = 0.0001 * (2 * random.uniform() - 1)
        correlated = random.normal()
        isSlow = random.uniform() < 0.2
        session = []
        beginSession()
    }

    /// Draws what a new session does to the candidate.
    package mutating func beginSession() {
        session = Self.noiseShares.map { _ in sessionSpread * random.normal() }
    }

    /// The metrics that pairs have values of: thresholds as a gate has them by default.
    package static let metrics: [GateMetric] = {
        func latency(_ name: String, _ practical: Double) -> GateMetric {
            GateMetric(
                scenario: "simulated", name: name, unit: .nanoseconds, scale: .ratio,
                practical: practical, resolution: 2 * practical)
        }
        return [
            latency("p50", 0.04), latency("p99", 0.05), latency("p99.9", 0.08),
            GateMetric(
                scenario: "simulated", name: "throughput", unit: .messagesPerSecond,
                scale: .inverseRatio, practical: 0.04, resolution: 0.08),
            GateMetric(
                scenario: "simulated", name: "stalls per minute", unit: .count,
                scale: .difference, practical: 6, resolution: 12),
        ]
    }()

    /// The next pair.
    package mutating func pair() -> GatePair {
        // Some minutes have more stalls than others, for both sides alike.
        let stallMean = 0.8 * exp(0.8 * random.normal() - 0.32)
        var baseline = side(isCandidate: false, stallMean: stallMean)
        var candidate = side(isCandidate: true, stallMean: stallMean)
        for turn in turns() {
            // The second turn is 1 % slower on every machine: caches, files, heat.
            let surroundings = environment() + 0.01 * Double(turn.position)
            if turn.isCandidate {
                addWindow(to: &candidate, surroundings)
            } else {
                addWindow(to: &baseline, surroundings)
            }
        }
        return GatePair(baseline: baseline.values, candidate: candidate.values)
    }

    /// Which side has which second, and whether its turn is the first or the second one.
    private mutating func turns() -> [(isCandidate: Bool, position: Int)] {
        var turns: [(isCandidate: Bool, position: Int)] = []
        var isCandidateFirst = random.coin()
        for index in 0..<(2 * Self.windowCount) {
            let position: Int
            switch mode {
            case .slices:
                position = index % 2
                if position == 0 { isCandidateFirst = random.coin() }
            case .runs: position = index / Self.windowCount
            }
            turns.append((isCandidateFirst == (position == 0), position))
        }
        return turns
    }

    private func has(_ own: NoiseModel) -> Bool { model == own || model == .everything }

    /// What the machine adds to p99's logarithm in the next second.
    private mutating func environment() -> Double {
        var sum = 0.0
        if has(.drift) {
            walk += 0.0011 * random.normal() + trend
            // A slow regime takes a fifth of the time and lasts 100 seconds.
            if random.uniform() < (isSlow ? 0.01 : 0.0025) { isSlow.toggle() }
            sum += walk + (isSlow ? 0.25 : 0)
        }
        if has(.autocorrelated) {
            // 0.7 from one run of ten seconds to the next.
            correlated = 0.965 * correlated + (1 - 0.965 * 0.965).squareRoot() * random.normal()
            sum += noise * correlated
        }
        return sum
    }

    /// One side of a pair: what its process adds, and its windows so far.
    private struct Side {
        var offsets: [Double]
        var stalls: [Int]
        var windows: [[Double]]

        /// The values of the metrics.
        var values: [Double] {
            let medians = windows.map { Median.of($0) }
            let stallCount = Double(stalls.reduce(0, +))
            return [
                1e6 * exp(medians[0]), 5e6 * exp(medians[1]), 1e7 * exp(medians[2]),
                1e5 * exp(-medians[3]), stallCount * 60 / Double(SimulatedMachine.windowCount),
            ]
        }
    }

    private mutating func side(isCandidate: Bool, stallMean: Double) -> Side {
        let spike =
            has(.heavyTails) && random.uniform() < 0.03 ? random.exponential(mean: 0.4) : 0
        let common = processNoise()
        var offsets: [Double] = []
        for (index, share) in Self.noiseShares.enumerated() {
            // A quarter of the variance; half of that is common to all metrics.
            var offset = noise * share * 0.5 * 0.5.squareRoot() * (common + processNoise())
            offset += spike * min(share, 1)
            if isCandidate { offset += effect.shifts[index] + session[index] }
            offsets.append(offset)
        }
        var stallCount = has(.stalls) ? random.poisson(mean: stallMean) : 0
        if isCandidate, effect == .stall { stallCount += random.coin() ? 2 : 3 }
        var stalls = [Int](repeating: 0, count: Self.windowCount)
        for _ in 0..<stallCount {
            stalls[Int(random.uniform() * Double(Self.windowCount))] += 1
        }
        return Side(offsets: offsets, stalls: stalls, windows: offsets.map { _ in [] })
    }

    private mutating func processNoise() -> Double {
        has(.heavyTails) ? random.heavyTailed() : random.normal()
    }

    /// Adds the logarithms of one second.
    private mutating func addWindow(to side: inout Side, _ surroundings: Double) {
        // Three quarters of the variance of a median, which for ten windows is 0.138 of theirs.
        let scale = noise * (0.75 / 0.138).squareRoot()
        let common = random.normal()
        let isStalled = side.stalls[side.windows[0].count] > 0
        for (index, share) in Self.noiseShares.enumerated() {
            var value = side.offsets[index] + surroundings * min(share, 1)
            value += scale * share * 0.5.squareRoot() * (common + random.normal())
            // A stall is far longer than any percentile: it reaches from p99 on.
            if isStalled, index == 1 || index == 2 {
                value += log(1 + Double(2 * index) * random.exponential(mean: 1))
            }
            side.windows[index].append(value)
        }
    }
}
