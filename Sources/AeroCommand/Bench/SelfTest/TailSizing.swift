// How a p99 is made to grow by a known share: computed first, then corrected by what it did.

import AeroDrivers
import AeroReport

/// Holds that make the p99 of a load grow by a share.
///
/// What is computed from the base alone comes out too large or too small: a hold ends when a thread
/// gets a core, and what it held back is then worked off. So the holds are tried, and made rarer or
/// more frequent.
struct TailSizing {
    private let text: String
    private let share: Double
    private let baseNanoseconds: Double
    /// The holds.
    private(set) var schedule: HoldSchedule
    /// What runs with these holds showed: by which share the p99 was higher.
    private(set) var growth: Double?
    private var runCount: Int
    /// Of the base's windows, the shortest.
    private let windowNanoseconds: Int64

    /// Computes holds.
    ///
    /// - Parameters:
    ///   - share: By which the p99 is to grow.
    ///   - runs: Some runs of the base behind a proxy that does nothing; the first class counts.
    ///   - text: The change, as it was written.
    /// - Throws: `.failed` when no holds can do that to such a load.
    init(_ share: Double, runs: [ResultDocument], text: String) throws(CommandError) {
        self.text = text
        self.share = share
        runCount = runs.count
        guard runs.allSatisfy({ $0.classes.first?.offered.messagesPerSecond != nil }) else {
            throw .failed(
                "--inject \(text): a load that waits for answers does not send what would be "
                    + "late; take a scenario with a rate")
        }
        let curve = try Self.curve(runs, text)
        baseNanoseconds = curve?.value(ofShareBeyond: Self.tail) ?? 0
        let window = runs.map(\.window.intervalNanoseconds).min() ?? 0
        windowNanoseconds = window
        let schedules = Self.holdParts.compactMap { part in
            curve.flatMap { TailDelay(of: $0, factor: 1 + share, part: part) }.map(
                HoldSchedule.init)
        }
        guard let longest = schedules.first else {
            throw .failed(
                "--inject \(text): no short holds make the p99 of this load grow by that much "
                    + "and leave its middle alone")
        }
        guard
            let shown = schedules.first(where: {
                Self.holdCount($0, windowNanoseconds: window) >= Self.holdCountMin
            })
        else {
            throw .failed(
                "--inject \(text): it takes one hold in "
                    + "\(UnitText.latency(longest.periodNanoseconds)), which most windows of "
                    + "\(UnitText.latency(window)) would not show; take a longer interval")
        }
        schedule = shown
    }

    /// Notes what the holds did.
    ///
    /// - Parameter runs: Some runs of the base behind a proxy with them.
    /// - Returns: Whether that is near enough to what was asked for.
    mutating func measure(_ runs: [ResultDocument]) throws(CommandError) -> Bool {
        guard let curve = try Self.curve(runs, text), baseNanoseconds > 0 else { return true }
        let growth = curve.value(ofShareBeyond: Self.tail) / baseNanoseconds - 1
        self.growth = growth
        runCount = runs.count
        return abs(growth - share) <= Self.tolerance * share
    }

    /// Makes the holds rarer or more frequent by what was measured.
    mutating func correct() {
        guard let growth else { return }
        schedule = Self.corrected(
            schedule, aim: share, growth: growth, windowNanoseconds: windowNanoseconds)
        self.growth = nil
    }

    /// Holds that make a growth of `aim` where those of `schedule` made one of `growth`: small ones
    /// are nearly proportional to the time that is held. One step goes no farther than twice or a
    /// quarter, since what was measured may be luck.
    /// Where they become too seldom for the windows, they become shorter instead.
    static func corrected(
        _ schedule: HoldSchedule, aim: Double, growth: Double, windowNanoseconds: Int64
    ) -> HoldSchedule {
        let factor = growth > 0 ? min(max(aim / growth, 0.25), 2) : 2
        let wanted = Double(schedule.periodNanoseconds) / factor
        let longest = Double(windowNanoseconds) / holdCountMin
        let length = Double(schedule.lengthNanoseconds) * min(1, longest / wanted)
        let period = max(min(wanted, longest), length / TailDelay.heldShareMax)
        return HoldSchedule(
            lengthNanoseconds: Int64(length), periodNanoseconds: Int64(period), isRandom: true)
    }

    /// What was measured, as the end of a sentence.
    var measured: String {
        guard let growth else { return ", computed from \(runCount) runs of the base" }
        return ", which made the p99 of \(runCount) runs longer by \(UnitText.percent(growth))"
    }

    private static func curve(
        _ runs: [ResultDocument], _ text: String
    ) throws(CommandError) -> LatencyCurve? {
        do throws(ResultFileError) {
            return try LatencyCurve(usual: "e2e.intended", of: runs)
        } catch {
            throw .failed("--inject \(text): a run cannot be read back: \(error)")
        }
    }

    /// Holds in a window on average. A gate reads medians of windows, which seldom holds leave as
    /// they are.
    static func holdCount(_ schedule: HoldSchedule, windowNanoseconds: Int64) -> Double {
        Double(windowNanoseconds) / Double(schedule.periodNanoseconds)
    }

    /// Enough for nearly every window to have some.
    private static let holdCountMin = 5.0

    /// Lengths of holds to try, as parts of the new p99: the longest that every window shows
    /// touches least of what is not slow.
    private static let holdParts = [1, 0.75, 0.5, 0.35]

    /// What lies beyond a p99.
    private static let tail = 0.01
    /// How far from the share a growth may be, as a part of it.
    private static let tolerance = 0.2
}

extension HoldSchedule {
    /// Holds at random moments that make a tail longer.
    fileprivate init(_ delay: TailDelay) {
        let length = Int64(delay.lengthNanoseconds)
        self.init(
            lengthNanoseconds: length, periodNanoseconds: Int64(Double(length) / delay.heldShare),
            isRandom: true)
    }
}
