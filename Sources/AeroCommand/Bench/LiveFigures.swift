// What a run has come to so far, for the live view.

import AeroLoad
import AeroReport
import HDRHistogram

/// The numbers of the latest interval, and what has gathered since the start.
///
/// Allocates by interval, on the collecting thread; the threads that make load know nothing of it.
struct LiveFigures {
    /// Where in the run this is: `warm-up 1/2`, `12/30`.
    var place = ""
    /// Intervals that have ended, as a share of all of them, 0 to 1.
    var progress = 0.0
    /// Messages a second of the latest interval.
    var sentPerSecond = 0.0
    var ackedPerSecond = 0.0
    var receivedPerSecond = 0.0
    /// Messages refused since the start.
    var failedCount: Int64 = 0
    /// Copies that groups are yet to receive of what was sent since the start; nil when nobody
    /// consumes.
    var backlogCount: Int64?
    /// Latencies of the latest interval over all classes; empty without samples.
    var endToEnd = LatencySummary()
    /// The same of the lag.
    var lag = LatencySummary()
    /// Why the run would be invalid if it ended now, as far as that can be told while it runs.
    var doubts: [String] = []

    private var classes: [ClassFigures]
    private var backlog: Int64 = 0

    /// What is kept of a class since the window began.
    private struct ClassFigures {
        let name: String
        let rate: Double?
        let isOpenLoop: Bool
        let groupCount: Int
        var sentCount: Int64 = 0
        var nanoseconds: Int64 = 0
        var lag: Histogram?
        var endToEnd: Histogram?
    }

    init(_ scenario: Scenario) {
        classes = scenario.classes.map { each in
            ClassFigures(
                name: each.name, rate: each.load.rate?.messagesPerSecond,
                isOpenLoop: each.load.inFlight == nil,
                groupCount: each.consumersPerGroup > 0 ? each.groupCount : 0)
        }
    }

    /// Takes an interval in.
    ///
    /// - Parameters:
    ///   - interval: The next one that all workers have handed over.
    ///   - place: What to call it.
    ///   - progress: How far the run is with it, 0 to 1.
    mutating func add(_ interval: AeroLoad.IntervalRecord, place: String, progress: Double) {
        self.place = place
        self.progress = min(max(progress, 0), 1)
        let duration = max(0, interval.endNanoseconds - interval.startNanoseconds)
        sentPerSecond = interval.perSecond(\.sent) ?? 0
        ackedPerSecond = interval.perSecond(\.acknowledged) ?? 0
        receivedPerSecond = interval.perSecond(\.received) ?? 0
        failedCount += interval.total(\.failed)
        var endToEnd: Histogram?
        var lag: Histogram?
        do throws(HistogramError) {
            for index in classes.indices {
                let own = try interval.series(.endToEndIntended, classIndex: index).decoded()
                let ownLag = try interval.series(.lag, classIndex: index).decoded()
                try endToEnd.add(own)
                try lag.add(ownLag)
                guard interval.phase == .measure else { continue }
                classes[index].sentCount += interval.counts[index].sent
                classes[index].nanoseconds += duration
                try classes[index].endToEnd.add(own)
                try classes[index].lag.add(ownLag)
            }
        } catch {
            doubts = ["latencies cannot be read: \(error)"]
            return
        }
        self.endToEnd = endToEnd.map { LatencySummary($0) } ?? LatencySummary()
        self.lag = lag.map { LatencySummary($0) } ?? LatencySummary()
        addBacklog(interval)
        doubts = classes.compactMap(Self.doubt)
    }

    private mutating func addBacklog(_ interval: AeroLoad.IntervalRecord) {
        for (own, counts) in zip(classes, interval.counts) where own.groupCount > 0 {
            backlog += (counts.sent - counts.failed) * Int64(own.groupCount) - counts.received
            backlogCount = max(0, backlog)
        }
    }

    /// The two reasons that show while a run is under way, by the same limits as its verdict.
    private static func doubt(_ own: ClassFigures) -> String? {
        guard own.isOpenLoop, own.nanoseconds > 0 else { return nil }
        if let rate = own.rate {
            let sent = Double(own.sentCount) * 1e9 / Double(own.nanoseconds)
            if sent < rate * RunValidity.shareMin {
                return "class \(own.name) sent \(UnitText.percent(sent / rate)) of its rate"
            }
        }
        guard let lag = own.lag, !lag.isEmpty else { return nil }
        let median = own.endToEnd.map { $0.isEmpty ? 0 : $0.value(atPercentile: 50) } ?? 0
        let budget = LatenessBudget.nanoseconds(median: median)
        let found = lag.value(atPercentile: 99)
        guard found > budget else { return nil }
        return "class \(own.name) lags \(UnitText.latency(found)) at p99, "
            + "\(UnitText.latency(budget)) is the budget"
    }
}
