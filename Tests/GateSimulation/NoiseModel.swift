// Machines as a gate meets them, as random numbers.

import AeroReport
import Glibc

/// What a simulated machine does to measurements, beside noise of its own for every run.
package enum NoiseModel: String, CaseIterable, Sendable {
    /// Independent normal noise of every process and every window; nothing else.
    case normal
    /// Process noise of Student's t with 3 degrees of freedom, and 3 % of runs with a spike.
    case heavyTails = "heavy-tails"
    /// A random walk, a trend and slow regimes.
    case drift
    /// Neighbouring runs resemble each other: an AR(1) process with 0.7.
    case autocorrelated
    /// The whole machine stalls now and then, whoever is measured, in some pairs more than others.
    case stalls
    /// All of the above.
    case everything
}

/// What the candidate does differently.
package enum SimulatedEffect: String, CaseIterable, Sendable {
    /// Nothing: base against base.
    case none
    /// p99 and p99.9 are 5 % longer.
    case tail5 = "p99 +5 %"
    /// p99 and p99.9 are 10 % longer.
    case tail10 = "p99 +10 %"
    /// p99 and p99.9 are 20 % longer.
    case tail20 = "p99 +20 %"
    /// A stall of 60 ms every 4 seconds.
    case stall = "stall 60 ms/4 s"
    /// 5 % less throughput.
    case throughput5 = "throughput -5 %"
    /// 10 % less throughput.
    case throughput10 = "throughput -10 %"

    /// What is added to the logarithms of p50, p99, p99.9 and of the inverse throughput.
    var shifts: [Double] {
        switch self {
        case .none, .stall: return [0, 0, 0, 0]
        case .tail5: return [0, log(1.05), log(1.05), 0]
        case .tail10: return [0, log(1.10), log(1.10), 0]
        case .tail20: return [0, log(1.20), log(1.20), 0]
        case .throughput5: return [0, 0, 0, -log(0.95)]
        case .throughput10: return [0, 0, 0, -log(0.90)]
        }
    }
}

/// Random numbers of the shapes that noise has.
struct NoiseGenerator {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func uniform() -> Double { generator.uniform() }

    mutating func coin() -> Bool { generator.next() & 1 == 0 }

    /// Box and Muller's method, one of the two numbers.
    mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
    }

    /// Student's t with 3 degrees of freedom, scaled to variance 1.
    mutating func heavyTailed() -> Double {
        let squares = (0..<3).reduce(0.0) { sum, _ in
            let value = normal()
            return sum + value * value
        }
        return normal() / squares.squareRoot()
    }

    mutating func exponential(mean: Double) -> Double { -mean * log(1 - uniform()) }

    /// Knuth's method; for small means.
    mutating func poisson(mean: Double) -> Int {
        let limit = exp(-mean)
        var product = uniform()
        var count = 0
        while product > limit {
            product *= uniform()
            count += 1
        }
        return count
    }
}
