// Latency over time as a map: each column a moment, each row a range of latencies.

import Glibc

/// One column of a heat map.
struct HeatColumn {
    let from: Double
    let to: Double
    /// Nil when the moment has no samples.
    let profile: LatencyProfile?
}

/// A map of how many samples fell into which range of latencies, and when.
struct HeatMap {
    let title: String
    let sentence: String
    let x: ChartAxis
    let columns: [HeatColumn]
    let placeText: (Double) -> String
    var bands: [ChartBand] = []

    /// How many shades there are; each stands for a factor, not for a difference.
    static let shadeCount = 8
    private static let shownLevels = [50, 99, 99.9]

    /// The figure; it says so when there is nothing to draw.
    var markup: Markup {
        let profiles = columns.compactMap(\.profile)
        guard profiles.contains(where: { $0.count > 0 }) else {
            return Figure.markup(title, sentence: sentence, body: Figure.noSamples)
        }
        let ends = profiles.flatMap { profile in
            (profile.values(atPercentiles: [0]) + [profile.maximum]).map(Double.init)
        }
        let scale = ChartScale.logarithmic(ends, label: TickText.latency)
        let bins = LatencyBins(covering: scale)
        let counts = columns.map { $0.profile?.counts(in: bins) ?? [] }
        let most = counts.flatMap { $0 }.max() ?? 1
        var frame = ChartFrame(
            title: "\(title). \(sentence)", x: x,
            y: ChartAxis(name: "latency, log scale", scale: scale), bands: bands)
        frame.names = ["samples", "p50", "p99", "p99.9", "max"]
        frame.tips = columns.map(tip)
        let body: Markup = """
            \(legend(most))
            \(frame.svg(cells(counts, most, bins, scale)))
            """
        return Figure.markup(title, sentence: sentence, body: body)
    }

    private func tip(_ column: HeatColumn) -> ChartTip {
        let middle = (column.from + column.to) / 2
        guard let profile = column.profile, profile.count > 0 else {
            return ChartTip(x: middle, place: placeText(column.from), values: ["no samples"])
        }
        let values = profile.values(atPercentiles: Self.shownLevels) + [profile.maximum]
        return ChartTip(
            x: middle, place: placeText(column.from),
            values: [UnitText.grouped(profile.count)] + values.map(UnitText.latency))
    }

    /// One path for each shade keeps the file small.
    private func cells(
        _ counts: [[Int64]], _ most: Int64, _ bins: LatencyBins, _ scale: ChartScale
    ) -> Markup {
        var paths = [String](repeating: "", count: Self.shadeCount)
        for (column, own) in zip(columns, counts) {
            let left = ChartPlace.x(x.scale.position(column.from))
            let width = ChartPlace.text(ChartPlace.x(x.scale.position(column.to)) - left)
            var row = 0
            // BOUND: each round takes at least one row.
            while row < own.count {
                let shade = Self.shade(own[row], most)
                let first = row
                while row < own.count, Self.shade(own[row], most) == shade { row += 1 }
                guard let shade else { continue }
                let top = ChartPlace.y(scale.position(bins.lowerEnd(of: row)))
                let bottom = ChartPlace.y(scale.position(bins.lowerEnd(of: first)))
                let height = ChartPlace.text(bottom - top)
                paths[shade] += "M\(ChartPlace.text(left, top))h\(width)v\(height)h-\(width)z"
            }
        }
        return Markup(
            paths.enumerated().map { shade, path in
                path.isEmpty ? .empty : "<path class=\"h\(shade)\" d=\"\(path)\"/>"
            })
    }

    /// The shade of a count, by its logarithm; nil for none.
    static func shade(_ count: Int64, _ most: Int64) -> Int? {
        guard count > 0 else { return nil }
        guard most > 1 else { return shadeCount - 1 }
        let share = log(Double(count)) / log(Double(most))
        return min(shadeCount - 1, Int(share * Double(shadeCount)))
    }

    private func legend(_ most: Int64) -> Markup {
        let shades = (0..<Self.shadeCount).map { shade -> Markup in
            "<path class=\"h\(shade)\" d=\"M\(shade * 14) 0h14v10h-14z\"/>"
        }
        return """
            <ul class="legend"><li>1 sample <svg viewBox="0 0 112 10" class="shades" \
            aria-hidden="true">\(shades)</svg> \(UnitText.grouped(most)), log scale</li></ul>
            """
    }
}
