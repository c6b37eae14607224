// What became of every message: the ledger of a run.

/// The ledger: totals, per class and consumer group, and the worst offenders.
package struct LedgerRecord: Codable, Equatable, Sendable {
    /// All classes and groups together.
    package var totals: LedgerCounts
    /// One entry per class and consumer group.
    package var classes: [LedgerEntry]
    /// The sequences with the most faults, worst first.
    package var offenders: [LedgerOffender]
    /// How many further entries `offenders` would have; absent when it has all.
    package var offendersOmitted: Int?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        totals: LedgerCounts, classes: [LedgerEntry], offenders: [LedgerOffender],
        offendersOmitted: Int? = nil
    ) {
        self.totals = totals
        self.classes = classes
        self.offenders = offenders
        self.offendersOmitted = offendersOmitted
    }
}

/// Counts of messages by fate. `lost` to `corrupt` are faults.
package struct LedgerCounts: Codable, Equatable, Sendable {
    /// Messages handed to the driver, warm-up included.
    package var sent: Int64
    /// Messages acknowledged.
    package var acked: Int64
    /// Messages that consumers ought to receive: sent times consumer groups.
    package var expected: Int64
    /// Distinct messages received.
    package var received: Int64
    /// Sent and never received.
    package var lost: Int64
    /// Acknowledged and never received: the part of `lost` the broker had promised to keep.
    package var ackedThenLost: Int64
    /// Received again.
    package var duplicated: Int64
    /// Received after a later one of the same sequence.
    package var reordered: Int64
    /// Received from another destination than they were sent to.
    package var misrouted: Int64
    /// Received with a wrong checksum.
    package var corrupt: Int64
    /// Received without a stamp of this run; not a fault of the broker.
    package var foreign: Int64

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        sent: Int64 = 0, acked: Int64 = 0, expected: Int64 = 0, received: Int64 = 0,
        lost: Int64 = 0, ackedThenLost: Int64 = 0, duplicated: Int64 = 0, reordered: Int64 = 0,
        misrouted: Int64 = 0, corrupt: Int64 = 0, foreign: Int64 = 0
    ) {
        self.sent = sent
        self.acked = acked
        self.expected = expected
        self.received = received
        self.lost = lost
        self.ackedThenLost = ackedThenLost
        self.duplicated = duplicated
        self.reordered = reordered
        self.misrouted = misrouted
        self.corrupt = corrupt
        self.foreign = foreign
    }
}

/// The ledger of one class in one consumer group.
package struct LedgerEntry: Codable, Equatable, Sendable {
    /// The class.
    package var className: String
    /// The consumer group.
    package var group: String
    /// Its counts.
    package var counts: LedgerCounts

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        className: String, group: String, counts: LedgerCounts
    ) {
        self.className = className
        self.group = group
        self.counts = counts
    }
}

/// One sequence of messages with faults.
package struct LedgerOffender: Codable, Equatable, Sendable {
    /// The class.
    package var className: String
    /// The consumer group.
    package var group: String
    /// The producer's index in its class; -1 for damaged messages, which do not tell.
    package var producer: Int
    /// The destination's index in its class.
    package var destination: Int
    /// The fault, named as in the counts.
    package var fault: String
    /// How many messages.
    package var count: Int64
    /// The first sequence number concerned.
    package var firstSequence: Int64?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        className: String, group: String, producer: Int, destination: Int, fault: String,
        count: Int64, firstSequence: Int64? = nil
    ) {
        self.className = className
        self.group = group
        self.producer = producer
        self.destination = destination
        self.fault = fault
        self.count = count
        self.firstSequence = firstSequence
    }
}
