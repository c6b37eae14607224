// What is shown while a run is under way.

import AeroIO
import AeroLoad
import AeroReport
import HDRHistogram

/// One line on standard error per interval; on a terminal each is drawn over the one before.
struct RunProgress {
    private let console: Console
    private let isQuiet: Bool
    private let plan: RecordingWindow
    private let board: WindowBoard

    /// - Parameter board: Where the window is found; a warm-up may turn out shorter than planned.
    init(_ scenario: Scenario, _ board: WindowBoard, console: Console, isQuiet: Bool) {
        self.console = console
        self.isQuiet = isQuiet
        self.board = board
        plan = RecordingWindow(scenario, startNanoseconds: 0)
    }

    /// Says what is about to happen.
    func announce(_ text: String) {
        guard !isQuiet else { return }
        show(text)
    }

    /// Shows an interval that all workers have handed over.
    func show(_ interval: AeroLoad.IntervalRecord) {
        guard !isQuiet, interval.phase != .drain else { return }
        show(line(interval))
    }

    /// Makes room for what follows.
    func end() {
        guard !isQuiet, console.isErrorTerminal else { return }
        console.errorText("\r\u{1B}[K")
    }

    private func show(_ line: String) {
        if console.isErrorTerminal {
            console.errorText("\r\u{1B}[K\(line)")
        } else {
            console.error(line)
        }
    }

    private func line(_ interval: AeroLoad.IntervalRecord) -> String {
        let isWarmup = interval.phase == .warmup
        let window = board.window ?? plan
        let warmupCount = window.warmupIntervalCount
        let place =
            isWarmup
            ? "warm-up \(interval.index + 1)/\(warmupCount)"
            : "\(interval.index - warmupCount + 1)/\(window.measuredIntervalCount)"
        let seconds = Double(interval.endNanoseconds - interval.startNanoseconds) / 1e9
        func rate(_ count: (IntervalCounts) -> Int64) -> String {
            let sum = interval.counts.reduce(0) { $0 + count($1) }
            return seconds > 0 ? UnitText.rate(Double(sum) / seconds) : "-"
        }
        var parts = [
            "[\(place)] sent \(rate(\.sent))/s", "received \(rate(\.received))/s",
            "e2e p50 \(value(interval, .endToEndIntended, 50))",
            "p99 \(value(interval, .endToEndIntended, 99))",
            "lag p99 \(value(interval, .lag, 99))",
        ]
        let failed = interval.counts.reduce(0) { $0 + $1.failed }
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
                let histogram = try interval.series(series, classIndex: classIndex).decoded()
                if sum == nil { sum = histogram } else { try sum?.add(histogram) }
            }
        } catch {
            return "?"
        }
        guard let sum, sum.totalCount > 0 else { return "-" }
        return UnitText.latency(sum.value(atPercentile: percentile))
    }
}
