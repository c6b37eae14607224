// Slices of load on one process, put together to one result.

import HDRHistogram

extension ResultDocument {
    /// One result of several short runs against the same process, in the order of time.
    ///
    /// Windows follow each other as if nothing had been between them; warm-ups are left out. What
    /// cannot be added up (lag, hiccups, threads, the broker's own figures) is that of the last
    /// slice.
    ///
    /// - Parameter slices: At least one, of the same scenario and target.
    /// - Throws: `.invalidValue` when a histogram does not decode or the slices do not fit.
    package init(joining slices: [ResultDocument]) throws(ResultFileError) {
        precondition(!slices.isEmpty)
        self = slices[slices.count - 1]
        window.startedAt = slices[0].window.startedAt
        let ends: [WindowEnd] = [.failed, .interrupted]
        window.endedBy =
            ends.first { end in slices.contains { $0.window.endedBy == end } } ?? .completed
        let windows = slices.map(\.window)
        window.warmupNanoseconds = windows.reduce(0) { $0 + $1.warmupNanoseconds }
        window.durationNanoseconds = windows.reduce(0) { $0 + $1.durationNanoseconds }
        window.measuredNanoseconds = windows.reduce(0) { $0 + $1.measuredNanoseconds }
        for index in classes.indices {
            let parts = slices.compactMap { slice in
                slice.classes.first { $0.name == classes[index].name }
            }
            classes[index] = try ClassRecord(joining: parts, windows: windows)
        }
        ledger = LedgerRecord(joining: slices.map(\.ledger))
        validity = ValidityRecord(joining: slices.map(\.validity))
    }
}

extension ClassRecord {
    fileprivate init(
        joining parts: [ClassRecord], windows: [WindowRecord]
    ) throws(ResultFileError) {
        self = parts[0]
        guard parts.count == windows.count else {
            throw .invalidValue(path: "classes", detail: "a slice lacks the class \(name)")
        }
        counts = MessageCounts()
        intervals = []
        for part in parts { counts.add(part.counts) }
        let seconds = Double(windows.reduce(0) { $0 + $1.measuredNanoseconds }) / 1e9
        achieved = AchievedLoad(counts, seconds: seconds)
        for (part, slice) in zip(parts, Self.places(windows)) {
            for var interval in part.intervals where !interval.isWarmup {
                interval.index += slice.index
                interval.startNanoseconds += slice.startNanoseconds
                intervals.append(interval)
            }
        }
        for series in parts[0].series.keys.sorted() {
            let records = parts.compactMap { $0.series[series] }
            self.series[series] =
                records.count == parts.count
                ? try SeriesRecord(joining: records, places: Self.places(windows)) : nil
        }
    }

    /// What is added to the numbers and times of each slice's intervals.
    private static func places(
        _ windows: [WindowRecord]
    ) -> [(index: Int, startNanoseconds: Int64)] {
        var places: [(index: Int, startNanoseconds: Int64)] = []
        var (index, start) = (0, Int64(0))
        for window in windows {
            places.append((index, start))
            let length = window.warmupNanoseconds + window.durationNanoseconds
            start += length
            index += Int(length / max(window.intervalNanoseconds, 1)) + 1
        }
        return places
    }
}

extension SeriesRecord {
    fileprivate init(
        joining records: [SeriesRecord], places: [(index: Int, startNanoseconds: Int64)]
    ) throws(ResultFileError) {
        var intervals: [SeriesInterval] = []
        for (record, place) in zip(records, places) {
            for var interval in record.intervals where !interval.isWarmup {
                interval.index += place.index
                interval.startNanoseconds += place.startNanoseconds
                intervals.append(interval)
            }
        }
        do {
            var sum = try Histogram(base64: records[0].histogram)
            for record in records.dropFirst() { try sum.add(Histogram(base64: record.histogram)) }
            let summary = LatencySummary(sum)
            self.init(
                summary: summary, histogram: sum.encodedBase64(), intervals: intervals,
                unsupported: summary.unsupportedPercentiles)
        } catch {
            throw .invalidValue(path: "series.histogram", detail: "\(error)")
        }
    }
}

extension AchievedLoad {
    fileprivate init(_ counts: MessageCounts, seconds: Double) {
        func rate(_ count: Int64) -> Double { seconds > 0 ? Double(count) / seconds : 0 }
        self.init(
            sentPerSecond: rate(counts.sent), ackedPerSecond: rate(counts.acked),
            receivedPerSecond: rate(counts.received), sentBytesPerSecond: rate(counts.sentBytes),
            receivedBytesPerSecond: rate(counts.receivedBytes))
    }
}

extension LedgerRecord {
    fileprivate init(joining ledgers: [LedgerRecord]) {
        self.init(
            totals: LedgerCounts(), classes: [], offenders: ledgers.flatMap(\.offenders),
            offendersOmitted: ledgers.compactMap(\.offendersOmitted).reduce(0, +))
        for ledger in ledgers {
            totals.add(ledger.totals)
            for entry in ledger.classes {
                let place = classes.firstIndex {
                    $0.className == entry.className && $0.group == entry.group
                }
                if let place {
                    classes[place].counts.add(entry.counts)
                } else {
                    classes.append(entry)
                }
            }
        }
    }
}

extension LedgerCounts {
    fileprivate mutating func add(_ other: LedgerCounts) {
        let fields: [WritableKeyPath<LedgerCounts, Int64>] = [
            \.sent, \.acked, \.expected, \.received, \.lost, \.ackedThenLost, \.duplicated,
            \.reordered, \.misrouted, \.corrupt, \.foreign,
        ]
        for field in fields { self[keyPath: field].addSaturating(other[keyPath: field]) }
    }
}

extension ValidityRecord {
    /// What makes a slice doubtful makes the whole doubtful; each code once.
    fileprivate init(joining records: [ValidityRecord]) {
        func firsts(_ reasons: [ValidityReason]) -> [ValidityReason] {
            var kept: [ValidityReason] = []
            for reason in reasons where !kept.contains(where: { $0.code == reason.code }) {
                kept.append(reason)
            }
            return kept
        }
        let reasons = firsts(records.flatMap(\.reasons))
        self.init(
            isValid: reasons.isEmpty, reasons: reasons,
            warnings: firsts(records.flatMap(\.warnings)))
    }
}
