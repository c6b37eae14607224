// Which pair comes next, and which side of it first.

/// What a pair is going to be, decided before anything is known of it.
package struct PairPlan: Codable, Equatable, Sendable {
    /// Counts from 1, pairs of the base against itself included.
    package var number: Int
    /// Whether both sides are the base, in order to see what no change looks like here.
    package var isCanary: Bool
    /// The side that is measured first.
    package var first: GateSide

    /// Makes the plan from its parts; each parameter is the property of the same name.
    package init(number: Int, isCanary: Bool, first: GateSide) {
        self.number = number
        self.isCanary = isCanary
        self.first = first
    }

    /// Both sides, in the order in which they are measured.
    package var order: [GateSide] {
        first == .baseline ? [.baseline, .candidate] : [.candidate, .baseline]
    }
}

/// Draws plans from a seed: a fair coin for the order of each pair, canaries at an even pace.
struct PairSequence: Sendable {
    private var coins: SeededGenerator
    private let canaryShare: Double
    private var number = 0
    private var canaryCount = 0

    /// - Parameter canaryShare: Of all pairs, at least 0 and below 1.
    init(seed: UInt64, canaryShare: Double) {
        coins = SeededGenerator(seed: seed)
        self.canaryShare = canaryShare
    }

    mutating func next() -> PairPlan {
        number += 1
        // Rounding in the sum must not put a canary off by a pair.
        let isCanary = Double(canaryCount + 1) <= Double(number) * canaryShare + 1e-9
        if isCanary { canaryCount += 1 }
        let first: GateSide = coins.next() & 1 == 0 ? .baseline : .candidate
        return PairPlan(number: number, isCanary: isCanary, first: first)
    }
}
