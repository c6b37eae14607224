// What a gate does at its looks.

extension GateExperiment {
    /// After a pair of the first stage: preflight, look, or go on.
    mutating func afterScreeningPair() -> GateAction {
        let count = screening.pairCount
        guard let look = plan.looks.firstIndex(of: count) else {
            if count == plan.preflightPairs, let doubt = hopelessness() {
                return .conclude(.inconclusive(doubt))
            }
            let target = count < plan.preflightPairs ? plan.preflightPairs : nextLook(after: count)
            return .measure(target - count, .screening)
        }
        return self.look(look)
    }

    /// After a pair of the second stage.
    mutating func afterConfirmationPair() -> GateAction {
        let count = confirmation.pairCount
        guard let look = plan.confirmationLooks.firstIndex(of: count) else {
            let target = plan.confirmationLooks.first { $0 > count } ?? count + 1
            return .measure(target - count, .confirmation)
        }
        confirmationLooksDone.append(count)
        let columns = suspects.map { SignedRanks(confirmation.differences[$0]) }
        let outcome = confirmationTest.look(columns, level: plan.confirmationLevels[look])
        var confirmed: [Int] = []
        for (position, index) in suspects.enumerated() where confirmationTest.isRejected {
            let column = columns[position]
            if column.standardisedSum < outcome.threshold { continue }
            // The first estimate flatters itself, as it was looked at because it was large, and
            // has what its session added; the second has to be large enough by itself.
            let fresh = ShiftEstimate.value(of: confirmation.differences[index])
            if fresh >= thresholds[index].practical { confirmed.append(index) }
        }
        if !confirmed.isEmpty { return .conclude(.fail(metrics: confirmed)) }
        let isGone = suspects.allSatisfy {
            ShiftEstimate.value(of: confirmation.differences[$0]) <= 0
        }
        if isGone || look + 1 == plan.confirmationLooks.count {
            return .conclude(.inconclusive(.unconfirmed(metrics: suspects)))
        }
        return .measure(plan.confirmationLooks[look + 1] - count, .confirmation)
    }

    private mutating func look(_ look: Int) -> GateAction {
        let count = plan.looks[look]
        looksDone.append(count)
        if thresholds.isEmpty {
            thresholds = metrics.indices.map { metrics[$0].thresholds(screening.values($0)) }
        }
        testForWorse(look)
        testForResolution(look)
        suspects = metrics.indices.filter { index in
            isSignificant[index]
                && ShiftEstimate.value(of: screening.differences[index])
                    >= thresholds[index].practical
        }
        if !suspects.isEmpty {
            guard let first = plan.confirmationLooks.first else {
                return .conclude(.fail(metrics: suspects))
            }
            return .measure(first, .confirmation)
        }
        let undecided = metrics.indices.filter { !isExcluded[$0] }
        if undecided.isEmpty { return .conclude(.pass) }
        if look + 1 == plan.looks.count {
            return .conclude(.inconclusive(.pairsExhausted(metrics: undecided)))
        }
        if let doubt = hopelessness() { return .conclude(.inconclusive(doubt)) }
        return .measure(plan.looks[look + 1] - count, .screening)
    }

    /// One test of all metrics together: is any of them worse at all?
    private mutating func testForWorse(_ look: Int) {
        let columns = screening.differences.map { SignedRanks($0) }
        let outcome = failTest.look(columns, level: plan.failLevels[look])
        guard failTest.isRejected else { return }
        for (index, column) in columns.enumerated()
        where column.standardisedSum >= outcome.threshold {
            isSignificant[index] = true
        }
    }

    /// One test of each metric: is a worsening of the resolution excluded? All have to be, so that
    /// no correction for their number is needed.
    private mutating func testForResolution(_ look: Int) {
        for index in metrics.indices where !isExcluded[index] {
            let resolution = thresholds[index].resolution
            let column = SignedRanks(screening.differences[index].map { resolution - $0 })
            let outcome = passTests[index].look([column], level: plan.passLevels[look])
            if outcome.isRejected { isExcluded[index] = true }
        }
    }

    private func nextLook(after count: Int) -> Int {
        plan.looks.first { $0 > count } ?? count + 1
    }

    /// Whether all pairs of the plan would decide about none of the open metrics.
    ///
    /// With the noise so far, an interval over all pairs would be wider than the resolution for
    /// every one of them, and none of them stands out already.
    private func hopelessness() -> GateDoubt? {
        let most = Double(plan.looks[plan.looks.count - 1])
        let open = metrics.indices.filter { !isExcluded[$0] }
        for index in open {
            let differences = screening.differences[index]
            let limits =
                thresholds.isEmpty
                ? metrics[index].thresholds(screening.values(index)) : thresholds[index]
            let reach = Self.projectedReach * ShiftEstimate.spread(of: differences)
            let isLarge =
                ShiftEstimate.value(of: differences) * most.squareRoot() > 1.5 * reach
            if reach / most.squareRoot() <= limits.resolution || isLarge { return nil }
        }
        return open.isEmpty ? nil : .noise(metrics: Array(open))
    }

    /// Half the width of an interval over all pairs, in standard errors: the 5 % point with what
    /// looking several times costs.
    static let projectedReach = 2.0
}
