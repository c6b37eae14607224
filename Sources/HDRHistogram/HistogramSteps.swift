// Walks over the counters of a histogram: one walker, five rules of where to stop.

import Glibc

/// One stop of a walk over a histogram.
///
/// Source: `HistogramIterationValue` of the Java reference.
public struct HistogramStep: Sendable, Equatable {
    /// The value up to which this step reports, inclusive.
    public let valueIteratedTo: Int64
    /// `valueIteratedTo` of the step before; 0 at first.
    public let valueIteratedFrom: Int64
    /// The count of the counter at which the walk stands.
    public let countAtValue: Int64
    /// The count of all values since the step before.
    public let countAdded: Int64
    /// The count of all values up to here.
    public let totalCount: Int64
    /// The share of all values up to here, in per cent; 100 when nothing is recorded.
    public let percentile: Double
    /// The level that made a walk by percentiles stop here, in per cent; else `percentile`.
    public let percentileLevel: Double
}

/// A walk over a histogram from its lowest counter up; a copy of the histogram is walked.
public struct HistogramSteps: Sequence, IteratorProtocol, Sendable {
    /// Where to stop, with the state of the next stop.
    enum Rule: Sendable {
        case recorded
        case all
        case linear(step: Int64, level: Int64)
        case logarithmic(level: Double, base: Double)
        case percentiles(ticksPerHalfDistance: Int, level: Double, hasReachedEnd: Bool)
    }

    private let histogram: Histogram
    private var rule: Rule
    private var index = 0
    private var isIndexCounted = false
    private var isIndexReported = false
    private var cumulativeCount: Int64 = 0
    private var reportedCount: Int64 = 0
    private var previousValue: Int64 = 0

    init(_ histogram: Histogram, rule: Rule) {
        self.histogram = histogram
        self.rule = rule
    }

    /// Walks on to the next stop.
    ///
    /// - Returns: The step, or nil after the last one.
    public mutating func next() -> HistogramStep? {
        guard hasNext() else { return nil }
        while index < histogram.counts.count {
            if !isIndexCounted {
                cumulativeCount += histogram.counts[index]
                isIndexCounted = true
            }
            if isAtStop { return takeStep() }
            index += 1
            isIndexCounted = false
            isIndexReported = false
        }
        return nil
    }

    private mutating func hasNext() -> Bool {
        let isCountLeft = cumulativeCount < histogram.totalCount
        switch rule {
        case .recorded: return isCountLeft
        case .all: return index < histogram.counts.count - 1
        case .linear(_, let level):
            return isCountLeft || level < nextIndexValue
        case .logarithmic(let level, _):
            let lowest = histogram.layout.lowestEquivalentValue(Int64(saturating: level))
            return isCountLeft || lowest < nextIndexValue
        case .percentiles(let ticks, _, let hasReachedEnd):
            if isCountLeft { return true }
            guard !hasReachedEnd, !histogram.isEmpty else { return false }
            // One more step at exactly 100 %, wherever the last regular level was.
            rule = .percentiles(ticksPerHalfDistance: ticks, level: 100, hasReachedEnd: true)
            return true
        }
    }

    private var isAtStop: Bool {
        let layout = histogram.layout
        switch rule {
        case .recorded: return histogram.counts[index] != 0 && !isIndexReported
        case .all: return !isIndexReported
        case .linear, .logarithmic:
            return layout.lowestValue(at: index) >= layout.lowestEquivalentValue(stopValue)
                || index >= histogram.counts.count - 1
        case .percentiles(_, let level, _):
            return histogram.counts[index] != 0 && percentile >= level
        }
    }

    /// The value to report at the next stop.
    private var stopValue: Int64 {
        switch rule {
        case .recorded, .all, .percentiles:
            histogram.layout.highestEquivalentValue(histogram.layout.lowestValue(at: index))
        case .linear(_, let level): level
        case .logarithmic(let level, _): Int64(saturating: level) - 1
        }
    }

    private var nextIndexValue: Int64 { histogram.layout.lowestValue(at: index + 1) }

    private var percentile: Double {
        histogram.isEmpty ? 100 : 100 * Double(cumulativeCount) / Double(histogram.totalCount)
    }

    private mutating func takeStep() -> HistogramStep {
        var percentileLevel = percentile
        if case .percentiles(_, let level, _) = rule { percentileLevel = level }
        let step = HistogramStep(
            valueIteratedTo: stopValue, valueIteratedFrom: previousValue,
            countAtValue: histogram.counts[index], countAdded: cumulativeCount - reportedCount,
            totalCount: cumulativeCount, percentile: percentile, percentileLevel: percentileLevel)
        previousValue = step.valueIteratedTo
        reportedCount = cumulativeCount
        isIndexReported = true
        advanceRule()
        return step
    }

    private mutating func advanceRule() {
        switch rule {
        case .recorded, .all: break
        case .linear(let step, let level):
            let (next, didOverflow) = level.addingReportingOverflow(step)
            rule = .linear(step: step, level: didOverflow ? .max : next)
        case .logarithmic(let level, let base):
            rule = .logarithmic(level: level * base, base: base)
        case .percentiles(let ticks, let level, let hasReachedEnd):
            // The final step leaves nothing to advance to; the distance to 100 % would be zero.
            guard level < 100 else { return }
            let halvings = (log(100 / (100 - level)) / log(2.0)).rounded(.towardZero) + 1
            let ticksInDistance = Double(ticks) * exp2(halvings)
            rule = .percentiles(
                ticksPerHalfDistance: ticks, level: level + 100 / ticksInDistance,
                hasReachedEnd: hasReachedEnd)
        }
    }
}

extension Int64 {
    /// The whole part of a non-negative number, at most `Int64.max`.
    fileprivate init(saturating value: Double) {
        self = value >= Double(Int64.max) ? .max : Int64(value)
    }
}
