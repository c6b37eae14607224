// How far a metric may have changed, at any of several looks: the sequential test, inverted.

/// The shifts that a test with looks has not refuted.
package enum SequentialInterval {
    /// Bounds of the shift that hold at every look together.
    ///
    /// Each end is where `SequentialFlipTest` stops to refute: stopping early when things look bad
    /// or good does not make the interval too narrow.
    ///
    /// - Parameters:
    ///   - differences: Of all pairs so far, at least one.
    ///   - looks: How many pairs each look had, ascending, none more than there are.
    ///   - levels: The share of the one-sided error that is spent up to and with each look.
    ///   - group: The sign changes.
    /// - Returns: Bounds that are differences' averages; infinite where nothing can be refuted.
    package static func bounds(
        _ differences: [Double], looks: [Int], levels: [Double], group: FlipGroup
    ) -> (lower: Double, upper: Double) {
        let upper = upperBound(differences, looks: looks, levels: levels, group: group)
        let mirrored = upperBound(
            differences.map { -$0 }, looks: looks, levels: levels, group: group)
        return (-mirrored, upper)
    }

    private static func upperBound(
        _ differences: [Double], looks: [Int], levels: [Double], group: FlipGroup
    ) -> Double {
        let averages = ShiftEstimate.walshAverages(differences)
        // Ranks change only at averages: every shift between two of them is refuted or none is.
        func refutes(above index: Int) -> Bool {
            let next = index + 1 < averages.count ? averages[index + 1] : averages[index] + 1
            let shift = (averages[index] + next) / 2
            var test = SequentialFlipTest(group: group)
            for (count, level) in zip(looks, levels) {
                let column = SignedRanks(differences.prefix(count).map { shift - $0 })
                if test.look([column], level: level).isRejected { return true }
            }
            return false
        }
        var low = 0
        var high = averages.count - 1
        guard refutes(above: high) else { return .infinity }
        while low < high {
            let middle = (low + high) / 2
            if refutes(above: middle) { high = middle } else { low = middle + 1 }
        }
        return averages[low]
    }
}
