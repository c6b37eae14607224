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

    /// Stalls, whose size is what was asked for.
    init(stall schedule: HoldSchedule, seed: UInt64) {
        settings = ProxySettings(holds: [schedule], seed: seed)
        means =
            "all streams from the broker stand still together, in time with the clock of the "
            + "machine and not with that of a run"
    }

    /// Holds that make a tail longer.
    init(_ tail: TailSizing, seed: UInt64) {
        settings = ProxySettings(holds: [tail.schedule], seed: seed)
        means =
            "holds of \(UnitText.latency(tail.schedule.lengthNanoseconds)) at random moments, "
            + "one in \(UnitText.latency(tail.schedule.periodNanoseconds)) on average"
            + tail.measured
    }

    /// A bound on the bytes that go to the broker.
    ///
    /// - Parameters:
    ///   - share: What is to be lost of the throughput.
    ///   - runs: Some runs of the base behind a proxy that does nothing; the first class counts.
    ///   - text: The change, as it was written.
    ///   - seed: Of the proxy.
    /// - Throws: `.failed` when the change cannot be made for such a load.
    init(
        cap share: Double, runs: [ResultDocument], text: String, seed: UInt64
    ) throws(CommandError) {
        let rate = try Self.bytesPerSecond(runs, text)
        let bound = Int(rate * (1 - share))
        settings = ProxySettings(bytesPerSecondMax: bound, seed: seed)
        means =
            "at most \(UnitText.byteRate(Double(bound))) go to the broker, of which "
            + "\(runs.count) runs of the base took \(UnitText.byteRate(rate))"
    }

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
