// Recovery figures of the incidents of a run, from its own intervals.

/// Something that was done to a run, before it is judged.
package struct IncidentSpan: Sendable {
    let kind: IncidentKind
    let text: String?
    let className: String?
    let startNanoseconds: Int64
    let endNanoseconds: Int64?

    /// - Parameters:
    ///   - kind: What was done.
    ///   - text: The same as the scenario spells it.
    ///   - className: The only class that it was done to; nil for all.
    ///   - startNanoseconds: When, counted from the start of the warm-up.
    ///   - endNanoseconds: When it was over; nil when the run ended before.
    package init(
        _ kind: IncidentKind, text: String? = nil, className: String? = nil,
        startNanoseconds: Int64, endNanoseconds: Int64?
    ) {
        self.kind = kind
        self.text = text
        self.className = className
        self.startNanoseconds = startNanoseconds
        self.endNanoseconds = endNanoseconds
    }
}

extension IncidentRecord {
    /// The records of what was done to a run.
    ///
    /// - Parameters:
    ///   - spans: In the order of time, without overlaps.
    ///   - document: The run.
    /// - Throws: `.invalidValue` when a histogram does not decode.
    package static func list(
        _ spans: [IncidentSpan], in document: ResultDocument
    ) throws(ResultFileError) -> [IncidentRecord] {
        var records: [IncidentRecord] = []
        var disturbed: [Range<Int64>] = []
        for (index, span) in spans.enumerated() {
            let timeline = IncidentTimeline(document, ofClass: span.className)
            let next = index + 1 < spans.count ? spans[index + 1].startNanoseconds : nil
            let course = IncidentCourse(span, timeline, after: disturbed, until: next)
            disturbed.append(course.disturbedTimes)
            records.append(
                IncidentRecord(
                    kind: span.kind, text: span.text, startNanoseconds: span.startNanoseconds,
                    endNanoseconds: course.endNanoseconds,
                    recovery: span.endNanoseconds == nil ? nil : course.recovery,
                    phases: try course.phases()))
        }
        return records
    }
}

extension ValidityRecord {
    /// The verdict on a run with incidents: what their own doing is, is no reason for doubt.
    ///
    /// - Parameter kinds: What was done to the run.
    package func excusing(_ kinds: [IncidentKind]) -> ValidityRecord {
        let excused = kinds.reduce(into: Set<String>()) { $0.formUnion($1.excusedReasons) }
        let remaining = reasons.filter { !excused.contains($0.code) }
        return ValidityRecord(
            isValid: remaining.isEmpty, reasons: remaining,
            warnings: warnings + reasons.filter { excused.contains($0.code) },
            intervals: intervals)
    }
}

extension IncidentKind {
    /// Reasons for doubt that are the finding of a run with such an incident.
    ///
    /// Messages that a target takes late because it was held up are what was asked for, and
    /// latencies from the intended time have it all. A process that was stopped has hiccups, and
    /// one that was started again has counted only since then. Slow consumers are no excuse for
    /// producers that are late.
    fileprivate var excusedReasons: Set<String> {
        switch self {
        case .slowConsumer, .backlog: []
        case .disconnect: ["lag-over-budget", "rate-not-reached"]
        case .pause, .diskDelay: ["lag-over-budget", "rate-not-reached", "broker-hiccups"]
        case .kill: ["lag-over-budget", "rate-not-reached", "broker-hiccups", "counts-differ"]
        }
    }
}

extension BrokerRecord {
    /// Leaves out what was derived from two readings of counters.
    package mutating func dropDifferences() {
        activity = nil
        allocationsPerMessage = nil
        allocatedBytesPerMessage = nil
        jemalloc?.requestsPerMessage = nil
        jemalloc?.requestedBytesPerMessage = nil
        poolHitRate = nil
    }
}
