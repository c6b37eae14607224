// Whether a load thread had more to do than it could.

import AeroReport

/// Looks for a load thread without reserve.
///
/// A thread that waits for its schedule polls until the next message is due, and so is always on a
/// core: what tells is how much of its time it had something to do. Time in which it was ready and
/// others had the cores is no reserve.
struct WorkCheck {
    /// The name of the thread.
    let name: String
    /// Share of the window at work on a core; nil when the window never opened.
    let workShare: Double?
    /// Share of the window in which it waited for a core; nil where the kernel keeps no account.
    let waitShare: Double?

    /// A load thread with less of its time left than this has no reserve.
    static let shareMax = 0.95

    /// Time at work, as a share of the time that it could have worked; nil when that is not known.
    var loadShare: Double? {
        workShare.map { work in min(1, work / max(1 - (waitShare ?? 0), 0.01)) }
    }

    /// The finding about the busiest of all; nil when each has a reserve.
    static func finding(_ threads: [WorkCheck]) -> RunFinding? {
        let busiest = threads.max { ($0.loadShare ?? 0) < ($1.loadShare ?? 0) }
        guard let busiest, let share = busiest.loadShare, share > shareMax else { return nil }
        return RunFinding(
            .warning, "generator-busy",
            "thread \(busiest.name) was at work for \(UnitText.percent(share)) of the time that it "
                + "could: the generator may be the bottleneck (add workers)",
            value: share, limit: shareMax)
    }
}
