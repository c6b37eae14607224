// A message rate without rounding.

/// Messages per second as an exact decimal.
package struct MessageRate: Sendable, Equatable {
    /// The rate in billionths of a message per second, > 0: 100 k/s is 10^14.
    package let billionthsPerSecond: Int64

    /// - Parameter billionthsPerSecond: > 0.
    @usableFromInline package init(billionthsPerSecond: Int64) {
        precondition(billionthsPerSecond > 0, "a rate is positive")
        self.billionthsPerSecond = billionthsPerSecond
    }

    /// - Parameter messagesPerSecond: 1 to 9 * 10^9.
    @usableFromInline package init(messagesPerSecond: Int64) {
        self.init(billionthsPerSecond: messagesPerSecond * 1_000_000_000)
    }

    /// The rate for display and ratios; schedules use the exact value.
    package var messagesPerSecond: Double { Double(billionthsPerSecond) / 1e9 }
}
