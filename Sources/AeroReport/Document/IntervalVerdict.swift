// Whether one interval of a run can be believed.

/// The verdict on one interval of the measured window.
package struct IntervalVerdict: Codable, Equatable, Sendable {
    /// The interval's number, counted from the start of the warm-up.
    package var index: Int
    /// Start, counted from the start of the warm-up.
    package var startNanoseconds: Int64
    /// Length.
    package var durationNanoseconds: Int64
    /// False when there is any doubt.
    package var isValid: Bool
    /// Codes of the doubts, as in `ValidityReason`; empty exactly when it is valid.
    package var doubts: [String]
    /// Sent divided by offered, of the class that came off worst; absent without a schedule.
    package var sentShare: Double?
    /// The 99th percentile of lag, of the class that came off worst.
    package var lagP99Nanoseconds: Int64?
    /// How long a thread of the generator with nothing to do was held up at most.
    package var hiccupNanosecondsMax: Int64?
    /// Share of the interval in which a load thread was ready and had no core.
    package var runQueueShare: Double?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        index: Int, startNanoseconds: Int64, durationNanoseconds: Int64, isValid: Bool,
        doubts: [String], sentShare: Double? = nil, lagP99Nanoseconds: Int64? = nil,
        hiccupNanosecondsMax: Int64? = nil, runQueueShare: Double? = nil
    ) {
        self.index = index
        self.startNanoseconds = startNanoseconds
        self.durationNanoseconds = durationNanoseconds
        self.isValid = isValid
        self.doubts = doubts
        self.sentShare = sentShare
        self.lagP99Nanoseconds = lagP99Nanoseconds
        self.hiccupNanosecondsMax = hiccupNanosecondsMax
        self.runQueueShare = runQueueShare
    }
}
