// Escaping, scales, percentiles and bins: what charts are made of.

import HDRHistogram
import TestSupport
import Testing

@testable import AeroReport

struct ChartPieceTests {
    @Test func interpolatedTextIsEscapedAndMarkupIsNot() {
        let name = "<a href='x'>&\"\u{0}"
        let inner: Markup = "<i>\(name)</i>"
        let outer: Markup = "<p title=\"\(name)\">\(inner)\(7)</p>"
        let safe = "&lt;a href=&#39;x&#39;&gt;&amp;&quot;?"
        #expect(outer.text == "<p title=\"\(safe)\"><i>\(safe)</i>7</p>")
    }

    @Test func linearScalesEndAboveTheLargestValue() {
        for top in [0.0, 1, 7, 99, 100_004, 3e9, .nan, -5] {
            let scale = ChartScale.fromZero(to: top) { "\($0)" }
            #expect(scale.lower == 0 && scale.upper >= (top.isFinite ? top : 0), "\(top)")
            #expect((2...8).contains(scale.ticks.count), "\(top): \(scale.ticks.count)")
            #expect(scale.ticks.first?.value == 0)
            #expect(scale.position(scale.upper) == 1 && scale.position(.nan) == 0)
        }
        #expect(
            ChartScale.fromZero(to: 100_004, label: TickText.rate).ticks.map(\.label)
                == ["0", "25k", "50k", "75k", "100k", "125k"])
    }

    @Test func logarithmicScalesSpanADecadeAndCoverTheirValues() {
        for values in [[], [1.0], [46_687, 185_215], [3, 5e9], [0, -1, .infinity], [1_000]] {
            let scale = ChartScale.logarithmic(values, label: TickText.latency)
            #expect(scale.lower > 0 && scale.upper / scale.lower > 9.9, "\(values)")
            for value in values where value > 0 && value.isFinite {
                #expect(scale.lower <= value * 1.0001 && value <= scale.upper * 1.0001, "\(values)")
            }
            #expect((1...14).contains(scale.ticks.count), "\(values): \(scale.ticks.count)")
            let places = scale.ticks.map { scale.position($0.value) }
            #expect(places == places.sorted())
        }
    }

    @Test func timeIsLabelledInItsUnit() {
        #expect(
            TimeAxis(seconds: 12).axis.scale.ticks.map(\.label) == [
                "0", "2", "4", "6", "8", "10", "12",
            ])
        let hour = TimeAxis(seconds: 3_600).axis
        #expect(hour.name.hasPrefix("minutes"))
        #expect(hour.scale.ticks.map(\.label) == ["0", "10", "20", "30", "40", "50", "60"])
        #expect(TimeAxis(seconds: 86_400).axis.name.hasPrefix("hours"))
        #expect(TimeAxis(seconds: 0).axis.scale.upper > 0)
    }

    @Test func profilesAgreeWithTheHistogram() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            var histogram = try Histogram(
                highestTrackableValue: 3_600_000_000_000, significantDigits: 3)
            for _ in 0..<Int.random(in: 1...2_000, using: &random) {
                let exponent = Int64.random(in: 0...9, using: &random)
                let decade = (0..<exponent).reduce(Int64(1)) { power, _ in power * 10 }
                histogram.record(Int64.random(in: 0...decade * 10, using: &random))
            }
            let profile = LatencyProfile(histogram)
            let levels = [0, 1, 25, 50, 90, 99, 99.9, 99.99, 100]
            #expect(
                profile.values(atPercentiles: levels)
                    == levels.map { histogram.value(atPercentile: $0) }, "seed \(seed)")
            let scale = ChartScale.logarithmic(
                [Double(histogram.minimum), Double(histogram.maximum)], label: TickText.latency)
            let bins = LatencyBins(covering: scale)
            let counts = profile.counts(in: bins)
            #expect(counts.count <= 40 && counts.reduce(0, +) == histogram.totalCount, "\(seed)")
            #expect(bins.lowerEnd(of: bins.count) >= scale.upper * 0.999, "seed \(seed)")
        }
    }

    @Test func aProfileOfNothingHasNoPercentiles() throws {
        let empty = try Histogram(highestTrackableValue: 1_000_000, significantDigits: 3)
        let profile = LatencyProfile(empty)
        #expect(profile.values(atPercentiles: [50]).isEmpty && profile.maximum == 0)
    }

    @Test func longRunsAreAddedUpIntoColumns() throws {
        var document = try ReportSamples.document()
        let histogram = try #require(document.classes[0].series["e2e.intended"]?.histogram)
        var entry = document.classes[0]
        entry.intervals = (0..<1_000).map { index in
            IntervalRecord(
                index: index, startNanoseconds: Int64(index) * 1_000_000_000,
                durationNanoseconds: 1_000_000_000, isWarmup: index < 10,
                counts: MessageCounts(received: 1))
        }
        entry.series["e2e.intended"]?.intervals = (0..<1_000).map { index in
            SeriesInterval(
                index: index, startNanoseconds: Int64(index) * 1_000_000_000,
                isWarmup: index < 10, count: 1, p50: 0, p99: 0, max: 0, histogram: histogram)
        }
        document.classes[0] = entry
        let columns = try ReportClass(entry).columns()
        #expect(columns.count == 112)
        #expect(columns.first?.to == 9 && columns.last?.to == 1_000)
        let whole = try Histogram(base64: histogram).totalCount
        #expect(columns.reduce(0) { $0 + ($1.profile?.count ?? 0) } == 1_000 * whole)
    }

    @Test func shadesFollowTheLogarithmOfACount() {
        #expect(HeatMap.shade(0, 1_000) == nil)
        #expect(HeatMap.shade(1, 1_000) == 0)
        #expect(HeatMap.shade(1_000, 1_000) == HeatMap.shadeCount - 1)
        #expect(HeatMap.shade(1, 1) == HeatMap.shadeCount - 1)
    }

    @Test func wordsAreQuotedForAShell() {
        #expect(ShellText.quoted("--set") == "--set")
        #expect(ShellText.quoted("") == "''")
        #expect(ShellText.quoted("a b") == "'a b'")
        #expect(ShellText.quoted("it's") == "'it'\\''s'")
        #expect(ShellText.quoted("x;rm") == "'x;rm'")
    }

    @Test func tickTextsHaveNoNeedlessZeros() {
        #expect(TickText.latency(1_000_000) == "1 ms" && TickText.latency(1_500) == "1.5 us")
        #expect(TickText.rate(0) == "0" && TickText.rate(1_500_000) == "1.5M")
        #expect(TickText.number(10) == "10" && TickText.number(0.25) == "0.25")
    }
}
