// Whether messages under way become more while a rate is held.

/// How many messages were under way over a measured window, as a straight line.
package struct BacklogTrend: Equatable, Sendable {
    /// How fast they became more, messages a second.
    package let slopePerSecond: Double
    /// The standard error of the slope; 0 with fewer than three points.
    package let slopeErrorPerSecond: Double
    /// Messages under way at the end of the window, one for each group that lacks one.
    package let atEnd: Int64

    /// The trend of a run: what was sent, times the groups that get it, less what arrived.
    ///
    /// A class without groups counts what is not acknowledged yet.
    package init(_ document: ResultDocument) {
        var points: [Point] = []
        for entry in document.classes {
            let groupCount = document.ledger.classes.count { $0.className == entry.name }
            Self.add(entry, groupCount: Int64(groupCount), to: &points)
        }
        self.init(points)
    }

    /// One reading of a backlog.
    struct Point: Equatable {
        var seconds: Double
        var backlog: Int64
    }

    /// The line of least squares through points in the order of time.
    init(_ points: [Point]) {
        atEnd = points.last?.backlog ?? 0
        let count = Double(points.count)
        let meanTime = points.reduce(0) { $0 + $1.seconds } / max(count, 1)
        let meanBacklog = points.reduce(0) { $0 + Double($1.backlog) } / max(count, 1)
        let spread = points.reduce(0) { $0 + Self.square($1.seconds - meanTime) }
        guard spread > 0 else {
            slopePerSecond = 0
            slopeErrorPerSecond = 0
            return
        }
        let slope =
            points.reduce(0) { $0 + ($1.seconds - meanTime) * (Double($1.backlog) - meanBacklog) }
            / spread
        let residual = points.reduce(0) { sum, point in
            let expected = meanBacklog + slope * (point.seconds - meanTime)
            return sum + Self.square(Double(point.backlog) - expected)
        }
        slopePerSecond = slope
        slopeErrorPerSecond = count > 2 ? (residual / (count - 2) / spread).squareRoot() : 0
    }

    /// Whether the backlog certainly grows faster than a rate: by two standard errors.
    package func grows(fasterThan messagesPerSecond: Double) -> Bool {
        slopePerSecond - 2 * slopeErrorPerSecond > messagesPerSecond
    }

    /// Adds a class's backlog at the end of each measured interval.
    private static func add(_ entry: ClassRecord, groupCount: Int64, to points: inout [Point]) {
        var backlog: Int64 = 0
        var index = 0
        for interval in entry.intervals where !interval.doubts.contains("drain") {
            let counts = interval.counts
            backlog +=
                groupCount > 0
                ? counts.sent * groupCount - counts.received
                : counts.sent - counts.acked - counts.failed
            guard !interval.isWarmup else { continue }
            let end = interval.startNanoseconds + interval.durationNanoseconds
            if index < points.count {
                points[index].backlog += backlog
            } else {
                points.append(Point(seconds: Double(end) / 1e9, backlog: backlog))
            }
            index += 1
        }
    }

    private static func square(_ value: Double) -> Double { value * value }
}
