// One rate that a capacity search tried, and the curve that all of them make.

/// One rate, held for a while.
package struct CapacityProbe: Codable, Equatable, Sendable {
    /// Its number, from 0.
    package var index: Int
    /// Which part of the search asked for it.
    package var phase: CapacityPhase
    /// The rate asked for, over all classes together, a second.
    package var offeredPerSecond: Double
    /// What was sent, a second.
    package var sentPerSecond: Double
    /// What arrived, over all groups, a second.
    package var receivedPerSecond: Double
    /// How long the rate was really held.
    package var heldNanoseconds: Int64
    /// What it came to.
    package var verdict: CapacityVerdict
    /// Why it was not met or cannot be believed, in one line; nil when it was met.
    package var reason: String?
    /// Every objective with what was measured.
    package var objectives: [CapacityObjective]
    /// Percentiles by series, `CLASS:SERIES` where there are several classes.
    package var series: [String: LatencySummary]
    /// How fast messages under way became more, a second; negative when they became fewer.
    package var backlogSlopePerSecond: Double
    /// Messages under way at the end of the hold, one for each group that has yet to get one.
    package var backlogAtEnd: Int64
    /// Whether the run itself can be believed.
    package var validity: ValidityRecord

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        index: Int, phase: CapacityPhase, offeredPerSecond: Double, sentPerSecond: Double,
        receivedPerSecond: Double, heldNanoseconds: Int64, verdict: CapacityVerdict,
        reason: String? = nil, objectives: [CapacityObjective], series: [String: LatencySummary],
        backlogSlopePerSecond: Double, backlogAtEnd: Int64, validity: ValidityRecord
    ) {
        self.index = index
        self.phase = phase
        self.offeredPerSecond = offeredPerSecond
        self.sentPerSecond = sentPerSecond
        self.receivedPerSecond = receivedPerSecond
        self.heldNanoseconds = heldNanoseconds
        self.verdict = verdict
        self.reason = reason
        self.objectives = objectives
        self.series = series
        self.backlogSlopePerSecond = backlogSlopePerSecond
        self.backlogAtEnd = backlogAtEnd
        self.validity = validity
    }
}

/// The part of a search that a probe belongs to.
package enum CapacityPhase: String, Codable, Equatable, Sendable, CaseIterable {
    /// Doubling or halving until one rate is met and one is not.
    case bracket
    /// Between the two.
    case bisect
    /// Once more at the answer.
    case confirm
}

/// What a probe came to.
package enum CapacityVerdict: String, Codable, Equatable, Sendable, CaseIterable {
    /// Every objective held, and no backlog grew.
    case met
    /// The target did not keep up.
    case notMet = "not-met"
    /// The generator did not reach the rate: this says nothing about the target.
    case generatorLimited = "generator-limited"
    /// The probe cannot be believed for another reason.
    case invalid
}

/// One objective at one rate.
package struct CapacityObjective: Codable, Equatable, Sendable {
    /// In the grammar of `ServiceLevelObjective`.
    package var text: String
    /// The worst class's number in the metric's own unit; nil when it was not measured.
    package var measured: Double?
    /// Whether it held.
    package var isMet: Bool

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(text: String, measured: Double?, isMet: Bool) {
        self.text = text
        self.measured = measured
        self.isMet = isMet
    }
}

/// One point of a rate-latency curve.
package struct CapacityPoint: Codable, Equatable, Sendable {
    /// The probe that it is from.
    package var probe: Int
    /// The rate offered, a second.
    package var offeredPerSecond: Double
    /// What arrived, a second.
    package var receivedPerSecond: Double
    /// Whether the objectives held.
    package var isMet: Bool
    /// Percentiles by series, `CLASS:SERIES` where there are several classes.
    package var series: [String: LatencySummary]

    /// The point of a probe; nil for one that says nothing about the target.
    package init?(_ probe: CapacityProbe) {
        guard probe.verdict == .met || probe.verdict == .notMet else { return nil }
        self.probe = probe.index
        offeredPerSecond = probe.offeredPerSecond
        receivedPerSecond = probe.receivedPerSecond
        isMet = probe.verdict == .met
        series = probe.series
    }

    /// The curve of a search, by ascending rate; probes of one rate in their order.
    package static func curve(of probes: [CapacityProbe]) -> [CapacityPoint] {
        probes.compactMap { CapacityPoint($0) }.sorted {
            ($0.offeredPerSecond, $0.probe) < ($1.offeredPerSecond, $1.probe)
        }
    }
}
