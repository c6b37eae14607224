// Says whether the broker kept its promises, from what its clients did and saw alone.

/// Takes a history step by step and judges it as a whole.
///
/// Knows nothing of brokers, clients or clocks. Memory grows with the history: a few dozen bytes a
/// step. The order of steps matters where one client's own order does.
///
/// Source of the rules: the analysis of polls and sends in jepsen.tests.kafka, cut to what holds
/// without transactions.
package struct HistoryChecker {
    /// What is known of a message.
    struct SendState {
        enum Outcome { case none, acknowledged, failed, unknown }

        let partition: Int
        var outcome = Outcome.none
        var offset: Int64 = -1
        var life = 0
    }

    /// A consumer in a partition.
    struct PollKey: Hashable {
        let consumer: Int
        let partition: Int
    }

    /// How far a consumer has come in a partition since it started there.
    struct PollState {
        /// The next offset that it may get, unless it is not known.
        var expected: Int64?
        var previous: Int64?
        /// The group's lowest possible position, until the first record.
        var groupFloor: Int64?
        var records: [(offset: Int64, message: SentMessage)] = []
    }

    /// Offsets that a consumer passed over: from the first up to, not including, the second.
    struct Gap {
        let key: PollKey
        let range: Range<Int64>
    }

    /// What a group asked to keep in a partition.
    struct GroupPosition {
        var acknowledged: Int64?
        /// Asked for after that and not acknowledged: each may be the position, too.
        var pending: [Int64] = []

        mutating func acknowledge(_ offset: Int64) {
            acknowledged = offset
            guard let index = pending.firstIndex(of: offset) else { return }
            pending.removeSubrange(...index)
        }
    }

    struct GroupKey: Hashable {
        let group: String
        let partition: Int
    }

    /// The last whole reading of a partition.
    struct Content {
        let start: Int64
        let end: Int64
        let records: [(offset: Int64, message: SentMessage)]
    }

    let promises: [DeliveryPromise]
    var sends: [SentMessage: SendState] = [:]
    /// The first message that was received at a place.
    var seen: [RecordPlace: SentMessage] = [:]
    /// Further, other messages that were received there: empty unless something is wrong.
    var seenToo: [RecordPlace: Set<SentMessage>] = [:]
    /// The first message that was acknowledged at a place.
    private var acknowledged: [RecordPlace: SentMessage] = [:]
    var contents: [Int: Content] = [:]
    var gaps: [Gap] = []
    var findings: Set<HistoryFinding> = []
    var counts = HistoryCounts()
    private var polls: [PollKey: PollState] = [:]
    private var groups: [GroupKey: GroupPosition] = [:]

    /// - Parameter promises: What each producer was promised, by its number.
    package init(promises: [DeliveryPromise]) { self.promises = promises }

    /// Takes all steps of a history and judges it.
    package static func report(
        _ history: some Sequence<HistoryEvent>, promises: [DeliveryPromise]
    ) -> HistoryReport {
        var checker = HistoryChecker(promises: promises)
        for event in history { checker.record(event) }
        return checker.report()
    }

    /// Takes one step.
    package mutating func record(_ event: HistoryEvent) {
        switch event {
        case .sendInvoked(let message, let partition): invoke(message, partition)
        case .sendAcknowledged(let message, let offset):
            counts.acknowledged += 1
            answer(message, .acknowledged, offset)
        case .sendFailed(let message):
            counts.failed += 1
            answer(message, .failed)
        case .sendUnknown(let message):
            counts.unknown += 1
            answer(message, .unknown)
        case .consumerStarted(let consumer, let partition, let start):
            begin(PollKey(consumer: consumer, partition: partition), start)
        case .received(let consumer, let place, let message): receive(consumer, place, message)
        case .receivedDamaged(_, let place):
            findings.insert(
                HistoryFinding(.damaged, partition: place.partition, offset: place.offset))
        case .readToEnd(let consumer, let partition, let start, let end):
            let key = PollKey(consumer: consumer, partition: partition)
            contents[partition] = Content(
                start: start, end: end, records: polls[key]?.records ?? [])
        case .commitInvoked(let group, let partition, let offset):
            groups[GroupKey(group: group, partition: partition), default: GroupPosition()]
                .pending.append(offset)
        case .commitAcknowledged(let group, let partition, let offset):
            counts.committed += 1
            groups[GroupKey(group: group, partition: partition), default: GroupPosition()]
                .acknowledge(offset)
        case .brokerStarted: counts.lives += 1
        }
    }

    // MARK: - Steps

    private mutating func invoke(_ message: SentMessage, _ partition: Int) {
        precondition(
            promises.indices.contains(message.producer), "every producer was promised something")
        let former = sends.updateValue(SendState(partition: partition), forKey: message)
        precondition(former == nil, "a message is handed over once")
        counts.invoked += 1
    }

    private mutating func answer(
        _ message: SentMessage, _ outcome: SendState.Outcome, _ offset: Int64 = -1
    ) {
        guard let state = sends[message] else {
            preconditionFailure("an answer belongs to a message that was handed over")
        }
        guard state.outcome == .none else {
            findings.insert(HistoryFinding(.contradicted, message: message))
            return
        }
        sends[message]?.outcome = outcome
        sends[message]?.offset = offset
        sends[message]?.life = counts.lives
        guard outcome == .acknowledged else { return }
        let place = RecordPlace(state.partition, offset)
        if acknowledged[place] == nil {
            acknowledged[place] = message
        } else {
            findings.insert(
                HistoryFinding(.inconsistentOffset, partition: state.partition, offset: offset))
        }
    }

    private mutating func begin(_ key: PollKey, _ start: HistoryStart) {
        switch start {
        case .offset(let offset): polls[key] = PollState(expected: offset)
        case .group(let group):
            let position = groups[GroupKey(group: group, partition: key.partition)]
            // Before its first acknowledged commit a group may begin at the log's start.
            let possible = (position?.pending ?? []) + [position?.acknowledged ?? 0]
            polls[key] = PollState(expected: possible.max(), groupFloor: possible.min())
        }
    }

    private mutating func receive(
        _ consumer: Int, _ place: RecordPlace, _ message: SentMessage
    ) {
        counts.received += 1
        let key = PollKey(consumer: consumer, partition: place.partition)
        note(key, place.offset)
        polls[key, default: PollState()].records.append((place.offset, message))
        if let first = seen[place] {
            if first != message { seenToo[place, default: []].insert(message) }
        } else {
            seen[place] = message
        }
    }

    /// Moves a consumer on, and keeps what has to be judged with the final content.
    private mutating func note(_ key: PollKey, _ offset: Int64) {
        let state = polls[key] ?? PollState()
        if let floor = state.groupFloor, offset < floor {
            findings.insert(
                HistoryFinding(
                    .commitLost, partition: key.partition, offset: offset, consumer: key.consumer))
        }
        if let previous = state.previous, offset <= previous {
            findings.insert(
                HistoryFinding(
                    .nonMonotonicPoll, partition: key.partition, offset: offset,
                    consumer: key.consumer))
        }
        if let expected = state.expected, offset > expected {
            gaps.append(Gap(key: key, range: expected..<offset))
        }
        polls[key, default: PollState()].previous = offset
        polls[key]?.expected = offset + 1
        polls[key]?.groupFloor = nil
    }
}
