// Recovery figures from intervals that are made by hand.

import AeroReport
import HDRHistogram
import Testing

struct IncidentDerivingTests {
    private static let second: Int64 = 1_000_000_000

    /// One second of a run: what was sent, acknowledged, failed, received, and its p99 in us.
    private struct Second {
        var sent: Int64 = 1_000
        var acked: Int64 = 1_000
        var failed: Int64 = 0
        var received: Int64 = 1_000
        var p99: Int64? = 1_000
    }

    /// A run of one class whose first second is the warm-up.
    private func document(_ seconds: [Second]) throws -> ResultDocument {
        var document = try SampleResult().document()
        document.window.warmupNanoseconds = Self.second
        document.classes[0].intervals = seconds.enumerated().map { index, second in
            IntervalRecord(
                index: index, startNanoseconds: Int64(index) * Self.second,
                durationNanoseconds: Self.second, isWarmup: index == 0,
                counts: MessageCounts(
                    sent: second.sent, acked: second.acked, failed: second.failed,
                    received: second.received))
        }
        let samples = try seconds.enumerated().map { index, second in
            var histogram = try Histogram(
                highestTrackableValue: 3_600_000_000_000, significantDigits: 3)
            if let p99 = second.p99 { histogram.record(p99 * 1_000, count: 100) }
            return IntervalSamples(
                index: index, startNanoseconds: Int64(index) * Self.second, isWarmup: index == 0,
                histogram: histogram)
        }
        document.classes[0].series = [
            "e2e.intended": try SeriesRecord(
                summingInto: try Histogram(
                    highestTrackableValue: 3_600_000_000_000, significantDigits: 3),
                intervals: samples)
        ]
        return document
    }

    private func seconds(_ value: Double) -> Int64 { Int64(value * 1e9) }

    /// Two seconds of silence from second 4 on, a second that catches up, and some slow ones.
    private static let silence = [
        Second(), Second(), Second(p99: 1_500), Second(),
        Second(acked: 0, received: 0, p99: nil),
        Second(acked: 0, failed: 7, received: 0, p99: nil),
        Second(acked: 2_993, received: 2_993, p99: 2_000_000), Second(p99: 5_000), Second(),
        Second(p99: nil), Second(), Second(), Second(p99: 2_900), Second(),
    ]

    @Test func silenceIsMeasuredUntilEverythingIsBack() throws {
        let record = try IncidentRecord(
            .pause, startNanoseconds: seconds(4), endNanoseconds: seconds(6),
            in: try document(Self.silence))
        let recovery = try #require(record.recovery)
        #expect(recovery.unavailableNanoseconds == seconds(2))
        #expect(recovery.firstSuccessNanoseconds == seconds(2))
        #expect(recovery.failed == 7)
        #expect(recovery.backlogBefore == 0)
        #expect(recovery.backlogPeak == 1_993)
        #expect(recovery.drainedNanoseconds == seconds(3))
        #expect(recovery.timeToDrainNanoseconds == seconds(1))
        // Twice 1.5 ms, as precise as the histogram.
        let limit = try #require(recovery.p99LimitNanoseconds)
        #expect(abs(limit - 3_000_000) < 10_000)
        // Second 8 is calm, but second 9 has no samples: three in a row begin with second 10.
        #expect(recovery.p99BackNanoseconds == seconds(6))
    }

    @Test func phasesHaveTheirOwnLatencies() throws {
        let record = try IncidentRecord(
            .pause, startNanoseconds: seconds(4), endNanoseconds: seconds(6),
            in: try document(Self.silence))
        #expect(record.phases.map(\.name) == ["before", "during", "recovering", "after"])
        #expect(
            record.phases.map(\.startNanoseconds) == [1, 4, 6, 10].map { seconds($0) })
        #expect(record.phases.map(\.counts.sent) == [3_000, 2_000, 4_000, 4_000])
        let maxima = record.phases.map { ($0.series["e2e.intended"]?.max ?? 0) / 100_000 }
        #expect(maxima[0] == 15)
        #expect(maxima[1] == 0)
        #expect(maxima[2] / 100 == 200)
        #expect((28...29).contains(maxima[3]))
    }

    /// Consumers take nothing for two seconds, and what they left in a second more.
    private static let backlog = [
        Second(), Second(), Second(), Second(received: 0, p99: nil),
        Second(received: 0, p99: nil), Second(received: 2_500, p99: 2_000_000),
        Second(received: 1_500, p99: 900_000), Second(), Second(),
    ]

    @Test func aBacklogIsBuiltAndDrained() throws {
        let record = try IncidentRecord(
            .backlog, startNanoseconds: seconds(3), endNanoseconds: seconds(5),
            in: try document(Self.backlog))
        #expect(record.phases.map(\.name) == ["before", "build", "drain", "after"])
        #expect(record.phases.map(\.startNanoseconds) == [1, 3, 5, 7].map { seconds($0) })
        let recovery = try #require(record.recovery)
        #expect(recovery.backlogPeak == 2_000)
        #expect(recovery.drainedNanoseconds == seconds(4))
        #expect(recovery.timeToDrainNanoseconds == seconds(2))
        // Producers were served all the time; it is consumers that had nothing.
        #expect(recovery.unavailableNanoseconds == seconds(2))
        let drain = record.phases[2]
        #expect(drain.rate(of: \.received) == 2_000)
        let text = try #require(drain.histograms?["e2e.intended"])
        let histogram = try Histogram(base64: text)
        #expect(histogram.totalCount == 200)
        #expect(LatencySummary(histogram) == drain.series["e2e.intended"])
    }

    /// With nothing but the warm-up in front, that is what the backlog is held against.
    @Test func aBacklogFromTheStartOfTheWindow() throws {
        var seconds = Self.backlog
        seconds.removeSubrange(1..<3)
        seconds[0].received = 990
        let record = try IncidentRecord(
            .backlog, startNanoseconds: self.seconds(1), endNanoseconds: self.seconds(3),
            in: try document(seconds))
        #expect(record.recovery?.backlogBefore == 10)
        #expect(record.recovery?.drainedNanoseconds == self.seconds(4))
        #expect(record.phases.map(\.name) == ["build", "drain", "after"])
    }

    @Test func whatNeverComesBackIsNotMadeUp() throws {
        var gone = Array(Self.silence[..<4])
        gone += (0..<4).map { _ in Second(acked: 0, received: 0, p99: nil) }
        let record = try IncidentRecord(
            .kill, startNanoseconds: seconds(4), endNanoseconds: seconds(5),
            in: try document(gone))
        let recovery = try #require(record.recovery)
        #expect(recovery.unavailableNanoseconds == seconds(4))
        #expect(recovery.firstSuccessNanoseconds == nil)
        #expect(recovery.drainedNanoseconds == nil)
        #expect(recovery.p99BackNanoseconds == nil)
        #expect(record.phases.map(\.name) == ["before", "during", "recovering"])
    }

    @Test func anIncidentThatNobodyNotices() throws {
        let record = try IncidentRecord(
            .pause, startNanoseconds: seconds(2.5), endNanoseconds: seconds(2.6),
            in: try document((0..<8).map { _ in Second() }))
        let recovery = try #require(record.recovery)
        #expect(recovery.unavailableNanoseconds == 0)
        #expect(recovery.firstSuccessNanoseconds == 0)
        #expect(recovery.failed == 0)
        #expect(recovery.p99BackNanoseconds == seconds(0.5))
    }

    @Test func aRunThatEndsMeanwhileHasNoRecovery() throws {
        let record = try IncidentRecord(
            .kill, startNanoseconds: seconds(4), endNanoseconds: nil,
            in: try document(Array(Self.silence[..<6])))
        #expect(record.recovery == nil)
        #expect(record.endNanoseconds == seconds(6))
    }

    @Test func latenessIsTheFindingAndNoDoubt() {
        func reason(_ code: String) -> ValidityReason { ValidityReason(code: code, message: "") }
        let verdict = ValidityRecord(
            isValid: false, reasons: [reason("lag-over-budget")], warnings: [reason("incident")])
        #expect(verdict.excusingIncidents().isValid)
        let interval = IntervalVerdict(
            index: 0, startNanoseconds: 0, durationNanoseconds: 1, isValid: true, doubts: [])
        let whole = ValidityRecord(
            isValid: true, reasons: [], warnings: [], intervals: [interval])
        #expect(whole.excusingIncidents().intervals == [interval])
        #expect(
            verdict.excusingIncidents().warnings.map(\.code) == ["incident", "lag-over-budget"])
        let other = ValidityRecord(
            isValid: false, reasons: [reason("unanswered"), reason("rate-not-reached")],
            warnings: [])
        #expect(!other.excusingIncidents().isValid)
        #expect(other.excusingIncidents().reasons.map(\.code) == ["unanswered"])
    }

    @Test func theTableSaysHowItCameBack() throws {
        var document = try document(Self.silence)
        document.incidents = [
            try IncidentRecord(
                .pause, startNanoseconds: seconds(4), endNanoseconds: seconds(6), in: document)
        ]
        let text = IncidentTable(document).text
        #expect(text.contains("incident: pause at 4.00 s for 2.00 s"))
        #expect(text.contains("unavailable for 2.00 s, first success after 2.00 s, 7 messages"))
        #expect(text.contains("backlog at most 1,993, before 0, drained after 3.00 s, time to"))
        document.incidents = nil
        #expect(IncidentTable(document).text.isEmpty)
    }
}
