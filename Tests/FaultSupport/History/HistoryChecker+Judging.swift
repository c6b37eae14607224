// What can be said of a history only when it is over.

extension HistoryChecker {
    /// Judges what was recorded so far. What was never read to the end is a finding, too.
    package func report() -> HistoryReport {
        var judge = HistoryJudge(self)
        judge.judgeContents()
        judge.judgeAnswers()
        judge.judgeReceipts()
        judge.judgeGaps()
        return HistoryReport(judge.findings, judge.counts)
    }
}

/// The rules that need the final content.
private struct HistoryJudge {
    let history: HistoryChecker
    var findings: Set<HistoryFinding>
    var counts: HistoryCounts
    /// The message at each place of the final content; the first where there are two.
    private var stored: [RecordPlace: SentMessage] = [:]
    /// The lowest final offset of each message in the partition it was sent to.
    private var homes: [SentMessage: Int64] = [:]
    /// The final offsets of each partition, in order.
    private var offsets: [Int: [Int64]] = [:]

    init(_ history: HistoryChecker) {
        self.history = history
        findings = history.findings
        counts = history.counts
        for (partition, content) in history.contents {
            for record in content.records {
                let place = RecordPlace(partition, record.offset)
                if stored[place] == nil { stored[place] = record.message }
            }
            offsets[partition] = Set(content.records.map(\.offset)).sorted()
        }
        counts.stored = stored.count
    }

    private func isSent(_ message: SentMessage, to partition: Int) -> Bool {
        history.sends[message]?.partition == partition
    }

    private mutating func find(
        _ fault: HistoryFault, _ place: RecordPlace, _ message: SentMessage? = nil,
        life: Int? = nil
    ) {
        findings.insert(
            HistoryFinding(
                fault, partition: place.partition, offset: place.offset, message: message,
                life: life))
    }

    /// Copies, order and strangers in the final content, partition by partition.
    mutating func judgeContents() {
        for (partition, sorted) in offsets {
            var newest: [Int: Int64] = [:]
            for offset in sorted {
                let place = RecordPlace(partition, offset)
                guard let message = stored[place], isSent(message, to: partition) else { continue }
                if homes[message] != nil {
                    judgeCopy(place, message)
                } else {
                    homes[message] = offset
                }
                judgeOrder(place, message, &newest)
            }
        }
    }

    private mutating func judgeCopy(_ place: RecordPlace, _ message: SentMessage) {
        switch history.promises[message.producer] {
        case .once, .atMostOnce: find(.duplicated, place, message)
        case .atLeastOnce: counts.repeated += 1
        }
    }

    private mutating func judgeOrder(
        _ place: RecordPlace, _ message: SentMessage, _ newest: inout [Int: Int64]
    ) {
        switch history.promises[message.producer] {
        case .once:
            // A copy is told as a copy.
            guard homes[message] == place.offset else { return }
        case .atMostOnce:
            // One that was in doubt may have been overtaken on a new connection.
            guard let send = history.sends[message], send.outcome == .acknowledged,
                send.offset == place.offset
            else { return }
        case .atLeastOnce: return
        }
        let former = newest[message.producer] ?? -1
        if message.sequence < former { find(.reordered, place, message) }
        newest[message.producer] = max(former, message.sequence)
    }

    /// What producers were told against the final content.
    mutating func judgeAnswers() {
        for (message, send) in history.sends {
            let home = homes[message]
            if send.outcome == .acknowledged {
                judgeClaim(RecordPlace(send.partition, send.offset), message)
            }
            guard let content = history.contents[send.partition] else {
                findings.insert(HistoryFinding(.unread, partition: send.partition))
                continue
            }
            switch send.outcome {
            case .acknowledged:
                guard home == nil, send.offset >= content.start else { continue }
                find(.lost, RecordPlace(send.partition, send.offset), message, life: send.life)
            case .failed:
                if let home {
                    find(.contradicted, RecordPlace(send.partition, home), message)
                }
            case .none, .unknown:
                if home != nil { counts.unknownStored += 1 }
            }
        }
    }

    /// What consumers got against what was sent and what is there in the end.
    mutating func judgeReceipts() {
        var strangers: [SentMessage: [Int: Int64]] = [:]
        var vanished: [SentMessage: Int64] = [:]
        func lower(_ old: Int64?, _ new: Int64) -> Int64 { min(old ?? new, new) }
        for (place, message) in receipts {
            judgeClaim(place, message)
            guard isSent(message, to: place.partition) else {
                strangers[message, default: [:]][place.partition] = lower(
                    strangers[message]?[place.partition], place.offset)
                continue
            }
            guard homes[message] == nil, let send = history.sends[message],
                let content = history.contents[place.partition],
                place.offset >= content.start
            else { continue }
            switch send.outcome {
            case .failed: find(.contradicted, place, message)
            case .none, .unknown: vanished[message] = lower(vanished[message], place.offset)
            case .acknowledged: break
            }
        }
        for (message, places) in strangers {
            for (partition, offset) in places {
                find(.invented, RecordPlace(partition, offset), message)
            }
        }
        for (message, offset) in vanished {
            guard let partition = history.sends[message]?.partition else { continue }
            find(.vanished, RecordPlace(partition, offset), message)
        }
    }

    /// Every different message that was received anywhere.
    private var receipts: [(RecordPlace, SentMessage)] {
        history.seen.map { ($0.key, $0.value) }
            + history.seenToo.flatMap { place, messages in messages.map { (place, $0) } }
    }

    /// A place holds one message, for everybody and for ever.
    private mutating func judgeClaim(_ place: RecordPlace, _ message: SentMessage) {
        if let other = history.seen[place], other != message { find(.inconsistentOffset, place) }
        guard let content = history.contents[place.partition] else { return }
        if let other = stored[place] {
            if other != message { find(.inconsistentOffset, place) }
        } else if place.offset >= content.start, homes[message] != nil,
            isSent(message, to: place.partition)
        {
            find(.inconsistentOffset, place)
        }
    }

    /// What consumers passed over and is there in the end.
    mutating func judgeGaps() {
        for gap in history.gaps {
            guard let sorted = offsets[gap.key.partition],
                let skipped = sorted.first(atOrAbove: gap.range.lowerBound),
                skipped < gap.range.upperBound
            else { continue }
            findings.insert(
                HistoryFinding(
                    .skippedPoll, partition: gap.key.partition, offset: skipped,
                    consumer: gap.key.consumer))
        }
    }
}

extension [Int64] {
    /// The first element that isn't below a value; the array is sorted.
    fileprivate func first(atOrAbove value: Int64) -> Int64? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low < count ? self[low] : nil
    }
}
