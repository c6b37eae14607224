// A change of known size that a self-test puts in front of the candidate.

import AeroDrivers
import AeroReport

/// What is injected, as the user asked for it.
struct Injection: Equatable, Sendable {
    /// Kinds of changes.
    enum Change: Equatable, Sendable {
        /// The p99 grows by this share.
        case latency(Double)
        /// Everything stands still for a while, once in every period.
        case stall(HoldSchedule)
        /// The throughput falls by this share.
        case throughput(Double)
    }

    /// As it was written.
    let text: String
    let change: Change

    // BOUND: larger changes need no self-test.
    private static let shareMax = 2.0

    /// Reads `latency=+10%`, `stall=60ms/4s` or `throughput=-5%`.
    init(parsing text: String) throws(CommandError) {
        self.text = text
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let kind = parts.first ?? ""
        let amount = parts.count == 2 ? parts[1] : ""
        switch kind {
        case "latency":
            change = .latency(try Self.share(amount, sign: "+", below: Self.shareMax, text))
        case "throughput":
            change = .throughput(try Self.share(amount, sign: "-", below: 1, text))
        case "stall":
            guard let schedule = ProxyOptions.schedule(amount, isRandom: false) else {
                throw Self.refusal(text)
            }
            change = .stall(schedule)
        default: throw Self.refusal(text)
        }
    }

    private static func share(
        _ amount: String, sign: Character, below limit: Double, _ text: String
    ) throws(CommandError) -> Double {
        guard amount.first == sign, amount.hasSuffix("%"),
            let share = MetricUnit.ratio.value(String(amount.dropFirst())), share > 0,
            share < limit
        else { throw refusal(text) }
        return share
    }

    private static func refusal(_ text: String) -> CommandError {
        .usage(
            "--inject: \"\(text)\" is not latency=+P%, stall=LENGTH/PERIOD or throughput=-P%, "
                + "as in latency=+10%, stall=60ms/4s, throughput=-5%")
    }

    /// The metric that shows it, when the first class's receivers are measured.
    var metric: String {
        switch change {
        case .latency: "e2e.intended.p99"
        case .stall: "e2e.intended.stalls"
        case .throughput: "throughput.received"
        }
    }
}

/// What a proxy has to be told to make a change, and the same in words.
struct SizedInjection: Equatable, Sendable {
    let settings: ProxySettings
    let means: String

    /// Sizes a change by what the base measures behind a proxy that does nothing.
    ///
    /// - Parameters:
    ///   - injection: What is asked for.
    ///   - runs: Some runs of the base; the first class counts.
    ///   - seed: Of the random holds.
    /// - Throws: `.failed` when the change cannot be made for such a load.
    init(
        _ injection: Injection, runs: [ResultDocument], seed: UInt64
    ) throws(CommandError) {
        switch injection.change {
        case .stall(let schedule):
            settings = ProxySettings(holds: [schedule], seed: seed)
            means =
                "all streams from the broker stand still together, in time with the clock of the "
                + "machine and not with that of a run"
        case .latency(let share):
            let schedule = try Self.holds(share, runs, injection.text)
            settings = ProxySettings(holds: [schedule], seed: seed)
            let length = UnitText.latency(schedule.lengthNanoseconds)
            means =
                "holds of \(length) at random moments, one in "
                + "\(UnitText.latency(schedule.periodNanoseconds)) on average, sized by "
                + "\(runs.count) runs of the base"
        case .throughput(let share):
            let rate = try Self.bytesPerSecond(runs, injection.text)
            let bound = Int(rate * (1 - share))
            settings = ProxySettings(bytesPerSecondMax: bound, seed: seed)
            means =
                "at most \(UnitText.byteRate(Double(bound))) go to the broker, of which "
                + "\(runs.count) runs of the base took \(UnitText.byteRate(rate))"
        }
    }

    private static func holds(
        _ share: Double, _ runs: [ResultDocument], _ text: String
    ) throws(CommandError) -> HoldSchedule {
        guard runs.allSatisfy({ $0.classes.first?.offered.messagesPerSecond != nil }) else {
            throw .failed(
                "--inject \(text): a load that waits for answers does not send what would be "
                    + "late; take a scenario with a rate")
        }
        let curve: LatencyCurve?
        do throws(ResultFileError) {
            curve = try LatencyCurve(usual: "e2e.intended", of: runs)
        } catch {
            throw .failed("--inject \(text): a run cannot be read back: \(error)")
        }
        let window = runs.map(\.window.intervalNanoseconds).min() ?? 0
        let schedules = Self.holdParts.compactMap { part in
            curve.flatMap { TailDelay(of: $0, factor: 1 + share, part: part) }.map(
                HoldSchedule.init)
        }
        guard let longest = schedules.first else {
            throw .failed(
                "--inject \(text): no short holds make the p99 of this load grow by that much "
                    + "and leave its middle alone")
        }
        let shown = schedules.first { holdCount($0, windowNanoseconds: window) >= holdCountMin }
        guard let shown else {
            throw .failed(
                "--inject \(text): it takes one hold in "
                    + "\(UnitText.latency(longest.periodNanoseconds)), which most windows of "
                    + "\(UnitText.latency(window)) would not show; take a longer interval")
        }
        return shown
    }

    /// Lengths of holds to try, as parts of the new p99: the longest that every window shows touches
    /// least of what is not slow.
    private static let holdParts = [1, 0.75, 0.5, 0.35]

    /// Holds in a window on average. A gate reads medians of windows, which seldom holds leave as
    /// they are.
    static func holdCount(_ schedule: HoldSchedule, windowNanoseconds: Int64) -> Double {
        Double(windowNanoseconds) / Double(schedule.periodNanoseconds)
    }

    /// Holds in a window on average, so that nearly every window has some.
    private static let holdCountMin = 5.0

    /// Bytes on the wire for each message, times messages a second of the measured window.
    private static func bytesPerSecond(
        _ runs: [ResultDocument], _ text: String
    ) throws(CommandError) -> Double {
        var rates: [Double] = []
        for run in runs {
            guard let activity = run.broker?.activity, activity.messages > 0,
                run.classes.count == 1, run.classes[0].offered.messagesPerSecond == nil
            else {
                throw .failed(
                    "--inject \(text): take a scenario with one class that is as fast as it "
                        + "can be, closed-loop or maximum")
            }
            let each = Double(activity.receivedBytes) / Double(activity.messages)
            rates.append(each * run.classes[0].achieved.sentPerSecond)
        }
        return rates.sorted()[rates.count / 2]
    }
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
