// Several incidents of one run, and those of one class: each is judged by what is its own.

import AeroReport
import Testing

struct IncidentSequenceTests {
    private typealias Second = SecondOfRun

    private func seconds(_ values: [Double]) -> [Int64] { values.map { Int64($0 * 1e9) } }

    /// Two seconds of silence from second 4 on and again from 11 on, of which the run comes back
    /// faster the first time.
    private static let twice = [
        Second(), Second(), Second(), Second(),
        Second(acked: 0, received: 0, p99: nil),
        Second(acked: 0, failed: 7, received: 0, p99: nil),
        Second(acked: 2_993, received: 2_993, p99: 2_000_000),
        Second(), Second(), Second(), Second(),
        Second(acked: 0, received: 0, p99: nil),
        Second(acked: 0, failed: 3, received: 0, p99: nil),
        Second(acked: 2_500, received: 2_500, p99: 2_000_000),
        Second(acked: 1_497, received: 1_497, p99: 4_000),
        Second(), Second(), Second(), Second(),
    ]

    private func recordsOfTwo() throws -> [IncidentRecord] {
        try IncidentRecord.list(
            [IncidentSpan(.pause, 4, 6), IncidentSpan(.disconnect, 11, 13)],
            in: try SampleResult.document([Self.twice]))
    }

    @Test func theFirstEndsWhereTheSecondBegins() throws {
        let first = try recordsOfTwo()[0]
        let recovery = try #require(first.recovery)
        #expect(recovery.failed == 7)
        #expect(recovery.backlogPeak == 1_993)
        #expect(recovery.drainedNanoseconds == 3_000_000_000)
        #expect(recovery.p99BackNanoseconds == 3_000_000_000)
        #expect(first.phases.map(\.name) == ["before", "during", "recovering", "after"])
        #expect(first.phases.map(\.startNanoseconds) == seconds([1, 4, 6, 7]))
        #expect(first.phases.map(\.endNanoseconds) == seconds([4, 6, 7, 11]))
    }

    /// What the first one did is nothing that the second is held against.
    @Test func theSecondIsHeldAgainstWhatIsUndisturbed() throws {
        let second = try recordsOfTwo()[1]
        let recovery = try #require(second.recovery)
        #expect(recovery.failed == 3)
        #expect(recovery.backlogBefore == 0)
        #expect(recovery.backlogPeak == 1_997)
        #expect(recovery.drainedNanoseconds == 4_000_000_000)
        #expect(recovery.timeToDrainNanoseconds == 2_000_000_000)
        // Twice 1 ms, as precise as the histogram.
        #expect(abs((recovery.p99LimitNanoseconds ?? 0) - 2_000_000) < 10_000)
        #expect(recovery.p99BackNanoseconds == 4_000_000_000)
        #expect(second.phases.map(\.name) == ["before", "during", "recovering", "after"])
        #expect(second.phases.map(\.startNanoseconds) == seconds([7, 11, 13, 15]))
        #expect(second.phases.map(\.endNanoseconds) == seconds([11, 13, 15, 19]))
    }

    /// Without time to come back in between, nothing is after the first and before the second.
    @Test func oneRightAfterTheOther() throws {
        let records = try IncidentRecord.list(
            [IncidentSpan(.pause, 4, 5), IncidentSpan(.pause, 5, 6)],
            in: try SampleResult.document([Array(Self.twice[..<11])]))
        #expect(records[0].phases.map(\.name) == ["before", "during"])
        #expect(records[0].recovery?.unavailableNanoseconds == 1_000_000_000)
        #expect(records[0].recovery?.firstSuccessNanoseconds == nil)
        #expect(records[0].recovery?.drainedNanoseconds == nil)
        #expect(records[0].recovery?.failed == 0)
        #expect(records[1].phases.map(\.name) == ["during", "recovering", "after"])
        #expect(records[1].recovery?.backlogBefore == 0)
        #expect(records[1].recovery?.failed == 7)
        #expect(records[1].recovery?.drainedNanoseconds == 2_000_000_000)
    }

    /// A class that goes on neither hides the silence of another one, nor is a part of it.
    @Test func anIncidentOfAClassIsJudgedByIt() throws {
        var bulk = [Second](repeating: Second(), count: 9)
        for index in 3...4 { bulk[index] = Second(received: 0, p99: nil) }
        bulk[5] = Second(received: 3_000, p99: 2_000_000)
        let main = [Second](repeating: Second(p99: 50_000), count: 9)
        let document = try SampleResult.document([main, bulk])
        let record = try IncidentRecord.list(
            [IncidentSpan(.backlog, 3, 5, className: "bulk")], in: document)[0]
        let recovery = try #require(record.recovery)
        #expect(recovery.unavailableNanoseconds == 2_000_000_000)
        #expect(recovery.backlogPeak == 2_000)
        #expect(abs((recovery.p99LimitNanoseconds ?? 0) - 2_000_000) < 10_000)
        #expect(record.phases.map(\.counts.received) == [2_000, 0, 3_000, 3_000])
        #expect(record.phases[0].series["e2e.intended"]?.count == 200)
        let ofAll = try IncidentRecord.list([IncidentSpan(.backlog, 3, 5)], in: document)[0]
        #expect(ofAll.recovery?.unavailableNanoseconds == 0)
        #expect(ofAll.phases[0].counts.received == 4_000)
    }

    @Test func twoOfAKindAreToldApart() throws {
        var document = try SampleResult.document([Self.twice])
        let texts = ["slow-consumer@3s:2s:delay=1ms", "slow-consumer@10s:2s:delay=5ms"]
        document.incidents = try IncidentRecord.list(
            [
                IncidentSpan(.slowConsumer, 4, 6, text: texts[0]),
                IncidentSpan(.slowConsumer, 11, 13, text: texts[1]),
            ], in: document)
        let table = IncidentTable(document).text
        let page = try ReportSamples.page([document])
        for text in texts {
            #expect(table.contains("incident: \(text) at"))
            #expect(page.contains(">\(text)<") && page.contains("Phases around \(text) at"))
        }
    }
}
