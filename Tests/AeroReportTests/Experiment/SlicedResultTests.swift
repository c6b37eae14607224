// Slices put together to one result.

import AeroReport
import Testing

struct SlicedResultTests {
    private static func slice(
        _ id: String, median: Int64 = 1_000_000, lost: Int64 = 0, reasons: [ValidityReason] = []
    ) throws -> ResultDocument {
        var sample = SampleResult()
        sample.id = id
        sample.medianNanoseconds = median
        sample.ledger.lost = lost
        sample.reasons = reasons
        sample.windowCount = 2
        var document = try sample.document()
        document.classes[0].intervals.append(
            IntervalRecord(
                index: 1, startNanoseconds: 2_000_000_000, durationNanoseconds: 1_000_000_000,
                isWarmup: false, counts: MessageCounts(sent: 1, acked: 1, received: 1)))
        return document
    }

    @Test func countsTimesAndHistogramsAddUp() throws {
        let slices = [try Self.slice("a"), try Self.slice("b", median: 3_000_000, lost: 2)]
        let whole = try ResultDocument(joining: slices)
        #expect(whole.window.measuredNanoseconds == 2 * SampleResult.measuredNanoseconds)
        #expect(whole.window.durationNanoseconds == 2 * SampleResult.measuredNanoseconds)
        #expect(whole.window.startedAt == slices[0].window.startedAt)
        #expect(whole.ledger.totals.lost == 2 && whole.ledger.totals.sent == 2_000_000)
        #expect(whole.ledger.classes.count == 1 && whole.ledger.classes[0].counts.sent == 2_000_000)
        let entry = whole.classes[0]
        #expect(entry.counts.sent == 2 * slices[0].classes[0].counts.sent)
        #expect(entry.achieved.sentPerSecond == slices[0].classes[0].achieved.sentPerSecond)
        let series = try #require(entry.series["e2e.intended"])
        let parts = try slices.map { try #require($0.classes[0].series["e2e.intended"]) }
        #expect(series.summary.count == parts.reduce(0) { $0 + $1.summary.count })
        #expect(series.summary.max == parts[1].summary.max)
        #expect(series.summary.min == parts[0].summary.min)
        // Windows stay what they were, in order, and warm-ups are gone.
        #expect(
            series.intervals.map(\.p50) == parts.flatMap { $0.intervals.dropFirst().map(\.p50) })
        for intervals in [series.intervals.map(\.index), entry.intervals.map(\.index)] {
            #expect(zip(intervals, intervals.dropFirst()).allSatisfy { $0 < $1 })
        }
        // A gate finds nothing to object to.
        let report = try GateReport(baseline: [], candidate: [whole])
        #expect(!report.checks.contains { $0.explanation.contains("contradicts itself") })
    }

    @Test func oneDoubtfulSliceMakesTheWholeDoubtful() throws {
        let reason = ValidityReason(code: "lag-over-budget", message: "late")
        let slices = try [[], [reason], [reason]].enumerated().map {
            try Self.slice("\($0.offset)", reasons: $0.element)
        }
        let whole = try ResultDocument(joining: slices)
        #expect(!whole.validity.isValid && whole.validity.reasons == [reason])
        var cut = slices[0]
        cut.window.endedBy = .interrupted
        #expect(try ResultDocument(joining: [cut, slices[0]]).window.endedBy == .interrupted)
        #expect(try ResultDocument(joining: [slices[0]]).window.endedBy == .completed)
    }
}
