// What was offered to and achieved by one message class.

/// The measurements of one message class.
package struct ClassRecord: Codable, Equatable, Sendable {
    /// The class as the scenario names it.
    package var name: String
    /// Size of one message; the mean of those sent where sizes vary.
    package var messageByteCount: Int64
    /// The load that the schedule asked for.
    package var offered: OfferedLoad
    /// The load that took place, over the measured window.
    package var achieved: AchievedLoad
    /// Messages and bytes of the measured window.
    package var counts: MessageCounts
    /// Latency series by name: `ack.intended`, `ack.actual`, `e2e.intended`, `e2e.actual`, `lag`;
    /// where stages are measured also `stage.clientQueue` to `stage.handler`.
    package var series: [String: SeriesRecord]
    /// Counts interval by interval, warm-up included.
    package var intervals: [IntervalRecord]
    /// What the target promised for these messages; absent for targets that are no brokers.
    package var promise: PromiseRecord?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        name: String, messageByteCount: Int64, offered: OfferedLoad, achieved: AchievedLoad,
        counts: MessageCounts, series: [String: SeriesRecord], intervals: [IntervalRecord],
        promise: PromiseRecord? = nil
    ) {
        self.name = name
        self.messageByteCount = messageByteCount
        self.offered = offered
        self.achieved = achieved
        self.counts = counts
        self.series = series
        self.intervals = intervals
        self.promise = promise
    }

    /// The measured intervals whose counts make a rate: the drain, in which nothing is sent, and
    /// rests of less than nine tenths of an interval are left out.
    ///
    /// - Parameter intervalNanoseconds: Length of a whole interval.
    package func wholeIntervals(of intervalNanoseconds: Int64) -> [IntervalRecord] {
        intervals.filter {
            !$0.isWarmup && !$0.doubts.contains("drain")
                && $0.durationNanoseconds >= intervalNanoseconds / 10 * 9
        }
    }
}

extension ClassRecord {
    /// The numbers of measured intervals that are no windows: those that `wholeIntervals` leaves
    /// out, or the drain alone where that leaves nothing.
    ///
    /// - Parameter intervalNanoseconds: Length of a whole interval.
    func restIndices(of intervalNanoseconds: Int64) -> Set<Int> {
        let measured = intervals.filter { !$0.isWarmup }
        let whole = wholeIntervals(of: intervalNanoseconds)
        let windows = whole.isEmpty ? measured.filter { !$0.doubts.contains("drain") } : whole
        return Set(measured.map(\.index)).subtracting(windows.map(\.index))
    }
}

/// The load that a schedule asks for.
package struct OfferedLoad: Codable, Equatable, Sendable {
    /// The shape of the load.
    package var schedule: ScheduleKind
    /// The rate, for shapes that have one; the mean when it varies.
    package var messagesPerSecond: Double?
    /// Messages kept in flight, for `maximum` and `closed-loop`.
    package var inFlight: Int?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        schedule: ScheduleKind, messagesPerSecond: Double? = nil, inFlight: Int? = nil
    ) {
        self.schedule = schedule
        self.messagesPerSecond = messagesPerSecond
        self.inFlight = inFlight
    }
}

/// Rates over the measured window.
package struct AchievedLoad: Codable, Equatable, Sendable {
    /// Messages sent per second.
    package var sentPerSecond: Double
    /// Messages acknowledged per second.
    package var ackedPerSecond: Double
    /// Messages received per second, all consumer groups together.
    package var receivedPerSecond: Double
    /// Payload bytes sent per second.
    package var sentBytesPerSecond: Double
    /// Payload bytes received per second.
    package var receivedBytesPerSecond: Double

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        sentPerSecond: Double, ackedPerSecond: Double, receivedPerSecond: Double,
        sentBytesPerSecond: Double, receivedBytesPerSecond: Double
    ) {
        self.sentPerSecond = sentPerSecond
        self.ackedPerSecond = ackedPerSecond
        self.receivedPerSecond = receivedPerSecond
        self.sentBytesPerSecond = sentBytesPerSecond
        self.receivedBytesPerSecond = receivedBytesPerSecond
    }
}

/// Messages and payload bytes.
package struct MessageCounts: Codable, Equatable, Sendable {
    /// Messages sent.
    package var sent: Int64
    /// Messages acknowledged.
    package var acked: Int64
    /// Messages refused or timed out.
    package var failed: Int64
    /// Messages received, all consumer groups together.
    package var received: Int64
    /// Payload bytes sent.
    package var sentBytes: Int64
    /// Payload bytes received.
    package var receivedBytes: Int64

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        sent: Int64 = 0, acked: Int64 = 0, failed: Int64 = 0, received: Int64 = 0,
        sentBytes: Int64 = 0, receivedBytes: Int64 = 0
    ) {
        self.sent = sent
        self.acked = acked
        self.failed = failed
        self.received = received
        self.sentBytes = sentBytes
        self.receivedBytes = receivedBytes
    }
}

/// One interval of a class.
package struct IntervalRecord: Codable, Equatable, Sendable {
    /// The interval's number, counted from the start of the warm-up.
    package var index: Int
    /// Start, counted from the start of the warm-up.
    package var startNanoseconds: Int64
    /// Length; the last interval may be shorter.
    package var durationNanoseconds: Int64
    /// True when no summary includes this interval.
    package var isWarmup: Bool
    /// What happened in it.
    package var counts: MessageCounts
    /// Codes of reasons not to believe this interval; empty when there are none.
    package var doubts: [String]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        index: Int, startNanoseconds: Int64, durationNanoseconds: Int64, isWarmup: Bool,
        counts: MessageCounts, doubts: [String] = []
    ) {
        self.index = index
        self.startNanoseconds = startNanoseconds
        self.durationNanoseconds = durationNanoseconds
        self.isWarmup = isWarmup
        self.counts = counts
        self.doubts = doubts
    }
}

/// The shape of a load.
package enum ScheduleKind: String, Codable, Equatable, Sendable, CaseIterable {
    /// Equal distances between messages.
    case constant
    /// Exponentially distributed distances.
    case poisson
    /// A rate that rises or falls steadily.
    case ramp
    /// A rate that changes in steps.
    case steps
    /// Bursts at a distance.
    case burst
    /// Load and silence in turn.
    case onOff = "on-off"
    /// A rate that follows a sine.
    case sine
    /// Distances read from a file.
    case trace
    /// As much as the system takes: latency then measures the queue, not the system.
    case maximum
    /// A fixed number in flight: the next message waits for an answer.
    case closedLoop = "closed-loop"
}
