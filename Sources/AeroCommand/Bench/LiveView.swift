// The live view of a run: a few lines that are drawn over again and again.

import AeroReport

/// The lines of the view, without colour and not yet fitted to a terminal.
enum LiveView {
    /// One line, and what it means for its colour.
    struct Line: Equatable {
        var text: String
        var meaning: TerminalStyle.Meaning?
    }

    private static let barWidth = 24

    /// The view of some figures.
    static func lines(_ figures: LiveFigures) -> [Line] {
        let filled = Int((figures.progress * Double(barWidth)).rounded())
        let bar =
            String(repeating: "#", count: filled)
            + String(repeating: "-", count: barWidth - filled)
        var flow =
            "sent \(UnitText.rate(figures.sentPerSecond))/s  "
            + "acked \(UnitText.rate(figures.ackedPerSecond))/s  "
            + "received \(UnitText.rate(figures.receivedPerSecond))/s"
        if figures.failedCount > 0 { flow += "  FAILED \(UnitText.grouped(figures.failedCount))" }
        let backlog = figures.backlogCount.map(UnitText.grouped) ?? "nobody consumes"
        let verdict: Line
        if let doubt = figures.doubts.first {
            let more = figures.doubts.count > 1 ? " (and \(figures.doubts.count - 1) more)" : ""
            verdict = Line(text: "validity  in doubt: \(doubt)\(more)", meaning: .bad)
        } else {
            verdict = Line(text: "validity  nothing against it so far", meaning: .good)
        }
        return [
            Line(text: "[\(bar)] \(figures.place)", meaning: .heading),
            Line(text: "rates     \(flow)", meaning: figures.failedCount > 0 ? .doubtful : nil),
            Line(text: "e2e       \(latencies(figures.endToEnd))", meaning: nil),
            Line(text: "lag       \(latencies(figures.lag))", meaning: nil),
            Line(text: "backlog   \(backlog)", meaning: nil),
            verdict,
        ]
    }

    private static func latencies(_ summary: LatencySummary) -> String {
        guard summary.count > 0 else { return "no samples" }
        let values = [
            ("p50", summary.p50), ("p99", summary.p99), ("p99.9", summary.p999),
            ("max", summary.max),
        ]
        return values.map { "\($0) \(UnitText.latency($1))" }.joined(separator: "  ")
    }
}

/// Draws lines over those drawn before, on a terminal.
///
/// A class, because the one who draws next has to know how many lines there are; it belongs to the
/// collecting thread.
final class LiveScreen {
    private let console: Console
    private var drawnCount = 0

    init(_ console: Console) { self.console = console }

    /// Puts lines where the last ones were. None is wider than the terminal, which would wrap it
    /// and count it as two.
    func draw(_ lines: [LiveView.Line]) {
        let width = max(1, console.errorColumnCount - 1)
        let style = console.errorStyle
        let drawn = lines.map { line -> String in
            let text = String(line.text.prefix(width))
            return (line.meaning.map { style.paint(text, $0) } ?? text) + "\u{1B}[K"
        }
        console.errorText(home + drawn.joined(separator: "\r\n") + "\u{1B}[J")
        drawnCount = lines.count
    }

    /// Takes the lines away again.
    func clear() {
        console.errorText(home + "\u{1B}[J")
        drawnCount = 0
    }

    /// Back to the first column of the first line.
    private var home: String { drawnCount > 1 ? "\r\u{1B}[\(drawnCount - 1)A" : "\r" }
}
