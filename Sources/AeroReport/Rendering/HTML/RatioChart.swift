// The ratio of candidate to baseline at every quantile.

import Glibc

/// The ratio curve of one series with its simultaneous band.
struct RatioChart {
    let curve: QuantileCurve

    var markup: Markup {
        let title = "\(curve.className): \(curve.series) by quantile"
        let places = curve.points.map { Self.place($0.percentile) }
        let least = 100 - (curve.points.last?.percentile ?? 0)
        let all = curve.points.flatMap { [$0.ratio, $0.lower, $0.upper].compactMap { $0 } }
        let frame = ChartFrame(
            title: "\(title). \(sentence)",
            x: ChartAxis(
                name: "percentile",
                scale: .nines(sampleCount: Int64((100 / max(least, 0.001)).rounded()))),
            y: ChartAxis(
                name: "change", scale: ChangeScale.around(all.map { $0 - 1 }, isShare: true)),
            names: ["change", "band"],
            tips: zip(places, curve.points).map { place, point in
                ChartTip(
                    x: place, place: "p\(TickText.number(point.percentile))",
                    values: [UnitText.change(point.ratio - 1), Self.band(point) ?? ""])
            })
        let entries: [(name: String, mark: ChartLegend.Mark, style: Int)] = [
            (hasBand ? "change with its band" : "change", .line, 2)
        ]
        return Figure.markup(
            title, sentence: sentence, body: ChartLegend.markup(entries) + frame.svg(plot(frame)))
    }

    private var hasBand: Bool { curve.points.contains { $0.lower != nil && $0.upper != nil } }

    private var sentence: String {
        let pairs = curve.pairCount == 1 ? "one pair" : "\(curve.pairCount) pairs"
        return "By how much each quantile changed, from \(pairs) of runs. "
            + (hasBand
                ? "The band holds all quantiles together with an error of 5 %."
                : "There is no band: pairs are too few, too equal, or were not measured in turn.")
    }

    private static func place(_ percentile: Double) -> Double { -log10(1 - percentile / 100) }

    private static func band(_ point: QuantileRatio) -> String? {
        guard let lower = point.lower, let upper = point.upper else { return nil }
        return "\(UnitText.change(lower - 1)) to \(UnitText.change(upper - 1))"
    }

    private func plot(_ frame: ChartFrame) -> Markup {
        func point(_ percentile: Double, _ ratio: Double) -> String {
            ChartPlace.text(
                ChartPlace.x(frame.x.scale.position(Self.place(percentile))),
                ChartPlace.y(frame.y.scale.position(ratio - 1)))
        }
        let zero = ChartPlace.text(ChartPlace.y(frame.y.scale.position(0)))
        let across =
            "M\(ChartPlace.text(ChartPlace.left)) \(zero)H\(ChartPlace.text(ChartPlace.right))"
        let line = curve.points.map { point($0.percentile, $0.ratio) }
        var span: Markup = .empty
        if hasBand {
            let upper = curve.points.compactMap { each in
                each.upper.map { point(each.percentile, $0) }
            }
            let lower = curve.points.compactMap { each in
                each.lower.map { point(each.percentile, $0) }
            }
            let outline = (upper + lower.reversed()).joined(separator: "L")
            span = "<path class=\"span\" d=\"M\(outline)Z\"/>"
        }
        return span + "<path class=\"base\" d=\"\(across)\"/>"
            + "<path class=\"l s2\" d=\"M\(line.joined(separator: "L"))\"/>"
    }
}
