// What happens to records that a handler fails on.

import AeroWire

/// How often and how soon a record that a handler failed on is handed out again, and where it goes
/// in the end; `validate()` checks the bounds.
///
/// Attempts are counted by the consumer that makes them, in its memory. After a crash, or when the
/// partition goes to another member, the record comes again and its count starts anew: a record is
/// handed out `maximumAttempts` times at most by one consumer, and by each of them in turn while
/// none lives long enough to see the end of it.
public struct RedeliveryOptions: Sendable, Equatable {
    /// How often a record is handed out in all, the first time included, before it becomes a dead
    /// letter.
    public var maximumAttempts = 5
    /// The wait after the first failure, doubled with each one that follows, and the longest wait.
    public var backoff: ClosedRange<Duration> = .milliseconds(100) ... .seconds(10)
    /// Where dead letters go; nil for the group's name with `.dead-letters` behind it.
    public var deadLetterTopic: String?
    /// Whether that topic is made, with the broker's defaults, when it is needed and not there.
    public var createsDeadLetterTopic = true

    /// What stands behind a group's name in the name of its dead-letter topic.
    public static let deadLetterSuffix = ".dead-letters"

    /// The defaults.
    public init() {}

    /// The defaults, changed by `configure`.
    public init(_ configure: (inout RedeliveryOptions) -> Void) { configure(&self) }

    /// Checks every bound.
    ///
    /// - Throws: `.invalidConfiguration` with the option's name and bounds.
    public func validate() throws(ClientError) {
        try OptionBounds.check("maximumAttempts", maximumAttempts, in: 1...1_000)
        try OptionBounds.check(
            "backoff's first wait", backoff.lowerBound, in: .milliseconds(1) ... .seconds(3_600))
        try OptionBounds.check(
            "backoff's longest wait", backoff.upperBound, in: .milliseconds(1) ... .seconds(86_400))
    }

    /// The dead-letter topic of a consumer.
    ///
    /// - Throws: `.invalidConfiguration` when there is no name for it, or none that a topic may
    ///   have, or when the consumer reads it itself: its dead letters would come back for ever.
    func deadLetterTopic(
        ofGroup group: String?, consuming topics: [String]
    ) throws(ClientError) -> String {
        guard let name = deadLetterTopic ?? group.map({ $0 + Self.deadLetterSuffix }) else {
            throw ClientError(
                .invalidConfiguration,
                "a consumer without a group has no dead-letter topic of its own: set "
                    + "RedeliveryOptions.deadLetterTopic")
        }
        try OptionBounds.require(
            TopicName.isValid(name),
            "the dead-letter topic '\(name)' has no name that a topic may have: set "
                + "RedeliveryOptions.deadLetterTopic")
        try OptionBounds.require(
            !topics.contains(name),
            "the dead-letter topic '\(name)' is consumed itself: set another "
                + "RedeliveryOptions.deadLetterTopic")
        return name
    }

    /// How long a record waits that has failed so many times, in nanoseconds.
    ///
    /// - Parameter count: 1 after the first failure.
    func waitNanoseconds(afterFailures count: Int) -> Int64 {
        let longest = backoff.upperBound.wholeNanoseconds
        let doublings = min(max(count - 1, 0), 62)
        let (wait, isBeyond) = backoff.lowerBound.wholeNanoseconds.multipliedReportingOverflow(
            by: Int64(1) << Int64(doublings))
        return isBeyond ? longest : min(wait, longest)
    }
}

/// What a consumer has done for a handler.
public struct HandlingCounts: Sendable, Equatable {
    /// Records that the handler has worked off.
    public internal(set) var handledCount = 0
    /// Attempts that ended with an error.
    public internal(set) var failedAttemptCount = 0
    /// Records that became dead letters.
    public internal(set) var deadLetterCount = 0
}
