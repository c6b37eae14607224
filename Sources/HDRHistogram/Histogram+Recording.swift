// Recording: the hot path, and the correction for coordinated omission.

extension Histogram {
    /// Counts one value.
    ///
    /// The reference accepts values up to the end of the last bucket, which may lie above
    /// `highestTrackableValue`; here the configured limit holds exactly.
    ///
    /// - Parameter value: In the caller's unit. When negative or above `highestTrackableValue`, it
    ///   is counted in ``outOfRangeCount``.
    /// - Complexity: O(1), a few nanoseconds. Allocates nothing, unless the counters are shared
    ///   with a copy.
    @inlinable
    public mutating func record(_ value: Int64) {
        // One unsigned comparison refuses negative values too.
        guard UInt64(bitPattern: value) <= UInt64(bitPattern: layout.highestTrackableValue) else {
            countOutOfRange(1)
            return
        }
        counts[layout.countsIndex(of: value)] &+= 1
        recordedCount += 1
        if value < smallestValue { smallestValue = value }
        if value > largestValue { largestValue = value }
    }

    /// Counts a value several times.
    ///
    /// - Parameters:
    ///   - value: As in ``record(_:)``.
    ///   - count: How often, at least 0.
    @inlinable
    public mutating func record(_ value: Int64, count: Int64) {
        precondition(count >= 0, "a value cannot be recorded a negative number of times")
        guard count > 0 else { return }
        guard UInt64(bitPattern: value) <= UInt64(bitPattern: layout.highestTrackableValue) else {
            countOutOfRange(count)
            return
        }
        recordedCount += count
        // No counter exceeds the total, which did not overflow.
        counts[layout.countsIndex(of: value)] &+= count
        if value < smallestValue { smallestValue = value }
        if value > largestValue { largestValue = value }
    }

    /// Counts a value and the values that a stalled, closed-loop measurer failed to take.
    ///
    /// When `value` exceeds `expectedInterval`, the values `value - expectedInterval`,
    /// `value - 2 * expectedInterval`, … down to `expectedInterval` are counted too, as the
    /// reference does. Of an out-of-range value, the missing ones are counted like any other;
    /// the reference stops with an exception there.
    ///
    /// - Parameters:
    ///   - value: As in ``record(_:)``.
    ///   - expectedInterval: The intended time between values, in their unit; 0 or less corrects
    ///     nothing.
    /// - Complexity: O(counters), however many values are missing.
    public mutating func record(_ value: Int64, expectedInterval: Int64) {
        record(value)
        guard expectedInterval > 0, value >= expectedInterval else { return }
        var missing = value - expectedInterval
        while missing >= expectedInterval {
            // All missing values that share a counter are recorded at once, so that a huge value
            // over a tiny interval costs one step per counter. BOUND: at most `countsLength` + 1.
            let floor =
                missing > highestTrackableValue
                ? highestTrackableValue + 1 : layout.lowestEquivalentValue(missing)
            let count = (missing - max(floor, expectedInterval)) / expectedInterval + 1
            record(missing, count: count)
            missing -= count * expectedInterval
        }
    }

    @usableFromInline
    mutating func countOutOfRange(_ count: Int64) {
        let (sum, didOverflow) = outOfRangeCount.addingReportingOverflow(count)
        outOfRangeCount = didOverflow ? .max : sum
    }
}
