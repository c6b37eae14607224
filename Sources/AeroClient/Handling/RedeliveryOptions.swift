// What happens to records that a handler fails on.

import AeroWire

/// How often and how soon a record that a handler failed on is handed out again, and where it goes
/// in the end; `validate()` checks the bounds.
///
/// Attempts are counted in memory, by the consumer that makes them. After a crash, or when the
/// partition goes to another member, the record comes again and its count starts anew.
public struct RedeliveryOptions: Sendable, Equatable {
    /// How often a record is handed out in all, the first time included, before it becomes a dead
    /// letter.
    public var maximumAttempts = 5
    /// The wait after the first failure, doubled with each one that follows, and the longest wait.
    public var backoff: ClosedRange<Duration> = .milliseconds(100) ... .seconds(10)
    /// Where dead letters go; nil for the record's topic with `.dlq` behind its name.
    public var deadLetterTopic: String?
    /// Whether that topic is made, with the broker's defaults, when it is needed and not there.
    public var createsDeadLetterTopic = true

    /// What stands behind a topic's name in the name of its dead-letter topic.
    public static let deadLetterSuffix = ".dlq"

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

    /// Checks what depends on the consumed topics too: a dead-letter topic that the same consumer
    /// reads would bring its dead letters back for ever.
    ///
    /// - Throws: `.invalidConfiguration`.
    func validate(consuming topics: [String]) throws(ClientError) {
        try validate()
        for topic in topics {
            let name = deadLetterTopic(of: topic)
            try OptionBounds.require(
                TopicName.isValid(name),
                "'\(name)' is no name of a topic: set RedeliveryOptions.deadLetterTopic")
            try OptionBounds.require(
                !topics.contains(name),
                "the dead-letter topic '\(name)' is consumed itself: set another "
                    + "RedeliveryOptions.deadLetterTopic")
        }
    }

    /// Where the dead letters of a topic go.
    func deadLetterTopic(of topic: String) -> String {
        deadLetterTopic ?? topic + Self.deadLetterSuffix
    }

    /// How long a record waits that has failed so many times, in nanoseconds.
    ///
    /// - Parameter count: 1 after the first failure.
    func waitNanoseconds(afterFailures count: Int) -> Int64 {
        let longest = backoff.upperBound.wholeNanoseconds
        // Above 62 doublings any wait is beyond the longest.
        let doublings = Int64(min(max(count - 1, 0), 62))
        let (wait, isBeyond) = backoff.lowerBound.wholeNanoseconds.multipliedReportingOverflow(
            by: 1 << doublings)
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
