// What one run says about a latency, window by window, so that one stall is one window.

package import HDRHistogram

/// The measured windows of one series of one run.
///
/// The percentile of a whole run is decided by its worst second: one stall of 200 ms in 20 s *is*
/// the 99th percentile. The median over windows of each window's percentile is not moved by it;
/// stalls are counted apart. Nothing is averaged: wider windows are sums of histograms.
package struct WindowStatistics: Sendable {
    private let windows: [Histogram]

    /// Reads the windows after the warm-up.
    ///
    /// - Parameters:
    ///   - record: The series.
    ///   - rest: Numbers of intervals that are no windows: the drain, and what the end of the run
    ///     cut off. Their samples are late or few, and say nothing of a usual second.
    ///   - path: Where it stands in its document, for errors.
    /// - Throws: `.invalidValue` when a histogram does not decode.
    package init(
        _ record: SeriesRecord, leavingOut rest: Set<Int>, path: String
    ) throws(ResultFileError) {
        var windows: [Histogram] = []
        for (index, interval) in record.intervals.enumerated()
        where !interval.isWarmup && !rest.contains(interval.index) {
            do {
                windows.append(try Histogram(base64: interval.histogram))
            } catch {
                throw .invalidValue(
                    path: "\(path).intervals[\(index)].histogram", detail: "\(error)")
            }
        }
        self.init(windows: windows)
    }

    /// Takes histograms of equal windows, in order.
    package init(windows: [Histogram]) { self.windows = windows }

    /// How many windows there are.
    package var count: Int { windows.count }

    /// Samples of all windows.
    package var sampleCount: Int64 {
        var sum: Int64 = 0
        for window in windows { sum.addSaturating(window.totalCount) }
        return sum
    }

    /// How many windows have to be taken together for a percentile to be more than luck.
    ///
    /// - Parameters:
    ///   - counts: Samples of each window.
    ///   - percentile: 0...100.
    ///   - samplesBeyond: Samples that half of the windows must have beyond it.
    /// - Returns: The number; nil when even the whole run has too few.
    package static func widening(
        counts: [Int64], percentile: Double, samplesBeyond: Int64
    ) -> Int? {
        // 100 - 99.9 is a little less than 0.1; a sample must not vanish in that.
        let share = (100 - percentile) / 100 + 1e-12
        let needed = Double(samplesBeyond)
        let all = counts.reduce(0.0) { $0 + Double($1) }
        if all == 0 || all * share < needed { return nil }
        let usual = Median.of(counts.map { Double($0) }) * share
        if usual >= needed { return 1 }
        let width = usual > 0 ? needed / usual : Double(counts.count)
        return Int(min(width.rounded(.up), Double(counts.count)))
    }

    /// Each window's percentile, in nanoseconds, in order; windows without samples are left out.
    ///
    /// - Parameters:
    ///   - percentile: 0...100.
    ///   - widening: How many windows are taken together; those left over at the end join the last.
    /// - Throws: `.invalidValue` when histograms do not fit each other.
    package func percentiles(
        _ percentile: Double, widening: Int
    ) throws(ResultFileError) -> [Double] {
        if widening <= 1 {
            return windows.filter { $0.totalCount > 0 }.map {
                Double($0.value(atPercentile: percentile))
            }
        }
        if windows.isEmpty { return [] }
        var values: [Double] = []
        let groupCount = max(windows.count / widening, 1)
        for group in 0..<groupCount {
            let end = group + 1 == groupCount ? windows.count : (group + 1) * widening
            var sum = windows[group * widening]
            for window in windows[(group * widening + 1)..<max(end, group * widening + 1)] {
                do { try sum.add(window) } catch {
                    throw .invalidValue(path: "intervals", detail: "\(error)")
                }
            }
            if sum.totalCount > 0 { values.append(Double(sum.value(atPercentile: percentile))) }
        }
        return values
    }

    /// The median over windows of a percentile, in nanoseconds; nil without samples.
    ///
    /// - Throws: `.invalidValue` when histograms do not fit each other.
    package func median(
        ofPercentile percentile: Double, widening: Int = 1
    ) throws(ResultFileError) -> Double? {
        let values = try percentiles(percentile, widening: widening)
        return values.isEmpty ? nil : Median.of(values)
    }

    /// The longest sample of each window, in nanoseconds.
    package var maxima: [Double] { windows.map { $0.totalCount > 0 ? Double($0.maximum) : 0 } }

    /// Windows with a sample longer than a limit.
    package func stalls(longerThan nanoseconds: Double) -> Int {
        maxima.reduce(0) { $0 + ($1 > nanoseconds ? 1 : 0) }
    }

    /// From which length on a sample is a stall, for two runs alike.
    ///
    /// Ten times the usual median and twice the usual maximum of the calmer of the two, so that
    /// neither a slow path nor an ordinary tail counts; it does not depend on which side is which.
    ///
    /// - Parameter floor: Nothing shorter is a stall, in nanoseconds.
    package static func stallLimit(
        _ left: WindowStatistics, _ right: WindowStatistics, floor: Double
    ) throws(ResultFileError) -> Double {
        var limits: [Double] = []
        for side in [left, right] {
            let median = try side.median(ofPercentile: 50) ?? 0
            limits.append(max(10 * median, 2 * Median.of(side.maxima)))
        }
        return max(limits.min() ?? 0, floor)
    }
}
