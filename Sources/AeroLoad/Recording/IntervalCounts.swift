// What happened in one interval, counted.

/// Events of one class in one interval, each counted when it happened.
@usableFromInline package struct IntervalCounts: Sendable, Equatable {
    /// Messages handed to the driver.
    @usableFromInline package var sent: Int64 = 0
    /// Messages acknowledged.
    @usableFromInline package var acknowledged: Int64 = 0
    /// Messages whose send failed, by the broker's answer or for want of one.
    @usableFromInline package var failed: Int64 = 0
    /// Messages received for the first time by a group.
    @usableFromInline package var received: Int64 = 0
    /// Bytes of the sent message values.
    @usableFromInline package var sentByteCount: Int64 = 0
    /// Bytes of the received message values.
    @usableFromInline package var receivedByteCount: Int64 = 0

    /// All zero.
    @inlinable package init() {}

    /// Adds the events of `other`.
    package mutating func add(_ other: IntervalCounts) {
        sent += other.sent
        acknowledged += other.acknowledged
        failed += other.failed
        received += other.received
        sentByteCount += other.sentByteCount
        receivedByteCount += other.receivedByteCount
    }
}
