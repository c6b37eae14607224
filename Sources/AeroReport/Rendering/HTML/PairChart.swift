// The pairs of one metric of a gate, one by one.

/// By how much the two sides of each pair differ, in the order in which they were measured, with
/// the estimate and its interval, and with where a change begins to matter.
///
/// Changes have the sign that people expect: a rate that falls lies below zero.
struct PairChart {
    private let conclusion: MetricConclusion
    /// The values of pairs: those that were looked at first, then those that had to confirm.
    private let stages: [[(baseline: Double, candidate: Double)]]

    /// - Parameters:
    ///   - experiment: The experiment.
    ///   - index: Which of its metrics.
    init(_ experiment: GateConclusion, metric index: Int) {
        conclusion = experiment.metrics[index]
        stages = [experiment.pairs, experiment.confirmationPairs].map { pairs in
            pairs.compactMap { pair in
                index < min(pair.baseline.count, pair.candidate.count)
                    ? (pair.baseline[index], pair.candidate[index]) : nil
            }
        }
    }

    var markup: Markup {
        let title = conclusion.metric.title
        let points = points
        guard !points.isEmpty else {
            return Figure.markup(title, sentence: sentence, body: Figure.noSamples)
        }
        let count = points.count
        var frame = ChartFrame(
            title: "\(title). \(sentence)",
            x: ChartAxis(
                name: "pair",
                scale: .spanning(
                    0, Double(count + 1), tickCountMax: min(8, count + 2),
                    label: { TickText.number($0) })),
            y: ChartAxis(name: "change", scale: scale(points.map(\.change))))
        frame.names = ["base", "candidate", "change"]
        frame.tips = points.map { point in
            ChartTip(x: Double(point.number), place: point.place, values: point.texts)
        }
        return Figure.markup(
            title, sentence: sentence, body: legend + frame.svg(plot(frame, points)))
    }

    // MARK: - Values

    private struct Point {
        let number: Int
        let stage: Int
        let change: Double
        let place: String
        let texts: [String]
    }

    private var points: [Point] {
        let metric = conclusion.metric
        var points: [Point] = []
        for (stage, pairs) in stages.enumerated() {
            for pair in pairs {
                guard
                    let difference = metric.scale.difference(
                        baseline: pair.baseline, candidate: pair.candidate)
                else { continue }
                let worsening = metric.scale.worsening(difference: difference)
                points.append(
                    Point(
                        number: points.count + 1, stage: stage,
                        change: metric.shown(worsening: worsening),
                        place: "pair \(points.count + 1)" + (stage == 1 ? ", confirming" : ""),
                        texts: [
                            metric.unit.text(pair.baseline), metric.unit.text(pair.candidate),
                            conclusion.text(worsening),
                        ]))
            }
        }
        return points
    }

    private func scale(_ changes: [Double]) -> ChartScale {
        let marks = [conclusion.lower, conclusion.upper, conclusion.practical].compactMap { $0 }
        let all = changes + [0] + marks.map(conclusion.metric.shown)
        let isShare = conclusion.metric.scale != .difference
        return ChangeScale.around(all, isShare: isShare)
    }

    private var sentence: String {
        let verdict = "\(conclusion.verdict.rawValue): changed by \(conclusion.changeText)"
        return "\(verdict). From \(conclusion.text(conclusion.practical)) on a change matters; "
            + "one of \(conclusion.text(conclusion.resolution)) has to be excluded to pass."
    }

    // MARK: - Drawing

    private var legend: Markup {
        var entries: [(name: String, mark: ChartLegend.Mark, style: Int)] = [("pair", .dot, 0)]
        if !stages[1].isEmpty { entries.append(("confirming pair", .dot, 3)) }
        entries += [("estimate with its interval", .line, 2), ("threshold", .line, 1)]
        return ChartLegend.markup(entries)
    }

    private func plot(_ frame: ChartFrame, _ points: [Point]) -> Markup {
        func place(_ worsening: Double) -> String {
            ChartPlace.text(
                ChartPlace.y(frame.y.scale.position(conclusion.metric.shown(worsening: worsening))))
        }
        let across = "H\(ChartPlace.text(ChartPlace.right))"
        let left = ChartPlace.text(ChartPlace.left)
        func line(_ worsening: Double, _ kind: String) -> Markup {
            "<path class=\"\(kind)\" d=\"M\(left) \(place(worsening))\(across)\"/>"
        }
        var span: Markup = .empty
        if let lower = conclusion.lower, let upper = conclusion.upper {
            let ends = "M\(left) \(place(lower))\(across)V\(place(upper))H\(left)Z"
            span = "<path class=\"span\" d=\"\(ends)\"/>"
        }
        let dots = [0, 1].map { stage -> Markup in
            let path = points.filter { $0.stage == stage }.map { point in
                let x = ChartPlace.x(frame.x.scale.position(Double(point.number)))
                let y = ChartPlace.y(frame.y.scale.position(point.change))
                return "M\(ChartPlace.text(x, y))h0"
            }.joined()
            guard !path.isEmpty else { return .empty }
            return "<path class=\"dot s\(stage == 0 ? 0 : 3)\" d=\"\(path)\"/>"
        }
        return span + line(0, "base") + line(conclusion.practical, "l s1")
            + line(conclusion.estimate, "l s2") + Markup(dots)
    }
}

/// Axes of changes.
enum ChangeScale {
    /// An axis around changes, zero among them, with a little room at both ends.
    ///
    /// - Parameters:
    ///   - values: Shares of the baseline, or numbers; at least one.
    ///   - isShare: Whether they are shown as percentages.
    static func around(_ values: [Double], isShare: Bool) -> ChartScale {
        let lower = min(values.min() ?? 0, 0)
        let upper = max(values.max() ?? 0, 0)
        // Nothing changed at all: still an axis that has a width.
        let room = upper > lower ? (upper - lower) * 0.06 : isShare ? 0.01 : 1
        return .spanning(lower - room, upper + room, tickCountMax: 6) { text($0, isShare) }
    }

    /// `+5 %`, `-3`.
    static func text(_ value: Double, _ isShare: Bool) -> String {
        // A step that is a sum of tenths may miss zero by a rounding.
        let shown = value.magnitude < 1e-9 ? 0 : isShare ? value * 100 : value
        return (shown > 0 ? "+" : "") + TickText.number(shown) + (isShare ? " %" : "")
    }
}
