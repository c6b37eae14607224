// The end of the ledger: what was sent against what arrived.

/// The account of one group of one class: every message sent, and what became of it.
package struct LedgerVerdict: Sendable, Equatable {
    /// Messages sent to the group's topics.
    package let sent: Int64
    /// Of those, acknowledged ones.
    package let acknowledged: Int64
    /// Acknowledgements of nothing that was waiting for one.
    package let strayAcknowledgements: Int64
    /// What arrived, by kind. Sequences that were never sent are moved to `foreign`.
    package let counts: ReceiveLedger.Counts
    /// Messages sent that never arrived.
    package let lost: Int64
    /// Of those, ones that had been acknowledged: the broker broke its word.
    package let acknowledgedThenLost: Int64
    /// Whether every gap was followed; when false, late arrivals may count as duplicates.
    package let isExact: Bool
    /// The streams with losses, most first.
    package let worstStreams: [StreamLoss]

    /// Every fault of every stream that has one, most first.
    package let streamFaults: [StreamFault]

    /// Losses of one stream.
    package struct StreamLoss: Sendable, Equatable {
        /// Producer index in the class.
        package let producer: Int
        /// Destination index in the class.
        package let destination: Int
        /// Messages of the stream that never arrived.
        package let lost: Int64
        /// Of those, acknowledged ones.
        package let acknowledgedThenLost: Int64
        /// The first of the lost ranges, for whoever looks into the log.
        package let firstLostSequence: Int64
    }

    // BOUND: a result names the worst streams, it does not list thousands.
    private static let worstStreamsLimit = 16

    /// Whether nothing at all is wrong.
    package var isClean: Bool {
        lost == 0 && counts.duplicates == 0 && counts.reordered == 0 && counts.misrouted == 0
            && counts.corrupt == 0 && counts.foreign == 0 && strayAcknowledgements == 0 && isExact
    }

    /// Intact, different messages that arrived.
    package var unique: Int64 { counts.received - counts.duplicates }

    /// Settles the account of one group.
    ///
    /// - Parameters:
    ///   - send: The class's producers, all workers merged.
    ///   - receive: The group's consumers, all workers merged.
    /// - Complexity: O(streams + gaps).
    @usableFromInline package init(send: SendLedger, receive: ReceiveLedger) {
        precondition(send.streams == receive.streams, "a verdict is about one class")
        var (lost, acknowledgedThenLost, neverSent): (Int64, Int64, Int64) = (0, 0, 0)
        var isExact = true
        var losses: [StreamLoss] = []
        for stream in 0..<send.streams.count {
            let sent = send.sentCount(stream: stream)
            let received = receive.received(stream: stream)
            let acknowledged = send.acknowledged(stream: stream)
            isExact = isExact && received.isExact && acknowledged.isExact
            neverSent += received.count(from: sent)
            let gaps = received.missing(below: sent)
            // Sequences of gaps that were given up are missing too; which ones is not known.
            let streamLost = SequenceSet.length(gaps) + received.untrackedCount
            guard streamLost > 0 else { continue }
            let broken =
                SequenceSet.length(gaps)
                - SequenceSet.length(
                    SequenceSet.intersection(gaps, acknowledged.missing(below: sent)))
            lost += streamLost
            acknowledgedThenLost += broken
            losses.append(
                StreamLoss(
                    producer: stream / send.streams.destinationCount,
                    destination: stream % send.streams.destinationCount, lost: streamLost,
                    acknowledgedThenLost: broken, firstLostSequence: gaps.first?.lower ?? 0))
        }
        var counts = receive.counts
        counts.received -= neverSent
        counts.foreign += neverSent
        self.counts = counts
        self.lost = lost
        self.acknowledgedThenLost = acknowledgedThenLost
        self.isExact = isExact
        sent = send.sentCount
        acknowledged = send.acknowledgedCount
        strayAcknowledgements = send.strayAcknowledgementCount
        losses.sort { $0.lost > $1.lost }
        worstStreams = Array(losses.prefix(Self.worstStreamsLimit))
        streamFaults = (losses.flatMap(\.faults) + receive.streamFaults).sorted()
    }
}

extension LedgerVerdict.StreamLoss {
    /// The same as faults.
    fileprivate var faults: [StreamFault] {
        [(LedgerFault.lost, lost), (.acknowledgedThenLost, acknowledgedThenLost)]
            .filter { $0.1 > 0 }
            .map { fault, count in
                StreamFault(
                    fault: fault, producer: producer, destination: destination, count: count,
                    // Which of the lost ones were acknowledged is not looked up.
                    firstSequence: fault == .lost ? firstLostSequence : nil)
            }
    }
}

extension StreamFault: Comparable {
    /// More messages first; ties in the order of producers, destinations and kinds.
    package static func < (a: StreamFault, b: StreamFault) -> Bool {
        if a.count != b.count { return a.count > b.count }
        return (a.producer ?? -1, a.destination, a.fault.rawValue)
            < (b.producer ?? -1, b.destination, b.fault.rawValue)
    }
}
