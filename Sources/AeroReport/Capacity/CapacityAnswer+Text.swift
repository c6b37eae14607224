// The answer of a capacity search in one sentence.

extension CapacityAnswer {
    /// An answer that says itself.
    ///
    /// - Parameters:
    ///   - kind: How much the interval is worth.
    ///   - lowerPerSecond: The largest rate that was met.
    ///   - upperPerSecond: The smallest rate above it that was not.
    ///   - generatorLimitPerSecond: The smallest rate that the generator missed.
    init(
        kind: CapacityAnswerKind, lowerPerSecond: Double?, upperPerSecond: Double?,
        generatorLimitPerSecond: Double?
    ) {
        self.init(
            kind: kind, lowerPerSecond: lowerPerSecond, upperPerSecond: upperPerSecond,
            generatorLimitPerSecond: generatorLimitPerSecond, text: "")
        text = sentence
    }

    private var sentence: String {
        func rate(_ value: Double?) -> String {
            value.map { UnitText.messageRate($0) } ?? "an unknown rate"
        }
        switch kind {
        case .found:
            return "holds at \(rate(lowerPerSecond)), not at \(rate(upperPerSecond))"
        case .limitedByGenerator:
            guard lowerPerSecond != nil else {
                return "unknown: the generator did not even reach \(rate(upperPerSecond))"
            }
            return "holds at \(rate(lowerPerSecond)); limited by the generator, which did not "
                + "reach \(rate(generatorLimitPerSecond)): the target may take more"
        case .aboveRange:
            return "holds at \(rate(lowerPerSecond)), the highest rate that was allowed"
        case .belowRange:
            return "does not even hold at \(rate(upperPerSecond)), the lowest rate tried"
        case .unsettled:
            return "not settled, for want of probes that can be believed: " + interval(rate)
        case .cut:
            return "cut short: " + interval(rate) + " so far"
        }
    }

    private func interval(_ rate: (Double?) -> String) -> String {
        switch (lowerPerSecond, upperPerSecond) {
        case (nil, nil): return "nothing is known"
        case (let lower?, nil): return "holds at \(rate(lower))"
        case (nil, let upper?): return "does not hold at \(rate(upper))"
        case (let lower?, let upper?): return "holds at \(rate(lower)), not at \(rate(upper))"
        }
    }
}
