// An interval's counts and latencies over all classes, for those who watch a run.

import AeroLoad
import HDRHistogram

extension AeroLoad.IntervalRecord {
    /// A count of all classes together.
    func total(_ count: (IntervalCounts) -> Int64) -> Int64 {
        counts.reduce(0) { $0 + count($1) }
    }

    /// A count of all classes together, a second; nil for an interval without length.
    func perSecond(_ count: (IntervalCounts) -> Int64) -> Double? {
        let nanoseconds = endNanoseconds - startNanoseconds
        return nanoseconds > 0 ? Double(total(count)) * 1e9 / Double(nanoseconds) : nil
    }
}

extension Histogram? {
    /// Adds to a sum that begins with the first histogram.
    mutating func add(_ histogram: Histogram) throws(HistogramError) {
        if self == nil { self = histogram } else { try self?.add(histogram) }
    }
}
