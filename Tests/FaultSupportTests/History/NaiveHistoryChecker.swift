// The rules of histories once more, each by itself and as slowly as it reads.

import FaultSupport

/// An oracle: every rule searches the whole history again.
struct NaiveHistoryChecker {
    struct Receipt: Hashable {
        let index: Int
        let consumer: Int
        let place: RecordPlace
        let message: SentMessage
    }

    let events: [HistoryEvent]
    let promises: [DeliveryPromise]

    var findings: Set<HistoryFinding> {
        lost.union(vanished).union(duplicated).union(reordered).union(invented)
            .union(inconsistent).union(polls).union(commits).union(contradicted)
            .union(damagedAndUnread)
    }

    // MARK: - What the rules ask of a history

    private var receipts: [Receipt] {
        events.enumerated().compactMap { index, event in
            guard case .received(let consumer, let place, let message) = event else { return nil }
            return Receipt(index: index, consumer: consumer, place: place, message: message)
        }
    }

    private var sent: [(message: SentMessage, partition: Int)] {
        events.compactMap { event in
            guard case .sendInvoked(let message, let partition) = event else { return nil }
            return (message, partition)
        }
    }

    /// Answers to a message, in order.
    private func answers(_ message: SentMessage) -> [(event: HistoryEvent, index: Int)] {
        events.enumerated().compactMap { index, event in
            switch event {
            case .sendAcknowledged(message, _), .sendFailed(message), .sendUnknown(message):
                return (event, index)
            default: return nil
            }
        }
    }

    private func acknowledgedOffset(_ message: SentMessage) -> Int64? {
        guard case .sendAcknowledged(_, let offset)? = answers(message).first?.event else {
            return nil
        }
        return offset
    }

    private func isFailed(_ message: SentMessage) -> Bool {
        if case .sendFailed? = answers(message).first?.event { return true }
        return false
    }

    private func isSent(_ message: SentMessage, to partition: Int) -> Bool {
        sent.contains { $0.message == message && $0.partition == partition }
    }

    /// The last reading of a partition: where it starts, and its records, lowest offset first and
    /// one for each offset.
    private func content(_ partition: Int) -> (start: Int64, records: [Receipt])? {
        for (index, event) in events.enumerated().reversed() {
            guard case .readToEnd(let consumer, partition, let start, _) = event else { continue }
            let begin = begin(of: consumer, partition, before: index)?.index ?? -1
            var records: [Receipt] = []
            for each in receipts
            where each.consumer == consumer && each.place.partition == partition
                && (begin..<index).contains(each.index)
                && !records.contains(where: { $0.place == each.place })
            {
                records.append(each)
            }
            return (start, records.sorted { $0.place.offset < $1.place.offset })
        }
        return nil
    }

    private func begin(
        of consumer: Int, _ partition: Int, before index: Int
    ) -> (index: Int, start: HistoryStart)? {
        for position in (0..<index).reversed() {
            if case .consumerStarted(consumer, partition, let start) = events[position] {
                return (position, start)
            }
        }
        return nil
    }

    private func isStored(_ message: SentMessage, in partition: Int) -> Bool {
        content(partition)?.records.contains { $0.message == message } ?? false
    }

    // MARK: - The rules

    private var lost: Set<HistoryFinding> {
        Set(
            sent.compactMap { message, partition in
                guard let offset = acknowledgedOffset(message), let content = content(partition),
                    offset >= content.start, !isStored(message, in: partition)
                else { return nil }
                let acknowledged = answers(message)[0].index
                let life = events[..<acknowledged].count { $0 == .brokerStarted }
                return HistoryFinding(
                    .lost, partition: partition, offset: offset, message: message, life: life)
            })
    }

    private var vanished: Set<HistoryFinding> {
        Set(
            receipts.compactMap { each in
                let partition = each.place.partition
                guard isSent(each.message, to: partition), !isFailed(each.message),
                    acknowledgedOffset(each.message) == nil, let content = content(partition),
                    each.place.offset >= content.start, !isStored(each.message, in: partition)
                else { return nil }
                let offsets = receipts.filter {
                    $0.message == each.message && $0.place.partition == partition
                        && $0.place.offset >= content.start
                }.map(\.place.offset)
                return HistoryFinding(
                    .vanished, partition: partition, offset: offsets.min(), message: each.message)
            })
    }

    private var partitions: Set<Int> {
        Set(sent.map(\.partition)).union(receipts.map(\.place.partition))
    }

    private var duplicated: Set<HistoryFinding> {
        var found: Set<HistoryFinding> = []
        for partition in partitions {
            let records = content(partition)?.records ?? []
            for (index, each) in records.enumerated()
            where isSent(each.message, to: partition)
                && promises[each.message.producer] != .atLeastOnce
                && records[..<index].contains(where: { $0.message == each.message })
            {
                found.insert(finding(.duplicated, each))
            }
        }
        return found
    }

    private var reordered: Set<HistoryFinding> {
        var found: Set<HistoryFinding> = []
        for partition in partitions {
            let all = content(partition)?.records ?? []
            let records = all.enumerated().filter { index, each in
                guard isSent(each.message, to: partition) else { return false }
                switch promises[each.message.producer] {
                case .once: return !all[..<index].contains { $0.message == each.message }
                case .atMostOnce: return acknowledgedOffset(each.message) == each.place.offset
                case .atLeastOnce: return false
                }
            }.map(\.element)
            for (index, each) in records.enumerated()
            where records[..<index].contains(where: {
                $0.message.producer == each.message.producer
                    && $0.message.sequence > each.message.sequence
            }) {
                found.insert(finding(.reordered, each))
            }
        }
        return found
    }

    private var invented: Set<HistoryFinding> {
        Set(
            receipts.compactMap { each in
                let partition = each.place.partition
                guard !isSent(each.message, to: partition) else { return nil }
                let offsets = receipts.filter {
                    $0.message == each.message && $0.place.partition == partition
                }.map(\.place.offset)
                return HistoryFinding(
                    .invented, partition: partition, offset: offsets.min(), message: each.message)
            })
    }

    private var inconsistent: Set<HistoryFinding> {
        var claims = receipts.map { ($0.place, $0.message) }
        for (message, partition) in sent {
            guard let offset = acknowledgedOffset(message) else { continue }
            claims.append((RecordPlace(partition, offset), message))
        }
        var found: Set<HistoryFinding> = []
        for (place, message) in claims {
            let differs = claims.contains { $0.0 == place && $0.1 != message }
            let content = content(place.partition)
            let isElsewhere =
                content.map { content in
                    place.offset >= content.start && isSent(message, to: place.partition)
                        && isStored(message, in: place.partition)
                        && !content.records.contains { $0.place == place }
                } ?? false
            guard differs || isElsewhere else { continue }
            found.insert(
                HistoryFinding(
                    .inconsistentOffset, partition: place.partition, offset: place.offset))
        }
        return found
    }

    private var polls: Set<HistoryFinding> {
        var found: Set<HistoryFinding> = []
        for each in receipts {
            let begin = begin(of: each.consumer, each.place.partition, before: each.index)
            let previous = receipts.last {
                $0.consumer == each.consumer && $0.place.partition == each.place.partition
                    && ((begin?.index ?? -1) + 1..<each.index).contains($0.index)
            }
            if let previous, each.place.offset <= previous.place.offset {
                found.insert(
                    HistoryFinding(
                        .nonMonotonicPoll, partition: each.place.partition,
                        offset: each.place.offset, consumer: each.consumer))
            }
            let first = begin.map { firstExpected($0, each) }
            guard let expected = previous.map({ $0.place.offset + 1 }) ?? first else { continue }
            let passed = content(each.place.partition)?.records.map(\.place.offset).filter {
                expected <= $0 && $0 < each.place.offset
            }
            guard let lowest = passed?.min() else { continue }
            found.insert(
                HistoryFinding(
                    .skippedPoll, partition: each.place.partition, offset: lowest,
                    consumer: each.consumer))
        }
        return found
    }

    private func firstExpected(
        _ begin: (index: Int, start: HistoryStart), _ receipt: Receipt
    ) -> Int64 {
        switch begin.start {
        case .offset(let offset): offset
        case .group(let group):
            possible(group, receipt.place.partition, before: begin.index).max() ?? 0
        }
    }

    /// Every position that a group may have at a step.
    private func possible(_ group: String, _ partition: Int, before index: Int) -> [Int64] {
        var last: Int64 = 0
        var from = -1
        for position in (0..<index).reversed() {
            guard case .commitAcknowledged(group, partition, let offset) = events[position] else {
                continue
            }
            last = offset
            // The request that this answers: the first of that offset that is still open.
            from = request(of: position, group, partition, offset) ?? -1
            break
        }
        let open = events[(from + 1)..<index].compactMap { event -> Int64? in
            guard case .commitInvoked(group, partition, let offset) = event else { return nil }
            return offset
        }
        return open + [last]
    }

    private func request(
        of answer: Int, _ group: String, _ partition: Int, _ offset: Int64
    ) -> Int? {
        var closed = -1
        for position in 0...answer {
            guard case .commitAcknowledged(group, partition, let other) = events[position] else {
                continue
            }
            let asked = (closed + 1..<position).first {
                events[$0] == .commitInvoked(group: group, partition: partition, offset: other)
            }
            if let asked { closed = asked }
        }
        return closed < 0 ? nil : closed
    }

    private var commits: Set<HistoryFinding> {
        Set(
            receipts.compactMap { each in
                let partition = each.place.partition
                guard let begin = begin(of: each.consumer, partition, before: each.index),
                    case .group(let group) = begin.start,
                    !receipts.contains(where: {
                        $0.consumer == each.consumer && $0.place.partition == partition
                            && (begin.index..<each.index).contains($0.index)
                    }),
                    let floor = possible(group, partition, before: begin.index).min(),
                    each.place.offset < floor
                else { return nil }
                return HistoryFinding(
                    .commitLost, partition: partition, offset: each.place.offset,
                    consumer: each.consumer)
            })
    }

    private var contradicted: Set<HistoryFinding> {
        var found: Set<HistoryFinding> = []
        for (message, partition) in sent {
            if answers(message).count > 1 {
                found.insert(HistoryFinding(.contradicted, message: message))
            }
            guard isFailed(message), let content = content(partition) else { continue }
            if let home = content.records.first(where: { $0.message == message }) {
                found.insert(finding(.contradicted, home))
                continue
            }
            for each in receipts
            where each.message == message && each.place.partition == partition
                && each.place.offset >= content.start
            {
                found.insert(finding(.contradicted, each))
            }
        }
        return found
    }

    private var damagedAndUnread: Set<HistoryFinding> {
        var found: Set<HistoryFinding> = []
        for case .receivedDamaged(_, let place) in events {
            found.insert(
                HistoryFinding(.damaged, partition: place.partition, offset: place.offset))
        }
        for (_, partition) in sent where content(partition) == nil {
            found.insert(HistoryFinding(.unread, partition: partition))
        }
        return found
    }

    private func finding(_ fault: HistoryFault, _ receipt: Receipt) -> HistoryFinding {
        HistoryFinding(
            fault, partition: receipt.place.partition, offset: receipt.place.offset,
            message: receipt.message)
    }
}
