// The charts of one class of one run.

import Glibc

/// Draws what a class did over time and how its latencies are spread.
struct RunCharts {
    let run: ReportRun
    let entry: ReportClass
    private let columns: [HeatColumn]
    private let time: TimeAxis

    /// - Throws: `.invalidValue` when a histogram of an interval does not decode.
    init(_ run: ReportRun, _ entry: ReportClass) throws(ResultFileError) {
        self.run = run
        self.entry = entry
        columns = try entry.columns()
        time = TimeAxis(seconds: entry.timed.last?.endSeconds ?? 0)
    }

    /// All of them, one after the other.
    var markup: Markup {
        Markup([rates.markup, latencies.markup, map.markup, percentiles.markup])
    }

    private var rates: LineChart {
        let intervals = entry.timed
        func curve(
            _ name: String, _ style: Int, _ count: (MessageCounts) -> Int64
        ) -> ChartSeries {
            let values = intervals.map { interval -> Double? in
                Double(count(interval.counts)) / (Double(interval.durationNanoseconds) / 1e9)
            }
            return ChartSeries(name: name, values: values, style: style)
        }
        var series = [
            curve("received", 0, \.received), curve("sent", 1, \.sent),
            curve("acknowledged", 2, \.acked),
        ]
        if intervals.contains(where: { $0.counts.failed > 0 }) {
            series.append(curve("failed", 4, \.failed))
        }
        let achieved = entry.record.achieved
        var sentence =
            "Messages in each second. Over the window \(UnitText.rate(achieved.sentPerSecond)) "
            + "were sent and \(UnitText.rate(achieved.receivedPerSecond)) received a second"
        if let offered = entry.record.offered.messagesPerSecond {
            sentence += "; \(UnitText.rate(offered)) were asked for"
            series.append(
                ChartSeries(name: "offered", values: intervals.map { _ in offered }, style: 6))
        }
        let most = series.flatMap { $0.values.compactMap { $0 } }.max() ?? 0
        return LineChart(
            title: "Throughput over time", sentence: sentence + ".", x: time.axis,
            y: ChartAxis(
                name: "messages per second",
                scale: .fromZero(to: most, label: TickText.rate)),
            places: intervals.map { ($0.startSeconds + $0.endSeconds) / 2 }, series: series,
            bands: bands, placeText: time.text, valueText: { UnitText.messageRate($0) })
    }

    private var latencies: LineChart {
        let levels = [50, 99, 99.9]
        let values = columns.map { column -> [Double?] in
            guard let profile = column.profile, profile.count > 0 else { return [] }
            let found = profile.values(atPercentiles: levels) + [profile.maximum]
            return found.map { Double($0) }
        }
        let names = ["p50", "p99", "p99.9", "max"]
        let series = names.enumerated().map { index, name in
            ChartSeries(
                name: name, values: values.map { index < $0.count ? $0[index] : nil },
                style: index)
        }
        return LineChart(
            title: "Latency over time",
            sentence: "Percentiles of \(seriesText) in each \(columnText).",
            x: time.axis, y: latencyAxis(series), places: columns.map { ($0.from + $0.to) / 2 },
            series: series, bands: bands, placeText: time.text,
            valueText: { UnitText.latency(Int64(clamping: $0)) })
    }

    private var map: HeatMap {
        HeatMap(
            title: "Latency map",
            sentence: "Each column is an \(columnText), each row a range of latencies; "
                + "the stronger the colour, the more messages took that long.",
            x: time.axis, columns: columns, placeText: time.text, bands: bands)
    }

    private var percentiles: LineChart {
        let names = ["e2e.intended", "e2e.actual", "ack.intended", "ack.actual"]
        let profiles = names.enumerated().compactMap { index, name in
            entry.profiles[name].map { (name: name, style: index, profile: $0) }
        }
        return PercentileChart(
            title: "Percentiles",
            sentence: percentileSentence, curves: profiles.map { ($0.name, $0.style, $0.profile) }
        ).chart
    }

    private var percentileSentence: String {
        guard let summary = entry.summary, let name = entry.mainSeries else {
            return "How the latencies are spread."
        }
        var text =
            "Half of the messages took up to \(UnitText.latency(summary.p50)), one in a hundred "
            + "longer than \(UnitText.latency(summary.p99)), the slowest "
            + "\(UnitText.latency(summary.max)) (\(name)). "
        if name.hasSuffix(".intended") {
            text += "Intended counts from when the schedule wanted a message sent, "
            text += "actual from when it was; between the two lies what waiting hides."
        }
        return text
    }

    private var seriesText: String { entry.mainSeries ?? "Latency" }

    private var columnText: String {
        guard let first = columns.first else { return "interval" }
        let width = Int64(clamping: ((first.to - first.from) * 1e3).rounded() * 1e6)
        return "interval of \(UnitText.latency(width))"
    }

    private func latencyAxis(_ series: [ChartSeries]) -> ChartAxis {
        let values = series.flatMap { $0.values.compactMap { $0 } }
        return ChartAxis(
            name: "latency, log scale", scale: .logarithmic(values, label: TickText.latency))
    }

    /// The warm-up, intervals that cannot be believed, and incidents.
    private var bands: [ChartBand] {
        var bands: [ChartBand] = []
        for interval in entry.timed {
            let meaning: ChartBand.Meaning? =
                interval.isWarmup ? .warmup : interval.doubts.isEmpty ? nil : .doubt
            guard let meaning else { continue }
            bands.append(
                ChartBand(
                    from: interval.startSeconds, to: interval.endSeconds, meaning: meaning))
        }
        let end = entry.timed.last?.endSeconds ?? 0
        for incident in run.document.incidents ?? [] {
            let (from, to) = (incident.startNanoseconds, incident.endNanoseconds)
            bands.append(
                ChartBand(
                    from: min(Double(from) / 1e9, end), to: min(Double(to) / 1e9, end),
                    meaning: .incident))
        }
        return bands
    }
}

/// The horizontal axis of everything that is drawn over time.
struct TimeAxis {
    let axis: ChartAxis

    /// - Parameter seconds: The end; the axis begins at the start of the warm-up.
    init(seconds: Double) {
        let (unit, name): (Double, String) =
            switch seconds {
            case ..<600: (1, "seconds")
            case ..<36_000: (60, "minutes")
            default: (3_600, "hours")
            }
        // Ticks are round in the unit that the axis is labelled in.
        let scale = ChartScale.spanning(0, seconds, unit: unit) { TickText.number($0 / unit) }
        axis = ChartAxis(name: "\(name) since the warm-up began", scale: scale)
    }

    /// The text of a moment.
    func text(_ seconds: Double) -> String {
        "at \(UnitText.fixed(seconds, decimals: seconds < 100 ? 1 : 0)) s"
    }
}

/// Percentile curves on an axis of nines.
struct PercentileChart {
    let title: String
    let sentence: String
    let curves: [(name: String, style: Int, profile: LatencyProfile)]

    /// Places on each factor of ten of the share that is above.
    private static let placesPerDecade = 12.0

    var chart: LineChart {
        let most = curves.map(\.profile.count).max() ?? 0
        let scale = ChartScale.nines(sampleCount: most)
        let places = (0...Int(scale.upper * Self.placesPerDecade)).map {
            Double($0) / Self.placesPerDecade
        }
        let levels = places.map { 100 * (1 - pow(10, -$0)) }
        let series = curves.map { name, style, profile in
            // A curve ends where one sample is above: beyond it there is nothing to know.
            let end = log10(Double(max(profile.count, 1))) + 1e-9
            let known = profile.count > 0 ? places.prefix { $0 <= end }.count : 0
            let values = profile.values(atPercentiles: Array(levels.prefix(known)))
            return ChartSeries(
                name: name, values: places.indices.map { $0 < known ? Double(values[$0]) : nil },
                style: style)
        }
        let values = series.flatMap { $0.values.compactMap { $0 } }
        return LineChart(
            title: title, sentence: sentence,
            x: ChartAxis(name: "percentile, each step a factor of ten rarer", scale: scale),
            y: ChartAxis(
                name: "latency, log scale", scale: .logarithmic(values, label: TickText.latency)),
            places: places, series: series, placeText: Self.text,
            valueText: { UnitText.latency(Int64(clamping: $0)) })
    }

    /// The percentile of a place: `p99.9`.
    private static func text(_ place: Double) -> String {
        let level = 100 * (1 - pow(10, -place))
        let decimals = min(6, max(1, Int(place.rounded(.up))))
        return "p" + TickText.withoutZeros(UnitText.fixed(level, decimals: decimals))
    }
}
