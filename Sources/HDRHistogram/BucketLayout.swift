// The arithmetic between values and counter indexes, identical to the reference implementation's.

import Glibc

/// How a configuration maps values to counters: linear sub-buckets within power-of-two buckets.
///
/// Counter `i` belongs to bucket `i >> subBucketHalfCountMagnitude` less one; the lowest bucket has
/// `subBucketCount` counters, each further one the upper half only, as its lower half would repeat
/// the bucket below. Source: HdrHistogram 2.1.11, `AbstractHistogram.init` and `establishSize`.
@usableFromInline
struct BucketLayout: Sendable, Equatable {
    /// The smallest value that is told apart from 0, >= 1.
    @usableFromInline let lowestDiscernibleValue: Int64
    /// The largest value that is recorded; beyond it values are counted as out of range.
    @usableFromInline let highestTrackableValue: Int64
    /// Significant decimal digits, 1...5.
    @usableFromInline let significantDigits: Int
    /// log2 of the counter width in the lowest bucket.
    @usableFromInline let unitMagnitude: Int
    /// log2 of half the number of sub-buckets.
    @usableFromInline let subBucketHalfCountMagnitude: Int
    /// The bits that a value of the lowest bucket can have.
    @usableFromInline let subBucketMask: Int64
    /// Leading zeros of the lowest bucket's largest value.
    @usableFromInline let leadingZeroCountBase: Int
    /// Number of power-of-two buckets.
    let bucketCount: Int

    /// - Throws: `.invalid…` or `.unrepresentablePrecision` for a configuration that the reference
    ///   implementation refuses as well.
    init(
        lowestDiscernibleValue lowest: Int64, highestTrackableValue highest: Int64,
        significantDigits digits: Int
    ) throws(HistogramError) {
        guard lowest >= 1, lowest <= Int64.max / 2 else {
            throw .invalidLowestDiscernibleValue(lowest)
        }
        guard highest >= 2 * lowest else {
            throw .invalidHighestTrackableValue(highest, lowestDiscernibleValue: lowest)
        }
        guard (1...5).contains(digits) else { throw .invalidSignificantDigits(digits) }

        // The next power of two of 2 * 10^digits, which is itself never a power of two.
        let largestSingleUnitValue = (0..<digits).reduce(2) { product, _ in product * 10 }
        let subBucketCountMagnitude = Int.bitWidth - largestSingleUnitValue.leadingZeroBitCount
        // The reference takes the logarithm in floating point, which rounds up just below large
        // powers of two; an exact one would lay such configurations out differently.
        let unitMagnitude = Int(log(Double(lowest)) / log(2.0))
        guard subBucketCountMagnitude + unitMagnitude <= 62 else {
            throw .unrepresentablePrecision(
                lowestDiscernibleValue: lowest, significantDigits: digits)
        }
        lowestDiscernibleValue = lowest
        highestTrackableValue = highest
        significantDigits = digits
        self.unitMagnitude = unitMagnitude
        subBucketHalfCountMagnitude = subBucketCountMagnitude - 1
        subBucketMask = ((1 << Int64(subBucketCountMagnitude)) - 1) << Int64(unitMagnitude)
        leadingZeroCountBase = 64 - unitMagnitude - subBucketCountMagnitude
        bucketCount = Self.bucketCount(
            covering: highest, lowestBucketEnd: 1 << Int64(subBucketCountMagnitude + unitMagnitude))
    }

    private static func bucketCount(covering value: Int64, lowestBucketEnd: Int64) -> Int {
        var smallestUntrackableValue = lowestBucketEnd
        var bucketCount = 1
        while smallestUntrackableValue <= value {
            bucketCount += 1
            if smallestUntrackableValue > Int64.max / 2 { break }
            smallestUntrackableValue <<= 1
        }
        return bucketCount
    }

    /// Number of counters. BOUND: at most 47 * 131,072 (5 digits up to `Int64.max`), 49 MB.
    var countsLength: Int { (bucketCount + 1) << subBucketHalfCountMagnitude }

    /// Number of linear sub-buckets of the lowest bucket.
    var subBucketCount: Int { 2 << subBucketHalfCountMagnitude }

    /// The largest value that falls into the last counter, >= `highestTrackableValue`.
    var highestRecordableValue: Int64 { highestEquivalentValue(lowestValue(at: countsLength - 1)) }

    /// Whether counters of both layouts at one index count the same values.
    func hasSameCounters(as other: BucketLayout) -> Bool {
        bucketCount == other.bucketCount && unitMagnitude == other.unitMagnitude
            && subBucketHalfCountMagnitude == other.subBucketHalfCountMagnitude
    }

    @inlinable
    @inline(__always)
    func bucketIndex(of value: Int64) -> Int {
        leadingZeroCountBase &- (value | subBucketMask).leadingZeroBitCount
    }

    /// The counter of a value >= 0; beyond `countsLength` for values above the range.
    @inlinable
    @inline(__always)
    func countsIndex(of value: Int64) -> Int {
        let bucket = bucketIndex(of: value)
        let subBucket = Int(value &>> Int64(truncatingIfNeeded: bucket &+ unitMagnitude))
        return (bucket &<< subBucketHalfCountMagnitude) &+ subBucket
    }

    /// The smallest value of counter `index`; wraps to negative past the end of `Int64`.
    func lowestValue(at index: Int) -> Int64 {
        let halfCount = 1 << subBucketHalfCountMagnitude
        let bucket = (index >> subBucketHalfCountMagnitude) - 1
        let subBucket = index & (halfCount - 1)
        guard bucket >= 0 else { return Int64(subBucket) << Int64(unitMagnitude) }
        return Int64(subBucket + halfCount) << Int64(bucket + unitMagnitude)
    }

    func lowestEquivalentValue(_ value: Int64) -> Int64 {
        let shift = Int64(bucketIndex(of: value) + unitMagnitude)
        return (value >> shift) << shift
    }

    func highestEquivalentValue(_ value: Int64) -> Int64 {
        // Wraps at the end of Int64 and back, so the last counter ends at Int64.max.
        lowestEquivalentValue(value) &+ equivalentRangeSize(of: value) &- 1
    }

    func medianEquivalentValue(_ value: Int64) -> Int64 {
        lowestEquivalentValue(value) + equivalentRangeSize(of: value) >> 1
    }

    func equivalentRangeSize(of value: Int64) -> Int64 {
        1 << Int64(bucketIndex(of: value) + unitMagnitude)
    }
}
