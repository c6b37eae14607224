// Recovery figures from intervals that are made by hand.

import AeroReport
import HDRHistogram
import Testing

struct IncidentDerivingTests {
    private typealias Second = SecondOfRun

    private func document(_ seconds: [Second]) throws -> ResultDocument {
        try SampleResult.document([seconds])
    }

    private func record(
        _ kind: IncidentKind, _ start: Double, _ end: Double?, in document: ResultDocument
    ) throws -> IncidentRecord {
        try IncidentRecord.list([IncidentSpan(kind, start, end)], in: document)[0]
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
        let record = try record(.pause, 4, 6, in: try document(Self.silence))
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
        let record = try record(.pause, 4, 6, in: try document(Self.silence))
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
        let record = try record(.backlog, 3, 5, in: try document(Self.backlog))
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
        let record = try record(.backlog, 1, 3, in: try document(seconds))
        #expect(record.recovery?.backlogBefore == 10)
        #expect(record.recovery?.drainedNanoseconds == self.seconds(4))
        #expect(record.phases.map(\.name) == ["build", "drain", "after"])
    }

    @Test func whatNeverComesBackIsNotMadeUp() throws {
        var gone = Array(Self.silence[..<4])
        gone += (0..<4).map { _ in Second(acked: 0, received: 0, p99: nil) }
        let record = try record(.kill, 4, 5, in: try document(gone))
        let recovery = try #require(record.recovery)
        #expect(recovery.unavailableNanoseconds == seconds(4))
        #expect(recovery.firstSuccessNanoseconds == nil)
        #expect(recovery.drainedNanoseconds == nil)
        #expect(recovery.p99BackNanoseconds == nil)
        #expect(record.phases.map(\.name) == ["before", "during", "recovering"])
    }

    @Test func anIncidentThatNobodyNotices() throws {
        let record = try record(.pause, 2.5, 2.6, in: try document((0..<8).map { _ in Second() }))
        let recovery = try #require(record.recovery)
        #expect(recovery.unavailableNanoseconds == 0)
        #expect(recovery.firstSuccessNanoseconds == 0)
        #expect(recovery.failed == 0)
        #expect(recovery.p99BackNanoseconds == seconds(0.5))
        #expect(record.phases.map(\.name) == ["before", "during", "after"])
        #expect(record.phases.map(\.startNanoseconds) == [1, 2, 3].map { seconds($0) })
    }

    /// An interval that is disturbed in part is not held against the others.
    @Test func anIncidentOffTheGrid() throws {
        var slow = Self.silence
        slow[4] = Second(acked: 300, received: 300, p99: 900_000)
        let record = try record(.pause, 4.3, 5.6, in: try document(slow))
        #expect(record.phases.map(\.name) == ["before", "during", "recovering", "after"])
        #expect(record.phases.map(\.startNanoseconds) == [1, 4, 6, 10].map { seconds($0) })
        #expect((record.phases[0].series["e2e.intended"]?.max ?? 0) < 2_000_000)
        #expect(record.recovery?.backlogBefore == 0)
    }

    /// A worker that is busy ends its interval late, and begins the next one so.
    @Test(arguments: [3.995, 4.0], [6.0, 6.005])
    func aRotationMayBeLateByAHundredth(start: Double, end: Double) throws {
        let record = try record(.pause, start, end, in: try document(Self.silence))
        #expect(record.phases.map(\.startNanoseconds) == [1, 4, 6, 10].map { seconds($0) })
    }

    /// Messages that arrive twice are no room for messages that do not arrive.
    @Test func duplicatesHideNoBacklog() throws {
        var seconds = Self.backlog
        seconds[1].received = 1_500
        let record = try record(.backlog, 3, 5, in: try document(seconds))
        #expect(record.recovery?.backlogPeak == 2_000)
        #expect(record.recovery?.drainedNanoseconds == self.seconds(4))
    }

    /// Without a measured second in front there is nothing to hold the 99th percentile against, and
    /// recovery is judged by the rest.
    @Test func noLimitIsNotNever() throws {
        var document = try document(Array(Self.silence[3...]))
        let record = try record(.pause, 1, 3, in: document)
        #expect(record.recovery?.p99LimitNanoseconds == nil)
        #expect(record.phases.map(\.name) == ["during", "recovering", "after"])
        document.incidents = [record]
        #expect(IncidentTable(document).text.contains("p99 back after unknown\n"))
        let page = try ReportSamples.page([document])
        #expect(page.contains(">unknown<") && !page.contains(">never<"))
    }

    @Test func aRunThatEndsMeanwhileHasNoRecovery() throws {
        let record = try record(.kill, 4, nil, in: try document(Array(Self.silence[..<6])))
        #expect(record.recovery == nil)
        #expect(record.endNanoseconds == seconds(6))
    }

    @Test func theTableSaysHowItCameBack() throws {
        var document = try document(Self.silence)
        document.incidents = [try record(.pause, 4, 6, in: document)]
        let text = IncidentTable(document).text
        #expect(text.contains("incident: pause at 4.00 s for 2.00 s"))
        #expect(text.contains("unavailable for 2.00 s, first success after 2.00 s, 7 messages"))
        #expect(text.contains("backlog at most 1,993, before 0, drained after 3.00 s, time to"))
        document.incidents = nil
        #expect(IncidentTable(document).text.isEmpty)
    }
}
