// The parts that all charts share: plot area, axes, bands, and what hovering shows.

/// Places in a chart, in units of its view box.
enum ChartPlace {
    static let width = 640.0
    static let height = 312.0
    static let left = 84.0
    static let right = 624.0
    static let top = 28.0
    static let bottom = 256.0

    /// The horizontal place of a share of the plot.
    static func x(_ share: Double) -> Double { left + share * (right - left) }

    /// The vertical place of a share of the plot; 0 is at the bottom.
    static func y(_ share: Double) -> Double { bottom - share * (bottom - top) }

    /// A coordinate with one decimal, which is finer than any screen.
    static func text(_ value: Double) -> String {
        assert(value.isFinite, "a place in a chart is a number")
        return TickText.withoutZeros(UnitText.fixed(value, decimals: 1))
    }

    /// Two coordinates.
    static func text(_ x: Double, _ y: Double) -> String { "\(text(x)) \(text(y))" }
}

/// One axis: what it counts and where its values lie.
struct ChartAxis {
    /// What it shows, with the unit.
    let name: String
    let scale: ChartScale
}

/// A stretch of the horizontal axis that is set off, such as the warm-up.
struct ChartBand {
    /// Its colour, by what it means.
    enum Meaning: String {
        case warmup, doubt, incident
    }

    let from: Double
    let to: Double
    let meaning: Meaning
}

/// What hovering, or the arrow keys, show at one place of the horizontal axis.
struct ChartTip {
    let x: Double
    /// The first line: where this is.
    let place: String
    /// One text for each name of the chart; empty ones are left out.
    let values: [String]
}

/// Axes and grid around a plot.
struct ChartFrame {
    /// What the chart is about; screen readers say it.
    let title: String
    let x: ChartAxis
    let y: ChartAxis
    var bands: [ChartBand] = []
    /// What the texts of a tip stand for.
    var names: [String] = []
    var tips: [ChartTip] = []

    /// The whole drawing.
    ///
    /// - Parameter plot: What is drawn inside, in units of `ChartPlace`.
    func svg(_ plot: Markup) -> Markup {
        let size = "0 0 \(ChartPlace.text(ChartPlace.width, ChartPlace.height))"
        return """
            <svg viewBox="\(size)" role="img" aria-label="\(title)"\(tipAttributes)>
            \(bandMarks)\(grid)\(plot)\(labels)</svg>
            """
    }

    private var tipAttributes: Markup {
        guard !tips.isEmpty else { return .empty }
        func cell(_ text: String) -> String {
            String(text.map { $0 == "\t" || $0.isNewline ? " " : $0 })
        }
        let places = tips.map { ChartPlace.text(ChartPlace.x(x.scale.position($0.x))) }
        let rows = tips.map { tip in ([tip.place] + tip.values).map(cell).joined(separator: "\t") }
        return """
             tabindex="0" data-x="\(places.joined(separator: " "))" \
            data-n="\(names.map(cell).joined(separator: "\t"))" \
            data-v="\(rows.joined(separator: "\n"))"
            """
    }

    private var bandMarks: Markup {
        let marks = bands.map { band -> Markup in
            let from = ChartPlace.x(x.scale.position(band.from))
            let to = ChartPlace.x(x.scale.position(band.to))
            guard to > from else { return .empty }
            let height = ChartPlace.text(ChartPlace.bottom - ChartPlace.top)
            return """
                <rect class="\(band.meaning.rawValue)" x="\(ChartPlace.text(from))" \
                y="\(ChartPlace.text(ChartPlace.top))" width="\(ChartPlace.text(to - from))" \
                height="\(height)"/>
                """
        }
        return Markup(marks)
    }

    private var grid: Markup {
        var path = ""
        for tick in y.scale.ticks {
            let place = ChartPlace.y(y.scale.position(tick.value))
            path +=
                "M\(ChartPlace.text(ChartPlace.left, place))H\(ChartPlace.text(ChartPlace.right))"
        }
        for tick in x.scale.ticks {
            let place = ChartPlace.x(x.scale.position(tick.value))
            path += "M\(ChartPlace.text(place, ChartPlace.bottom))v4"
        }
        let base =
            "M\(ChartPlace.text(ChartPlace.left, ChartPlace.bottom))"
            + "H\(ChartPlace.text(ChartPlace.right))"
        return "<path class=\"grid\" d=\"\(path)\"/><path class=\"base\" d=\"\(base)\"/>"
    }

    private var labels: Markup {
        var marks: [Markup] = []
        for tick in y.scale.ticks {
            let place = ChartPlace.y(y.scale.position(tick.value)) + 4
            marks.append(
                """
                <text class="\(tick.isMinor ? "yt odd" : "yt")" \
                x="\(ChartPlace.text(ChartPlace.left - 8))" \
                y="\(ChartPlace.text(place))">\(tick.label)</text>
                """)
        }
        // Where the screen is narrow, every other label makes way for the rest.
        let isDense = x.scale.ticks.count > 5
        for (index, tick) in x.scale.ticks.enumerated() {
            let place = ChartPlace.x(x.scale.position(tick.value))
            let kind = isDense && !index.isMultiple(of: 2) ? "xt odd" : "xt"
            marks.append(
                """
                <text class="\(kind)" x="\(ChartPlace.text(place))" \
                y="\(ChartPlace.text(ChartPlace.bottom + 22))">\(tick.label)</text>
                """)
        }
        marks.append(
            """
            <text class="name" x="4" y="14">\(y.name)</text>\
            <text class="name end" x="\(ChartPlace.text(ChartPlace.right))" \
            y="\(ChartPlace.text(ChartPlace.height - 4))">\(x.name)</text>
            """)
        return Markup(marks)
    }
}
