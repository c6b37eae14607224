// Window medians and stalls of known windows.

import HDRHistogram
import Testing

@testable import AeroReport

struct WindowStatisticsTests {
    private func window(_ values: [Int64], count: Int64 = 1) throws -> Histogram {
        var histogram = try Histogram(highestTrackableValue: 1_000_000_000, significantDigits: 3)
        for value in values { histogram.record(value, count: count) }
        return histogram
    }

    /// One stalled window is the p99 of the whole run and does not move the median over windows.
    @Test func aStallMovesOneWindow() throws {
        let calm = try window([100, 200, 300])
        let stalled = try window([100, 200, 300_000_000])
        let run = WindowStatistics(windows: [calm, stalled, calm, calm, calm])
        #expect(try run.median(ofPercentile: 99) == 300)
        #expect(run.stalls(longerThan: 1_000) == 1)
        let other = WindowStatistics(windows: Array(repeating: calm, count: 5))
        let limit = try WindowStatistics.stallLimit(run, other, floor: 500)
        // Ten times the median of 200, which is more than twice the usual maximum of 300.
        #expect(limit == 2_000)
        #expect(try WindowStatistics.stallLimit(other, run, floor: 500) == limit)
        #expect(try WindowStatistics.stallLimit(other, run, floor: 5_000) == 5_000)
    }

    /// By its number, however many samples it has.
    @Test func theDrainIsNoWindow() throws {
        var sample = SampleResult()
        sample.windowCount = 4
        var entry = try sample.document().classes[0]
        func interval(_ index: Int, _ nanoseconds: Int64, _ doubts: [String] = []) {
            entry.intervals.append(
                IntervalRecord(
                    index: index, startNanoseconds: Int64(index) * 1_000_000_000,
                    durationNanoseconds: nanoseconds, isWarmup: false, counts: MessageCounts(),
                    doubts: doubts))
        }
        interval(1, 1_000_000_000)
        interval(2, 1_000_000_000, ["lag-over-budget"])
        interval(3, 400_000_000)
        interval(4, 1_000_000_000, ["drain"])
        let rest = entry.restIndices(of: 1_000_000_000)
        #expect(rest == [3, 4])
        let series = try #require(entry.series["e2e.intended"])
        #expect(try WindowStatistics(series, leavingOut: rest, path: "").count == 2)
        #expect(try WindowStatistics(series, leavingOut: [], path: "").count == 4)
        // A run that is shorter than one interval has its only one.
        entry.intervals.removeAll { [1, 2].contains($0.index) }
        #expect(entry.restIndices(of: 1_000_000_000) == [4])
        #expect(WindowStatistics(windows: []).count == 0)
        #expect(try WindowStatistics(windows: []).percentiles(50, widening: 3) == [])
    }

    @Test func percentilesGetWindowsWideEnough() {
        func widening(_ counts: [Int64], _ percentile: Double) -> Int? {
            WindowStatistics.widening(counts: counts, percentile: percentile, samplesBeyond: 20)
        }
        let counts = [Int64](repeating: 5_000, count: 30)
        #expect(widening(counts, 50) == 1 && widening(counts, 99) == 1)
        // 5 of 5,000 lie beyond p99.9, so four windows have 20.
        #expect(widening(counts, 99.9) == 4)
        #expect(widening(counts, 99.99) == nil)
        #expect(widening([0, 0], 50) == nil && widening([], 50) == nil)
        #expect(widening([1_000_000, 0, 0], 99) == 3)
    }

    @Test func widerWindowsAreSums() throws {
        let windows = try (1...5).map { try window([Int64($0) * 100]) }
        let run = WindowStatistics(windows: windows)
        // 100 and 200, then 300, 400 and the one that is left over.
        #expect(try run.percentiles(100, widening: 2) == [200, 500])
        #expect(try run.percentiles(100, widening: 99) == [500])
        #expect(try run.percentiles(100, widening: 1) == [100, 200, 300, 400, 500])
    }
}
