// What a broker did while it was under load, as counts that can be added and divided.

/// How far the broker's counters went from just before the load to just after it, warm-up and
/// drain included.
package struct BrokerActivity: Codable, Equatable, Sendable {
    /// Time between the two readings.
    package var nanoseconds: Int64
    /// Messages appended.
    package var messages: Int64
    /// Bytes of messages that were sent, stamps included and nothing else.
    package var payloadBytes: Int64
    /// Bytes of record batches appended, as they were sent: with what surrounds the messages, and
    /// less what compression saves.
    package var batchBytes: Int64
    /// Bytes that came over its connections: batches, frames, requests.
    package var receivedBytes: Int64
    /// Bytes that went over its connections: deliveries, answers.
    package var sentBytes: Int64
    /// Calls of fdatasync and syncfs for its logs.
    package var syncs: Int64
    /// Group commits, each of one or more of these calls.
    package var groupCommits: Int64
    /// System calls of its pollers, and those that write and sync its logs; absent where it does
    /// not count them.
    package var systemCalls: Int64?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        nanoseconds: Int64 = 0, messages: Int64 = 0, payloadBytes: Int64 = 0, batchBytes: Int64 = 0,
        receivedBytes: Int64 = 0, sentBytes: Int64 = 0, syncs: Int64 = 0, groupCommits: Int64 = 0,
        systemCalls: Int64? = nil
    ) {
        self.nanoseconds = nanoseconds
        self.messages = messages
        self.payloadBytes = payloadBytes
        self.batchBytes = batchBytes
        self.receivedBytes = receivedBytes
        self.sentBytes = sentBytes
        self.syncs = syncs
        self.groupCommits = groupCommits
        self.systemCalls = systemCalls
    }
}

extension BrokerActivity {
    /// Bytes of batches for each message; nil without messages.
    var batchBytesPerMessage: Double? { Self.quotient(batchBytes, messages) }

    /// Bytes of batches for each byte of payload: 0.3 after compression has saved 70 %, a little
    /// above 1 without compression; nil without payload.
    var batchShare: Double? { Self.quotient(batchBytes, payloadBytes) }

    /// System calls for each message; nil without messages, or where they are not counted.
    var systemCallsPerMessage: Double? { systemCalls.flatMap { Self.quotient($0, messages) } }

    /// Syncs in each second; nil when no time is known.
    var syncsPerSecond: Double? { Self.quotient(syncs, nanoseconds).map { $0 * 1e9 } }

    private static func quotient(_ dividend: Int64, _ divisor: Int64) -> Double? {
        divisor > 0 ? Double(dividend) / Double(divisor) : nil
    }
}
