// Questions to a histogram: percentiles, counts, extremes and moments.

extension Histogram {
    /// The value that a share of the recorded values does not exceed.
    ///
    /// The largest value equivalent to the smallest one at or below which at least `percentile` per
    /// cent of all values lie; for 0 exactly, the lowest equivalent of the smallest value. Out of
    /// range values have no part in it. Source: `getValueAtPercentile` of the Java reference.
    ///
    /// - Parameter percentile: In per cent; clamped to 0...100. Not a NaN.
    /// - Returns: The value, in the recorded unit; 0 when nothing is recorded.
    /// - Complexity: O(counters in use).
    public func value(atPercentile percentile: Double) -> Int64 {
        precondition(!percentile.isNaN, "a percentile is a number")
        guard !isEmpty else { return 0 }
        // One ulp less, so that rounding up to a whole count does not overrun into the next one.
        let requested = min(max(percentile.nextDown, 0), 100)
        let fraction = requested * Double(totalCount) / 100
        // Totals above 2^53 may round up to 2^63 as a Double, which is no Int64.
        let target =
            fraction >= Double(totalCount) ? totalCount : max(Int64(fraction.rounded(.up)), 1)
        var cumulative: Int64 = 0
        for index in usedIndexes {
            cumulative += counts[index]
            if cumulative >= target {
                let value = layout.lowestValue(at: index)
                return percentile == 0 ? value : layout.highestEquivalentValue(value)
            }
        }
        preconditionFailure("the counts of a histogram sum up to its total")
    }

    /// The share of recorded values that are at most `value`, or equivalent to it.
    ///
    /// - Returns: Per cent, 0...100; 100 when nothing is recorded, as in the reference.
    /// - Complexity: O(counters in use).
    public func percentile(atOrBelow value: Int64) -> Double {
        guard !isEmpty else { return 100 }
        guard value >= 0 else { return 0 }
        let used = usedIndexes
        let end = min(layout.countsIndex(of: value) + 1, used.upperBound)
        guard end > used.lowerBound else { return 0 }
        let count = counts[used.lowerBound..<end].reduce(0, +)
        return 100 * Double(count) / Double(totalCount)
    }

    /// The number of recorded values that are equivalent to `value`.
    ///
    /// - Returns: The count; 0 for a value that cannot have been recorded.
    public func count(at value: Int64) -> Int64 {
        guard value >= 0 else { return 0 }
        let index = layout.countsIndex(of: value)
        return index < counts.count ? counts[index] : 0
    }

    /// The lowest equivalent of the smallest recorded value; 0 when nothing is recorded.
    public var minimum: Int64 {
        isEmpty ? 0 : layout.lowestEquivalentValue(smallestValue)
    }

    /// The highest equivalent of the largest recorded value; 0 when nothing is recorded.
    public var maximum: Int64 {
        isEmpty ? 0 : layout.highestEquivalentValue(largestValue)
    }

    /// The mean of the median equivalents of all recorded values; 0 when nothing is recorded.
    ///
    /// - Complexity: O(counters in use).
    public var mean: Double {
        guard !isEmpty else { return 0 }
        var total = 0.0
        for index in usedIndexes where counts[index] > 0 {
            total += medianValue(at: index) * Double(counts[index])
        }
        return total / Double(totalCount)
    }

    /// The standard deviation of the median equivalents of all recorded values; 0 when nothing is
    /// recorded.
    ///
    /// - Complexity: O(counters in use).
    public var standardDeviation: Double {
        guard !isEmpty else { return 0 }
        let mean = mean
        var total = 0.0
        for index in usedIndexes where counts[index] > 0 {
            let deviation = medianValue(at: index) - mean
            total += deviation * deviation * Double(counts[index])
        }
        return (total / Double(totalCount)).squareRoot()
    }

    private func medianValue(at index: Int) -> Double {
        Double(layout.medianEquivalentValue(layout.lowestValue(at: index)))
    }
}
