// A metric that a gate decides on, with what counts as worse.

/// One metric of one scenario and its thresholds.
package struct GateMetric: Codable, Equatable, Sendable {
    /// The scenario, as labelled by the pairing.
    package var scenario: String
    /// The message class, where it concerns one.
    package var className: String?
    /// The metric, as in `e2e.intended.p99`.
    package var name: String
    /// What its values count.
    package var unit: MetricUnit
    /// How two values are compared.
    package var scale: MetricScale
    /// The smallest worsening that matters: a share of the baseline, or a number in the unit.
    package var practical: Double
    /// The worsening that a pass has to exclude, like `practical` and larger.
    package var resolution: Double
    /// The smallest worsening that matters in the metric's own unit; both it and `practical` have
    /// to be exceeded.
    package var floor: Double

    /// Makes a metric from its parts; each parameter is the property of the same name.
    package init(
        scenario: String, className: String? = nil, name: String, unit: MetricUnit,
        scale: MetricScale, practical: Double, resolution: Double, floor: Double = 0
    ) {
        self.scenario = scenario
        self.className = className
        self.name = name
        self.unit = unit
        self.scale = scale
        self.practical = practical
        self.resolution = resolution
        self.floor = floor
    }

    /// The metric with its class, for tables.
    package var title: String { className.map { "\($0): \(name)" } ?? name }

    /// A worsening as the change that people expect, with its sign and unit: `+4.2 %`, `-3.0`. What
    /// is worse of a rate is a fall.
    package func text(worsening: Double) -> String {
        let change = shown(worsening: worsening)
        return scale == .difference
            ? (change > 0 ? "+" : "") + UnitText.fixed(change, decimals: 1)
            : UnitText.change(change)
    }

    /// A worsening as the change that people expect, which lies below zero where a rate falls.
    func shown(worsening: Double) -> Double { scale == .inverseRatio ? -worsening : worsening }

    /// Whether something is worse and something can be excluded: larger than 0, in this order.
    var hasUsableThresholds: Bool {
        practical > 0 && resolution > practical && resolution.isFinite && floor >= 0
    }

    /// The thresholds on the scale of differences, with the floor taken in.
    ///
    /// - Parameter values: Some pairs' values. Their typical size turns the floor into a share; it
    ///   does not depend on which side is which, and so leaves the test exact.
    func thresholds(_ values: [(baseline: Double, candidate: Double)]) -> GateThresholds {
        var floorShare = floor
        if scale != .difference, floor > 0 {
            let level = Median.of(
                values.map { ($0.baseline * $0.candidate).squareRoot() })
            floorShare = level > 0 ? floor / level : .infinity
        }
        func threshold(_ share: Double, _ floor: Double) -> Double {
            // BOUND: a rate cannot fall by more than all of it, nor a threshold be infinite.
            let limit = scale == .inverseRatio ? 0.99 : 1e6
            return scale.difference(worsening: min(max(share, floor), limit))
        }
        let practicalShift = threshold(practical, floorShare)
        let resolutionShift = threshold(resolution, 2 * floorShare)
        return GateThresholds(practical: practicalShift, resolution: resolutionShift)
    }
}

/// What counts as worse on the scale of differences.
package struct GateThresholds: Codable, Equatable, Sendable {
    /// The smallest shift that matters.
    package var practical: Double
    /// The shift that a pass excludes.
    package var resolution: Double
}
