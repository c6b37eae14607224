// The histogram value: configuration, counters and what is tracked beside them.

/// A high dynamic range histogram of integer values, bit-compatible with HdrHistogram.
///
/// Values from 0 to `highestTrackableValue` are counted with `significantDigits` decimal digits of
/// precision. The unit is the caller's; AeroMQ records nanoseconds. A value that does not fit is
/// never lost: it is counted in ``outOfRangeCount``.
///
/// A histogram is a value: copies are independent and cheap until changed. It knows no clock, no
/// file and no thread; guard one that several threads record into, or better, merge one per thread
/// with ``add(_:)``. Percentiles of several histograms come from their sum, never from averages.
///
/// Memory: 8 bytes per counter, allocated by `init`; recording allocates nothing. 1 ns to 1 h with
/// 3 digits takes 33 x 1,024 counters (264 KiB).
///
/// Source: github.com/HdrHistogram/HdrHistogram 2.1.11, class `Histogram`.
public struct Histogram: Sendable {
    @usableFromInline var layout: BucketLayout
    /// `layout.countsLength` counters, none negative.
    @usableFromInline var counts: [Int64]
    /// The sum of `counts`.
    @usableFromInline var recordedCount: Int64
    /// The number of values refused because they were negative or above `highestTrackableValue`.
    ///
    /// Kept at `Int64.max` when it would exceed it. Summed by ``add(_:)``; not part of any encoding,
    /// as the format has no place for it.
    public internal(set) var outOfRangeCount: Int64
    /// The smallest recorded value as far as known, exact to its counter; `Int64.max` when empty.
    @usableFromInline var smallestValue: Int64
    /// The largest recorded value as far as known, exact to its counter; -1 when empty.
    @usableFromInline var largestValue: Int64

    /// Makes an empty histogram.
    ///
    /// - Parameters:
    ///   - lowestDiscernibleValue: The smallest value told apart from 0, 1...Int64.max / 2; rounded
    ///     down to a power of two.
    ///   - highestTrackableValue: The largest value to record, at least twice the lowest.
    ///   - significantDigits: Decimal digits of precision, 1...5.
    /// - Throws: `.invalid…` or `.unrepresentablePrecision` when the configuration is impossible.
    /// - Complexity: O(counters).
    public init(
        lowestDiscernibleValue: Int64 = 1, highestTrackableValue: Int64, significantDigits: Int
    ) throws(HistogramError) {
        self.init(
            layout: try BucketLayout(
                lowestDiscernibleValue: lowestDiscernibleValue,
                highestTrackableValue: highestTrackableValue,
                significantDigits: significantDigits))
    }

    init(layout: BucketLayout) {
        self.layout = layout
        counts = [Int64](repeating: 0, count: layout.countsLength)
        recordedCount = 0
        outOfRangeCount = 0
        smallestValue = .max
        largestValue = -1
    }

    /// The number of values recorded within the range.
    ///
    /// Must stay within `Int64`; recording past `Int64.max` traps.
    public var totalCount: Int64 { recordedCount }

    /// The smallest value told apart from 0, as configured.
    public var lowestDiscernibleValue: Int64 { layout.lowestDiscernibleValue }

    /// The largest value that is recorded, as configured.
    public var highestTrackableValue: Int64 { layout.highestTrackableValue }

    /// Decimal digits of precision, as configured.
    public var significantDigits: Int { layout.significantDigits }

    /// Whether no value has been recorded within the range.
    public var isEmpty: Bool { totalCount == 0 }

    /// Forgets all values, in place.
    ///
    /// - Complexity: O(counters up to the largest value). Allocates nothing, unless the counters are
    ///   shared with a copy.
    public mutating func reset() {
        for index in usedIndexes { counts[index] = 0 }
        recordedCount = 0
        outOfRangeCount = 0
        smallestValue = .max
        largestValue = -1
    }

    /// The counters from the smallest to the largest recorded value; empty when nothing is recorded.
    var usedIndexes: Range<Int> {
        guard totalCount > 0 else { return 0..<0 }
        return layout.countsIndex(of: smallestValue)..<layout.countsIndex(of: largestValue) + 1
    }

    /// The smallest value equivalent to `value` (sharing its counter).
    ///
    /// - Parameter value: At least 0.
    public func lowestEquivalentValue(_ value: Int64) -> Int64 {
        precondition(value >= 0, "a recordable value is not negative")
        return layout.lowestEquivalentValue(value)
    }

    /// The largest value equivalent to `value` (sharing its counter).
    ///
    /// - Parameter value: At least 0.
    public func highestEquivalentValue(_ value: Int64) -> Int64 {
        precondition(value >= 0, "a recordable value is not negative")
        return layout.highestEquivalentValue(value)
    }
}

extension Histogram: Equatable {
    /// Whether both have the same precision, the same counts at the same values and the same
    /// number of refused values.
    ///
    /// As in the reference, the highest trackable value does not matter. Unlike there, the number
    /// of out-of-range values does: a histogram that lost samples is not one that did not.
    public static func == (left: Histogram, right: Histogram) -> Bool {
        guard left.totalCount == right.totalCount,
            left.outOfRangeCount == right.outOfRangeCount,
            left.lowestDiscernibleValue == right.lowestDiscernibleValue,
            left.significantDigits == right.significantDigits
        else { return false }
        // Equal precision means equal counters, so only the number of them can differ.
        let used = left.usedIndexes
        return used == right.usedIndexes && left.counts[used] == right.counts[used]
    }
}

extension Histogram: CustomStringConvertible {
    /// One line with the range, the counts and a few percentiles.
    public var description: String {
        let percentiles = [50, 99, 99.9].map { "p\($0) \(value(atPercentile: $0))" }
        return "Histogram(\(lowestDiscernibleValue)...\(highestTrackableValue), "
            + "\(significantDigits) digits, count \(totalCount), out of range \(outOfRangeCount), "
            + "minimum \(minimum), \(percentiles.joined(separator: ", ")), maximum \(maximum))"
    }
}
