// How many pairs a gate measures, when it looks, and how sure it has to be.

/// The plan of a sequential gate. All levels are probabilities of error of one side, cumulative.
package struct GatePlan: Codable, Equatable, Sendable {
    /// After how many pairs it looks, ascending; the last is the most it measures.
    package var looks = [8, 12, 18, 27, 40, 56]
    /// Error that may be spent up to each look on calling a metric worse, all metrics together.
    ///
    /// A failure is confirmed by fresh pairs, and two independent errors have to meet: 3 % here
    /// and 10 % there are 0.3 % together.
    package var failLevels = [0.005, 0.01, 0.015, 0.02, 0.025, 0.03]
    /// Error that may be spent up to each look on excluding the resolution, for each metric.
    package var passLevels = [0.004, 0.01, 0.015, 0.02, 0.025, 0.03]
    /// After how many pairs it first asks whether the noise lets it decide at all.
    package var preflightPairs = 6
    /// Looks at the fresh pairs that confirm a failure; empty for no confirmation.
    package var confirmationLooks = [12, 24, 40]
    /// Error that may be spent up to each of these looks.
    package var confirmationLevels = [0.03, 0.06, 0.10]
    /// Chooses the sign changes of the tests.
    package var seed: UInt64 = 1
    /// The dimension of the group of sign changes.
    package var dimension = FlipGroup.defaultDimension

    /// The default plan.
    package init() {}

    /// A plan for pairs that are there already: one look, no confirmation.
    ///
    /// - Parameters:
    ///   - pairCount: At least 1.
    ///   - failLevel: The error of calling a metric worse, all together.
    ///   - passLevel: The error of excluding the resolution, for each.
    ///   - seed: Chooses the sign changes.
    package init(
        pairCount: Int, failLevel: Double = 0.01, passLevel: Double = 0.05, seed: UInt64 = 1
    ) {
        looks = [pairCount]
        failLevels = [failLevel]
        passLevels = [passLevel]
        preflightPairs = pairCount
        confirmationLooks = []
        confirmationLevels = []
        self.seed = seed
    }

    /// Refuses plans that make no sense, above all those that could never fail or never pass.
    ///
    /// - Throws: What is wrong, with the arithmetic.
    package func validate() throws(GatePlanError) {
        try Self.validate(looks, failLevels, what: "looks and fail levels")
        try Self.validate(looks, passLevels, what: "looks and pass levels")
        guard (1...looks[0]).contains(preflightPairs) else {
            throw .disordered(what: "preflight pairs, which are at most those of the first look")
        }
        guard (1...20).contains(dimension) else { throw .disordered(what: "the dimension") }
        try require(looks, failLevels, .fail)
        try require(looks, passLevels, .pass)
        if confirmationLooks.isEmpty, confirmationLevels.isEmpty { return }
        try Self.validate(confirmationLooks, confirmationLevels, what: "confirmation looks")
        try require(confirmationLooks, confirmationLevels, .confirmation)
    }

    /// The least pairs with which a one-sided sign-flip test can reach a level.
    package static func pairsNeeded(level: Double) -> Int {
        var count = 1
        var probability = 0.5
        while probability > level, count < 64 {
            probability /= 2
            count += 1
        }
        return count
    }

    private static func validate(
        _ looks: [Int], _ levels: [Double], what: String
    ) throws(GatePlanError) {
        let isAscending = zip(looks, looks.dropFirst()).allSatisfy { $0 < $1 }
        let isSpending = zip(levels, levels.dropFirst()).allSatisfy { $0 <= $1 }
        guard let first = looks.first, let last = looks.last, first > 0, isAscending,
            looks.count == levels.count, isSpending, levels.allSatisfy({ $0 >= 0 && $0 < 0.5 })
        else { throw .disordered(what: what) }
        guard last <= SignedRankDistribution.valueCountMax else {
            throw .tooManyPairs(last, most: SignedRankDistribution.valueCountMax)
        }
    }

    /// At the last look the single most extreme outcome has to be within the level.
    private func require(
        _ looks: [Int], _ levels: [Double], _ outcome: GatePlanError.Outcome
    ) throws(GatePlanError) {
        let pairs = looks[looks.count - 1]
        let bits = min(pairs, dimension)
        // BOUND: up to 20 bits, as the dimension is.
        let probability = 1 / Double(1 << bits)
        let level = levels[levels.count - 1]
        if probability > level {
            throw .powerless(
                outcome, pairs: pairs, bits: bits, level: level,
                needed: Self.pairsNeeded(level: level))
        }
    }
}

/// Why a plan is refused.
package enum GatePlanError: Error, Equatable, Sendable {
    /// What a plan can be unable to say.
    package enum Outcome: String, Sendable {
        case fail, pass, confirmation
    }

    /// Lists that do not fit each other or are not in order.
    case disordered(what: String)
    /// More pairs than the exact tests take.
    case tooManyPairs(Int, most: Int)
    /// No data could ever lead to the outcome.
    case powerless(Outcome, pairs: Int, bits: Int, level: Double, needed: Int)
    /// A threshold that is not larger than nothing, or a resolution that is not above it.
    case threshold(metric: String)
    /// No metric at all.
    case nothingToJudge
}

extension GatePlanError: CustomStringConvertible {
    /// One sentence for a human, without a full stop.
    package var description: String {
        switch self {
        case .disordered(let what): return "the plan's numbers do not fit: \(what)"
        case .tooManyPairs(let pairs, let most):
            return "the plan has \(pairs) pairs, at most \(most) can be judged exactly"
        case .powerless(let outcome, let pairs, let bits, let level, let needed):
            func text(_ share: Double) -> String { UnitText.fixed(share * 100, decimals: 3) + " %" }
            let event = outcome == .confirmation ? "confirm a failure" : outcome.rawValue
            return "this plan can never \(event): with \(pairs) pairs the smallest possible "
                + "p-value is 2^-\(bits) = \(text(1 / Double(1 << bits))), above the "
                + "\(text(level)) it has to reach; plan at least \(needed) pairs"
        case .threshold(let metric):
            return "the resolution of \(metric) has to be larger than its threshold, and both "
                + "larger than 0"
        case .nothingToJudge: return "there is no metric to judge"
        }
    }
}
