// What an interval log consists of.

/// One histogram of an interval log, with the interval it covers.
public struct IntervalLogEntry: Sendable, Equatable {
    /// The tag that names one of several interleaved series; nil for none.
    public let tag: String?
    /// The start as written, relative to the log's base time.
    public let startNanoseconds: Int64
    /// The length of the interval.
    public let lengthNanoseconds: Int64
    /// The start since the epoch, or as written when nothing in the log says how that relates.
    public let absoluteStartNanoseconds: Int64
    /// The values of the interval.
    public let histogram: Histogram
}

/// One line of an interval log.
public enum IntervalLogLine: Sendable, Equatable {
    /// A comment, without the leading `#`.
    case comment(String)
    /// When logging started, since the epoch.
    case startTime(nanoseconds: Int64)
    /// What the times of intervals are relative to, since the epoch.
    case baseTime(nanoseconds: Int64)
    /// The column titles.
    case legend
    /// An interval.
    case interval(IntervalLogEntry)
}
