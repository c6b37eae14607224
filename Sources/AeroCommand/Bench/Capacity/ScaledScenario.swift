// A scenario at any rate: what a capacity search holds.

import AeroLoad
import AeroReport

/// A scenario whose rate is asked for anew for each probe.
///
/// Every class keeps its share of the whole. All changes are overrides, as on the command line, so
/// that a probe is as strictly checked as a run.
struct ScaledScenario: Sendable {
    /// The scenario with the probe's durations, at its own rate.
    let scenario: Scenario
    /// The rate that the scenario itself asks for, over the classes that are scaled; nil when it
    /// asks for none.
    let ownRate: Double?
    private let text: ScenarioText
    private let overrides: [String]
    private let shares: [Share]

    /// One class that is scaled.
    private struct Share: Sendable {
        let className: String
        /// Its part of the whole rate, 0 to 1.
        let share: Double
        /// Whether it has a schedule with a rate, which then stays what it is.
        let hasRate: Bool
    }

    /// - Parameters:
    ///   - text: The scenario.
    ///   - overrides: Of the command line.
    ///   - className: The only class whose rate is searched for; nil for all of them in proportion.
    init(
        _ text: ScenarioText, overrides: [String], className: String?
    ) throws(CommandError) {
        self.text = text
        self.overrides = overrides
        scenario = try text.scenario(overrides)
        let all = scenario.classes
        let scaled = className.map { wanted in all.filter { $0.name == wanted } } ?? all
        guard !scaled.isEmpty else {
            let known = all.map(\.name)
            throw .usage(
                "--class: there is no class \(className ?? "")"
                    + Spelling.hint(for: className ?? "", among: known))
        }
        let rates = scaled.map { Self.rate($0) }
        if scaled.count == 1 {
            ownRate = rates[0]
            shares = [Share(className: scaled[0].name, share: 1, hasRate: rates[0] != nil)]
            return
        }
        var sum = 0.0
        for (each, rate) in zip(scaled, rates) {
            guard let rate else {
                throw .failed(
                    "class \(each.name) has the schedule \(each.load.name.rawValue), which has no "
                        + "rate to scale; give it one, or search one class with --class")
            }
            sum += rate
        }
        ownRate = sum
        shares = zip(scaled, rates).map { each, rate in
            Share(className: each.name, share: (rate ?? 0) / sum, hasRate: true)
        }
    }

    /// The rate of a class whose schedule is a rate and nothing else.
    private static func rate(_ each: TrafficClass) -> Double? {
        switch each.load.name {
        case .constant, .poisson: each.load.rate?.messagesPerSecond
        default: nil
        }
    }

    /// The scenario at a rate, and the rate that it then really asks for.
    ///
    /// - Parameter rate: Over all scaled classes together, a second.
    func scenario(atRate rate: Double) throws(CommandError) -> Scenario {
        let rates = shares.map { share in
            let spelled = Self.text(rate * share.share)
            return share.hasRate
                ? "classes.\(share.className).load.rate=\(spelled)"
                : "classes.\(share.className).load={schedule: constant, rate: \(spelled)}"
        }
        return try text.scenario(overrides + rates)
    }

    /// What has to be known about the schedule beyond the scenario; nil for nothing.
    var note: String? {
        guard let share = shares.first(where: { !$0.hasRate }) else { return nil }
        return "class \(share.className) has no rate in the scenario; probes send at constant rates"
    }

    /// A rate as scenarios spell it, to a thousandth.
    static func text(_ rate: Double) -> String {
        let least = max(rate, 0.001)
        return least == least.rounded()
            ? UnitText.fixed(least, decimals: 0) + "/s" : UnitText.fixed(least, decimals: 3) + "/s"
    }
}
