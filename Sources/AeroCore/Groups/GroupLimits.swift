// The bounds of consumer groups, and their pace.

/// Bounds and times of one coordinator's groups.
package struct GroupLimits: Sendable, Equatable {
    /// Groups at one time.
    package var groupCountMax = 10_000
    /// Members of one group.
    package var memberCountMax = 1_000
    /// Partitions that one group has an offset of.
    package var offsetCountMax = 100_000
    /// What a member may ask for, in milliseconds.
    package var sessionTimeoutMilliseconds: ClosedRange<UInt32> = 500...3_600_000
    /// What a member may ask for, in milliseconds.
    package var rebalanceTimeoutMilliseconds: ClosedRange<UInt32> = 500...3_600_000
    /// How long a group waits for more changes before it shares partitions out anew: members that
    /// are started together then come into one generation.
    package var rebalanceDelayNanoseconds: Int64 = 100_000_000
    /// Members send heartbeats at least this often; more often with a short session timeout.
    package var heartbeatIntervalMillisecondsMax: UInt32 = 3_000
    /// How long a dynamic member whose connection was lost may take to be heard of again.
    package var disconnectGraceNanoseconds: Int64 = 3_000_000_000
    /// How often groups are looked over for what a missed event would have changed.
    package var refreshIntervalNanoseconds: Int64 = 20_000_000_000

    /// The defaults.
    package init() {}
}

/// The time of an event, on the two clocks that matter.
package struct GroupTime: Sendable, Equatable {
    /// Of any monotonic clock: what timeouts go by.
    package let nanoseconds: Int64
    /// Since 1970: what records are dated by.
    package let milliseconds: Int64

    /// - Parameters:
    ///   - nanoseconds: Of any monotonic clock.
    ///   - milliseconds: Since 1970.
    package init(nanoseconds: Int64, milliseconds: Int64) {
        self.nanoseconds = nanoseconds
        self.milliseconds = milliseconds
    }
}
