// When a warm-up that has no fixed length ends.

import AeroLoad
import AeroReport
import HDRHistogram
import Synchronization

/// Follows the intervals of a warm-up until latency and rate of every class have settled.
struct WarmupWatch {
    /// Of each class the medians, ns, and the rates, messages a second.
    private var medians: [[Double]]
    private var rates: [[Double]]
    /// Where the transient of the slowest series ended, in intervals; nil until all have settled.
    private(set) var cutCount: Int?

    /// Values behind the cut before it is believed: a series that has just come down looks
    /// settled for a moment.
    static let settledCountMin = 5

    /// - Parameter classCount: Classes of the scenario.
    init(classCount: Int) {
        medians = Array(repeating: [], count: classCount)
        rates = Array(repeating: [], count: classCount)
    }

    /// Takes the next interval.
    ///
    /// - Returns: Whether the warm-up may end.
    mutating func add(_ interval: AeroLoad.IntervalRecord) -> Bool {
        let seconds = Double(interval.endNanoseconds - interval.startNanoseconds) / 1e9
        guard seconds > 0 else { return false }
        for classIndex in medians.indices {
            let counts = interval.counts[classIndex]
            rates[classIndex].append(
                Double(counts.received > 0 ? counts.received : counts.acknowledged) / seconds)
            medians[classIndex].append(Self.median(interval, classIndex))
        }
        return settle()
    }

    /// The same with the values themselves: a median and a rate for each class.
    mutating func add(medians newMedians: [Double], rates newRates: [Double]) -> Bool {
        for index in medians.indices {
            medians[index].append(newMedians[index])
            rates[index].append(newRates[index])
        }
        return settle()
    }

    private mutating func settle() -> Bool {
        var longest = 0
        for series in medians + rates {
            guard let cut = WarmupCut(series), cut.isSettled,
                series.count - cut.count >= Self.settledCountMin
            else { return false }
            longest = max(longest, cut.count)
        }
        cutCount = longest
        return true
    }

    private static func median(_ interval: AeroLoad.IntervalRecord, _ classIndex: Int) -> Double {
        for series in [LatencySeries.endToEndIntended, .acknowledgeIntended] {
            do throws(HistogramError) {
                let histogram = try interval.series(series, classIndex: classIndex).decoded()
                if histogram.totalCount > 0 { return Double(histogram.value(atPercentile: 50)) }
            } catch {
                // What cannot be read back has no median; the run itself will say so.
                return 0
            }
        }
        return 0
    }
}

/// The watch of one run, as it is asked between intervals and read at the end.
final class WarmupJudge: Sendable {
    private let watch: Mutex<WarmupWatch>

    /// - Parameter classCount: Classes of the scenario.
    init(classCount: Int) { watch = Mutex(WarmupWatch(classCount: classCount)) }

    /// Whether the warm-up may end after this interval.
    func endsWarmup(_ interval: AeroLoad.IntervalRecord) -> Bool {
        watch.withLock { $0.add(interval) }
    }

    /// Intervals until everything had settled; nil when it had not.
    var cutCount: Int? { watch.withLock { $0.cutCount } }
}
