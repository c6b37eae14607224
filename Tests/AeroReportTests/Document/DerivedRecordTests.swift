// Records made from histograms, counts and other documents.

import HDRHistogram
import Testing

@testable import AeroReport

struct DerivedRecordTests {
    private func empty() throws -> Histogram {
        try Histogram(highestTrackableValue: 1_000_000_000, significantDigits: 3)
    }

    @Test func summariesLeaveTheWarmupOutAndCountWhatDoesNotFit() throws {
        var warmup = try empty()
        warmup.record(900_000_000, count: 50)
        var first = try empty()
        first.record(1_000, count: 3)
        first.record(2_000_000_000)
        var second = try empty()
        second.record(5_000)
        second.record(-1)
        let record = try SeriesRecord(
            summingInto: empty(),
            intervals: [
                IntervalSamples(index: 0, startNanoseconds: 0, isWarmup: true, histogram: warmup),
                IntervalSamples(index: 1, startNanoseconds: 10, isWarmup: false, histogram: first),
                IntervalSamples(index: 2, startNanoseconds: 20, isWarmup: false, histogram: second),
            ])
        #expect(record.summary.count == 4)
        #expect(record.summary.outOfRange == 2)
        #expect(record.summary.min == 1_000)
        #expect(record.summary.p50 == 1_000)
        #expect((5_000...5_005).contains(record.summary.max))
        #expect((2_000...2_002).contains(record.summary.mean))
        #expect(record.intervals.map(\.count) == [50, 3, 1])
        #expect(record.intervals.map(\.isWarmup) == [true, false, false])
        #expect(try Histogram(base64: record.histogram).totalCount == 4)
        #expect(try Histogram(base64: record.intervals[0].histogram).totalCount == 50)
    }

    @Test func anEmptySeriesIsAllZero() throws {
        #expect(try LatencySummary(empty()) == LatencySummary())
        let record = try SeriesRecord(summingInto: empty(), intervals: [])
        #expect(record.summary == LatencySummary())
    }

    @Test func ratesAreCountsOverTheWindow() {
        let counts = MessageCounts(
            sent: 10, acked: 9, failed: 1, received: 20, sentBytes: 1_000, receivedBytes: 2_000)
        let load = AchievedLoad(counts, measuredNanoseconds: 2_000_000_000)
        #expect(
            load
                == AchievedLoad(
                    sentPerSecond: 5, ackedPerSecond: 4.5, receivedPerSecond: 10,
                    sentBytesPerSecond: 500, receivedBytesPerSecond: 1_000))
        #expect(AchievedLoad(counts, measuredNanoseconds: 0).sentPerSecond == 0)
    }

    @Test func theShareOfTheRelay() throws {
        var relay = SampleResult()
        relay.driver = "relay"
        relay.receivedPerSecond = 400_000
        relay.medianNanoseconds = 500_000
        let limit = try #require(
            try LimitRecord(of: SampleResult().document(), against: relay.document()))
        #expect(limit.driver == "relay" && limit.receivedPerSecond == 400_000)
        #expect(limit.throughputShare == 0.25)
        #expect(try #require(limit.p50Ratio) > 1.99 && (limit.p50Ratio ?? 9) < 2.01)
        relay.receivedPerSecond = 0
        #expect(try LimitRecord(of: SampleResult().document(), against: relay.document()) == nil)
    }
}
