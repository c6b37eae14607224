// The walks that a histogram offers.

extension Histogram {
    /// All counters that count something, from the lowest value up.
    public var recordedValues: HistogramSteps { HistogramSteps(self, rule: .recorded) }

    /// All counters of the configured range, also those at 0.
    public var allValues: HistogramSteps { HistogramSteps(self, rule: .all) }

    /// Steps of equal width, until all recorded values are covered.
    ///
    /// - Parameter step: The width in the recorded unit, at least 1. Widths below the precision at
    ///   a value yield steps without counts there, as in the reference.
    public func linear(step: Int64) -> HistogramSteps {
        precondition(step >= 1, "a linear step has a positive width")
        return HistogramSteps(self, rule: .linear(step: step, level: step - 1))
    }

    /// Steps of exponentially growing width, until all recorded values are covered.
    ///
    /// - Parameters:
    ///   - first: The width of the first step in the recorded unit, at least 1.
    ///   - base: The growth from step to step, above 1.
    public func logarithmic(first: Int64, base: Double) -> HistogramSteps {
        precondition(first >= 1, "a first step has a positive width")
        precondition(base > 1, "a logarithmic base is above 1")
        return HistogramSteps(self, rule: .logarithmic(level: Double(first), base: base))
    }

    /// Percentile levels that draw nearer to 100 % the finer they get, ending at 100 %.
    ///
    /// - Parameter ticksPerHalfDistance: Levels on each halving of the distance to 100 %, >= 1.
    public func percentiles(ticksPerHalfDistance: Int) -> HistogramSteps {
        precondition(ticksPerHalfDistance >= 1, "a distance has at least one tick")
        return HistogramSteps(
            self,
            rule: .percentiles(
                ticksPerHalfDistance: ticksPerHalfDistance, level: 0, hasReachedEnd: false))
    }
}
