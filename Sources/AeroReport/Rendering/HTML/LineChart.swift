// Curves over a common horizontal axis.

/// One curve.
struct ChartSeries {
    let name: String
    /// One value for each place of the chart; nil where there are no samples, which is a gap in the
    /// curve and never a zero.
    let values: [Double?]
    /// Which colour and dash pattern, counted from 0.
    let style: Int
    /// Whether each value is marked with a dot: for few values, measured one by one.
    var isMarked = false

    /// How many styles there are; a chart with more curves would repeat them.
    static let styleCount = 8
}

/// A chart of curves.
struct LineChart {
    let title: String
    /// What the chart shows, as a sentence.
    let sentence: String
    let x: ChartAxis
    let y: ChartAxis
    /// The places of all curves on the horizontal axis, ascending.
    let places: [Double]
    let series: [ChartSeries]
    var bands: [ChartBand] = []
    /// The text of a place, for hovering.
    let placeText: (Double) -> String
    /// The text of a value, for hovering.
    let valueText: (Double) -> String

    /// The figure; it says so when there is nothing to draw.
    var markup: Markup {
        let shown = series.filter { $0.values.contains { $0?.isFinite ?? false } }
        guard !shown.isEmpty else {
            return Figure.markup(title, sentence: sentence, body: Figure.noSamples)
        }
        var frame = ChartFrame(title: "\(title). \(sentence)", x: x, y: y, bands: bands)
        frame.names = shown.map(\.name)
        frame.tips = places.indices.map { index in
            ChartTip(
                x: places[index], place: placeText(places[index]),
                values: shown.map { each in each.values[index].map(valueText) ?? "" })
        }
        let legend = ChartLegend.markup(shown.map { ($0.name, .line, $0.style) })
        return Figure.markup(
            title, sentence: sentence, body: legend + frame.svg(Markup(shown.map(curve))))
    }

    private func curve(_ series: ChartSeries) -> Markup {
        var path = ""
        var dots: [Markup] = []
        var isDown = false
        for (place, value) in zip(places, series.values) {
            guard let value, value.isFinite else {
                isDown = false
                continue
            }
            let point = ChartPlace.text(
                ChartPlace.x(x.scale.position(place)), ChartPlace.y(y.scale.position(value)))
            // A line of no length is drawn as a dot: a value between two gaps is not lost.
            path += isDown ? "L\(point)" : "M\(point)h0"
            isDown = true
            if series.isMarked { dots.append("M\(point)h0") }
        }
        let marks: Markup =
            dots.isEmpty ? .empty : "<path class=\"dot s\(series.style)\" d=\"\(dots)\"/>"
        return "<path class=\"l s\(series.style)\" d=\"\(path)\"/>\(marks)"
    }
}

/// What the lines and dots of a chart stand for.
enum ChartLegend {
    /// How something is drawn.
    enum Mark {
        case line, dot
    }

    static func markup(_ entries: [(name: String, mark: Mark, style: Int)]) -> Markup {
        let items = entries.map { entry -> Markup in
            let path: Markup =
                entry.mark == .line
                ? "<path class=\"l s\(entry.style)\" d=\"M1 5H27\"/>"
                : "<path class=\"dot s\(entry.style)\" d=\"M14 5h0\"/>"
            return """
                <li><svg viewBox="0 0 28 10" aria-hidden="true">\(path)</svg>\(entry.name)</li>
                """
        }
        return "<ul class=\"legend\">\(items)</ul>\n"
    }
}

/// A chart with its title and the sentence that says what it shows.
enum Figure {
    /// What stands where a chart would have nothing to show.
    static let noSamples: Markup = "<p class=\"none\">no samples</p>"

    static func markup(_ title: String, sentence: String, body: Markup) -> Markup {
        """
        <figure>
        <figcaption><h4>\(title)</h4><p>\(sentence)</p></figcaption>
        \(body)
        </figure>

        """
    }
}
