// Adding and subtracting whole histograms.

extension Histogram {
    /// Adds all counts of another histogram, also of one configured differently.
    ///
    /// Counts of a different configuration are recorded at the lowest equivalent value of their
    /// counter, as the reference does. Out-of-range counts are added up.
    ///
    /// - Throws: `.valuesOutOfRange` when the other holds values beyond this one's last counter,
    ///   `.countOverflow` when the totals exceed `Int64.max`. Nothing is changed then.
    /// - Complexity: O(counters in use). Allocates nothing, unless the counters are shared.
    public mutating func add(_ other: Histogram) throws(HistogramError) {
        try requireFit(of: other)
        let (total, didOverflow) = totalCount.addingReportingOverflow(other.totalCount)
        guard !didOverflow else { throw .countOverflow }
        countOutOfRange(other.outOfRangeCount)
        guard !other.isEmpty else { return }
        if layout.hasSameCounters(as: other.layout) {
            for index in other.usedIndexes { counts[index] &+= other.counts[index] }
        } else {
            for index in other.usedIndexes where other.counts[index] > 0 {
                let value = other.layout.lowestValue(at: index)
                counts[layout.countsIndex(of: value)] &+= other.counts[index]
            }
        }
        recordedCount = total
        trackRange(of: other)
    }

    /// Takes away all counts of another histogram, also of one configured differently.
    ///
    /// - Throws: `.valuesOutOfRange` as ``add(_:)``, `.countUnderflow` when the other counts more
    ///   somewhere than this one. Nothing is changed then.
    /// - Complexity: O(counters); allocates one copy of the counters, to be able to refuse.
    public mutating func subtract(_ other: Histogram) throws(HistogramError) {
        try requireFit(of: other)
        guard other.outOfRangeCount <= outOfRangeCount else {
            throw .countUnderflow(
                value: -1, count: outOfRangeCount, subtracted: other.outOfRangeCount)
        }
        var difference = counts
        for index in other.usedIndexes where other.counts[index] > 0 {
            let value = other.layout.lowestValue(at: index)
            let target = layout.countsIndex(of: value)
            guard other.counts[index] <= difference[target] else {
                throw .countUnderflow(
                    value: value, count: difference[target], subtracted: other.counts[index])
            }
            difference[target] -= other.counts[index]
        }
        counts = difference
        recordedCount -= other.recordedCount
        outOfRangeCount -= other.outOfRangeCount
        findRange()
    }

    private func requireFit(of other: Histogram) throws(HistogramError) {
        let highestRecordableValue = layout.highestRecordableValue
        guard other.maximum <= highestRecordableValue else {
            throw .valuesOutOfRange(
                maximum: other.maximum, highestRecordableValue: highestRecordableValue)
        }
    }

    private mutating func trackRange(of other: Histogram) {
        // Where the counters differ, the other's values have moved to the start of their counter.
        let used = other.usedIndexes
        smallestValue = min(smallestValue, other.layout.lowestValue(at: used.lowerBound))
        largestValue = max(largestValue, other.layout.lowestValue(at: used.upperBound - 1))
    }

    /// Finds the smallest and largest value anew after counts have gone.
    private mutating func findRange() {
        let used = counts.firstIndex { $0 > 0 }.flatMap { first in
            counts.lastIndex { $0 > 0 }.map { last in first...last }
        }
        smallestValue = used.map { layout.lowestValue(at: $0.lowerBound) } ?? .max
        largestValue = used.map { layout.lowestValue(at: $0.upperBound) } ?? -1
    }
}
