// What is wrong with a history.

/// The kinds of broken promises, each with the rule that was broken.
package enum HistoryFault: String, CaseIterable, Sendable {
    /// Acknowledged, and not in the final content of its partition.
    case lost
    /// Received once, never acknowledged, and not in the final content: it was shown too early.
    case vanished
    /// Stored twice, although its producer was promised that it would not be.
    case duplicated
    /// Stored behind a later message of its producer in its partition.
    case reordered
    /// Stored or received in a partition that nobody sent it to.
    case invented
    /// Two values were seen at one offset, or an offset was named that the record is not at.
    case inconsistentOffset
    /// A consumer got an offset that isn't above its previous one.
    case nonMonotonicPoll
    /// A consumer passed over an offset that holds a record.
    case skippedPoll
    /// A group resumed before what it had committed.
    case commitLost
    /// Stored, although its sender was told that it was not; or answered twice.
    case contradicted
    /// A record came with other bytes than were sent.
    case damaged
    /// Messages went to the partition and its content was never read to the end.
    case unread
}

/// One broken promise. Facts that a kind doesn't have are nil.
package struct HistoryFinding: Hashable, Sendable {
    /// What was broken.
    package let fault: HistoryFault
    /// Where.
    package var partition: Int?
    /// At which offset; of several the lowest, for a copy its own.
    package var offset: Int64?
    /// Which message.
    package var message: SentMessage?
    /// Who saw it, where that matters.
    package var consumer: Int?
    /// In which life of the broker it was acknowledged, from 1; 0 is before the first start.
    package var life: Int?

    /// States a fault; the facts follow.
    package init(
        _ fault: HistoryFault, partition: Int? = nil, offset: Int64? = nil,
        message: SentMessage? = nil, consumer: Int? = nil, life: Int? = nil
    ) {
        self.fault = fault
        self.partition = partition
        self.offset = offset
        self.message = message
        self.consumer = consumer
        self.life = life
    }
}

extension HistoryFinding: CustomStringConvertible {
    /// One line with every fact.
    package var description: String {
        var text = fault.rawValue
        if let partition { text += " partition \(partition)" }
        if let offset { text += " offset \(offset)" }
        if let message { text += " producer \(message.producer) message \(message.sequence)" }
        if let consumer { text += " consumer \(consumer)" }
        if let life { text += " acknowledged in life \(life)" }
        return text
    }
}

extension HistoryFinding: Comparable {
    /// By kind, then place, then message: the order of reports.
    package static func < (left: HistoryFinding, right: HistoryFinding) -> Bool {
        func order(_ each: HistoryFinding) -> [Int64] {
            [
                Int64(HistoryFault.allCases.firstIndex(of: each.fault) ?? 0),
                Int64(each.partition ?? -1), each.offset ?? -1,
                Int64(each.message?.producer ?? -1), each.message?.sequence ?? -1,
                Int64(each.consumer ?? -1), Int64(each.life ?? -1),
            ]
        }
        return order(left).lexicographicallyPrecedes(order(right))
    }
}
