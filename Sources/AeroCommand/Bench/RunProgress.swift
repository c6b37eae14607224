// What is shown while a run is under way.

import AeroIO
import AeroLoad
import AeroReport
import HDRHistogram

/// The live view where standard error is a terminal, and one line per interval where it is not.
struct RunProgress {
    private let console: Console
    private let isQuiet: Bool
    private let plan: RecordingWindow
    private let board: WindowBoard
    private let screen: LiveScreen
    private let figures: FiguresBoard

    /// - Parameter board: Where the window is found; a warm-up may turn out shorter than planned.
    init(_ scenario: Scenario, _ board: WindowBoard, console: Console, isQuiet: Bool) {
        self.console = console
        self.isQuiet = isQuiet
        self.board = board
        plan = RecordingWindow(scenario, startNanoseconds: 0)
        screen = LiveScreen(console)
        figures = FiguresBoard(LiveFigures(scenario))
    }

    /// Says what is about to happen.
    func announce(_ text: String) {
        guard !isQuiet else { return }
        if console.isErrorDrawable {
            screen.draw([LiveView.Line(text: text)])
        } else {
            console.error(text)
        }
    }

    /// Shows an interval that all workers have handed over.
    func show(_ interval: AeroLoad.IntervalRecord) {
        guard !isQuiet, interval.phase != .drain else { return }
        if interval.phase == .measure { figures.hasMeasured = true }
        guard console.isErrorDrawable else {
            // The last of the warm-up stays open for late answers: behind others it is no news.
            if interval.phase == .measure || !figures.hasMeasured { console.error(line(interval)) }
            return
        }
        let count = window.warmupIntervalCount + window.measuredIntervalCount
        figures.latest.add(
            interval, place: place(interval),
            progress: Double(interval.index + 1) / Double(max(1, count)))
        screen.draw(LiveView.lines(figures.latest))
    }

    /// Makes room for what follows.
    func end() {
        guard !isQuiet, console.isErrorDrawable else { return }
        screen.clear()
    }

    private var window: RecordingWindow { board.window ?? plan }

    private func place(_ interval: AeroLoad.IntervalRecord) -> String {
        let warmupCount = window.warmupIntervalCount
        return interval.phase == .warmup
            ? "warm-up \(interval.index + 1)/\(warmupCount)"
            : "\(interval.index - warmupCount + 1)/\(window.measuredIntervalCount)"
    }

    private func line(_ interval: AeroLoad.IntervalRecord) -> String {
        func rate(_ count: (IntervalCounts) -> Int64) -> String {
            interval.perSecond(count).map(UnitText.rate) ?? "-"
        }
        var parts = [
            "[\(place(interval))] sent \(rate(\.sent))/s", "received \(rate(\.received))/s",
            "e2e p50 \(value(interval, .endToEndIntended, 50))",
            "p99 \(value(interval, .endToEndIntended, 99))",
            "lag p99 \(value(interval, .lag, 99))",
        ]
        let failed = interval.total(\.failed)
        if failed > 0 { parts.append("FAILED \(UnitText.grouped(failed))") }
        return parts.joined(separator: "  ")
    }

    /// A percentile over all classes together.
    private func value(
        _ interval: AeroLoad.IntervalRecord, _ series: LatencySeries, _ percentile: Double
    ) -> String {
        var sum: Histogram?
        do throws(HistogramError) {
            for classIndex in interval.counts.indices {
                try sum.add(interval.series(series, classIndex: classIndex).decoded())
            }
        } catch {
            return "?"
        }
        guard let sum, sum.totalCount > 0 else { return "-" }
        return UnitText.latency(sum.value(atPercentile: percentile))
    }
}

/// Holds the figures of a run between two intervals, for its collecting thread alone.
private final class FiguresBoard {
    var latest: LiveFigures
    /// Whether an interval of the window has been shown.
    var hasMeasured = false

    init(_ figures: LiveFigures) { latest = figures }
}
