// How much a target has to be held up for its p99 to grow by a given share.

/// Short holds at random moments, sized by what a target measures without them.
///
/// Of the time a share s is held, in holds of length d, and what falls into one waits for its end:
/// for a time that is uniform from 0 to d. With S(x) the share of messages slower than x, the share
/// becomes `(1 - s) S(x) + s A(x)`, A(x) being the mean of S from x - d to x. The new p99 is at x
/// where that is 1 %: solved for s at x = factor * p99.
package struct TailDelay: Equatable, Sendable {
    /// d, in nanoseconds: the new p99, so that few messages are touched, and those visibly; or a
    /// part of it, so that there are more holds.
    package let lengthNanoseconds: Double
    /// s, above 0.
    package let heldShare: Double

    /// More of the time held is no tail any more.
    package static let heldShareMax = 0.2

    /// Sizes the holds.
    ///
    /// - Parameters:
    ///   - base: The distribution without holds.
    ///   - factor: What the p99 is to be multiplied by; above 1.
    ///   - part: The length of a hold, as a part of the new p99; above 0, at most 1. Shorter holds
    ///     are more frequent and touch more of what is not slow.
    /// - Returns: nil when no holds of this kind do that.
    package init?(of base: LatencyCurve, factor: Double, part: Double = 1) {
        let p99 = base.value(ofShareBeyond: 0.01)
        let aim = factor * p99
        guard factor > 1, p99 > 0 else { return nil }
        let beyond = base.shareBeyond(aim)
        let steps = 512
        var mean = 0.0
        for step in 0..<steps {
            let wait = part * aim * (Double(step) + 0.5) / Double(steps)
            mean += base.shareBeyond(aim - wait) / Double(steps)
        }
        let share = (0.01 - beyond) / (mean - beyond)
        guard mean > beyond, share > 0, share <= Self.heldShareMax else { return nil }
        lengthNanoseconds = part * aim
        heldShare = share
    }
}

/// A latency distribution as points: the share of messages that are slower than a value.
package struct LatencyCurve: Sendable {
    /// Shares beyond, falling, and their latencies in nanoseconds, rising.
    private let points: [(beyond: Double, nanoseconds: Double)]

    /// - Parameter points: Shares beyond and latencies, in any order; at least two.
    package init(_ points: [(beyond: Double, nanoseconds: Double)]) {
        precondition(points.count > 1)
        self.points = points.sorted { ($0.nanoseconds, $1.beyond) < ($1.nanoseconds, $0.beyond) }
    }

    /// What a usual window of some runs looks like: the median over windows and runs at each of
    /// some percentiles, so that a stall in one of them does not count.
    ///
    /// - Parameters:
    ///   - name: The series of each run's first class, as in `e2e.intended`.
    ///   - runs: The runs.
    /// - Returns: nil without samples.
    /// - Throws: `.invalidValue` when a histogram does not decode.
    package init?(usual name: String, of runs: [ResultDocument]) throws(ResultFileError) {
        var points: [(beyond: Double, nanoseconds: Double)] = []
        var statistics: [WindowStatistics] = []
        for run in runs {
            guard let entry = run.classes.first,
                let series = MeasuredSeries(name, of: entry, in: run.window)
            else { continue }
            statistics.append(
                try WindowStatistics(
                    series.record, leavingOut: series.restIndices, path: "classes[0].series.\(name)"
                ))
        }
        for beyond in Self.grid {
            var values: [Double] = []
            for run in statistics {
                values += try run.percentiles(100 * (1 - beyond), widening: 1)
            }
            if !values.isEmpty { points.append((beyond, Median.of(values))) }
        }
        guard points.count > 1 else { return nil }
        self.init(points)
    }

    /// Every percent, and ten steps in each decade beyond.
    private static let grid =
        (1...100).map { Double($0) / 100 } + (1...9).map { Double($0) / 1_000 }
        + (1...9).map { Double($0) / 10_000 }

    /// The share of messages slower than a latency.
    package func shareBeyond(_ nanoseconds: Double) -> Double {
        interpolated(at: nanoseconds, from: { $0.nanoseconds }, to: { $0.beyond }) ?? 0
    }

    /// The latency that a share of messages is slower than.
    package func value(ofShareBeyond share: Double) -> Double {
        interpolated(at: -share, from: { -$0.beyond }, to: { $0.nanoseconds })
            ?? points[points.count - 1].nanoseconds
    }

    /// Between two neighbours; the first point's below all, nil beyond all.
    private func interpolated(
        at place: Double, from key: ((beyond: Double, nanoseconds: Double)) -> Double,
        to value: ((beyond: Double, nanoseconds: Double)) -> Double
    ) -> Double? {
        guard let next = points.firstIndex(where: { key($0) >= place }) else { return nil }
        if next == 0 { return value(points[0]) }
        let (left, right) = (points[next - 1], points[next])
        let width = key(right) - key(left)
        let weight = width > 0 ? (place - key(left)) / width : 1
        return value(left) + weight * (value(right) - value(left))
    }
}
