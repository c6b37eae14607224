// From `load` to a load shape, strictly.

extension LoadShape {
    /// What each schedule is told by.
    private static func ownKeys(_ name: Name) -> [String] {
        switch name {
        case .constant, .poisson: ["rate"]
        case .ramp: ["from", "to", "over", "arrivals"]
        case .steps: ["steps", "arrivals"]
        case .burst: ["base", "messages", "every", "arrivals"]
        case .onOff: ["rate", "on", "off", "arrivals"]
        case .sine: ["mean", "amplitude", "period", "arrivals"]
        case .trace: ["file", "every"]
        case .maximum, .closedLoop: ["in-flight"]
        }
    }

    /// Every key of any schedule, each once.
    package static let keys = Name.allCases.reduce(into: ["schedule"]) { keys, name in
        keys += Self.ownKeys(name).filter { !keys.contains($0) }
    }

    /// Reads `load`.
    ///
    /// - Parameter runNanoseconds: Length of the run, warm-up included: what a shape would do only
    ///   later is a mistake.
    init(_ node: ScenarioNode, runNanoseconds: Int64) throws(ScenarioError) {
        let reader = try MappingReader(
            node, title: "load", labelPrefix: "load.", keys: Self.keys)
        let name = try reader.required("schedule")
            .choice(reader.label("schedule"), as: LoadShape.Name.self)
        try Self.checkKeys(reader, name)
        switch name {
        case .constant: self = .constant(try Self.rate(reader))
        case .poisson: self = .poisson(try Self.rate(reader))
        case .maximum:
            self = .maximum(
                inFlight: try reader.integer(
                    "in-flight", default: 4_096, in: ScenarioLimits.inFlight))
        case .closedLoop:
            self = .closedLoop(
                inFlight: try reader.integer("in-flight", default: 1, in: ScenarioLimits.inFlight))
        case .trace: self = .trace(try TraceReplay(reader, runNanoseconds: runNanoseconds))
        case .ramp, .steps, .burst, .onOff, .sine:
            self = .varying(
                try RateShape(reader, name, runNanoseconds: runNanoseconds),
                try reader.choice("arrivals", default: .even))
        }
    }

    /// Refuses keys of other schedules.
    private static func checkKeys(
        _ reader: MappingReader, _ name: Name
    ) throws(ScenarioError) {
        let own = ownKeys(name)
        let foreign = keys.first { key in
            key != "schedule" && reader.value(key) != nil && !own.contains(key)
        }
        guard let key = foreign else { return }
        let explanation =
            switch (key, name) {
            case ("in-flight", _):
                "\(name.rawValue) is an open loop, which sends on time whatever is in flight; "
                    + "remove in-flight, or use maximum or closed-loop"
            case ("rate", .maximum), ("rate", .closedLoop):
                "\(name.rawValue) follows the target and has no rate; remove rate, or use "
                    + "constant or poisson"
            case ("arrivals", .constant), ("arrivals", .poisson):
                "of a rate that stays, the schedule says it: constant is even, poisson is poisson"
            default: "\(name.rawValue) is told by \(own.joined(separator: ", "))"
            }
        throw reader.contradiction(at: key, explanation)
    }

    private static func rate(_ reader: MappingReader) throws(ScenarioError) -> MessageRate {
        let billionths = try reader.required("rate").quantity(
            .rate, reader.label("rate"), in: ScenarioLimits.rateBillionths)
        return MessageRate(billionthsPerSecond: billionths)
    }
}

extension MappingReader {
    /// The quantity at `key`, which must be written.
    func requiredQuantity(
        _ unit: ScenarioUnit, _ key: String, in range: ClosedRange<Int64>
    ) throws(ScenarioError) -> Int64 {
        try required(key).quantity(unit, label(key), in: range)
    }
}

extension RateShape {
    /// Reads the keys of a schedule whose rate changes.
    fileprivate init(
        _ reader: MappingReader, _ name: LoadShape.Name, runNanoseconds: Int64
    ) throws(ScenarioError) {
        let rates = ScenarioLimits.pausableRateBillionths
        let lengths = ScenarioLimits.shapeNanoseconds
        switch name {
        case .ramp:
            self = .ramp(
                fromBillionths: try reader.requiredQuantity(.rate, "from", in: rates),
                toBillionths: try reader.requiredQuantity(.rate, "to", in: rates),
                overNanoseconds: try reader.requiredQuantity(.duration, "over", in: lengths))
        case .burst:
            self = .burst(
                baseBillionths: try reader.quantity(.rate, "base", default: 0, in: rates),
                messageCount: try reader.required("messages").integer(
                    reader.label("messages"), in: ScenarioLimits.burstMessages),
                periodNanoseconds: try reader.requiredQuantity(.duration, "every", in: lengths))
        case .onOff:
            self = .onOff(
                rateBillionths: try reader.requiredQuantity(
                    .rate, "rate", in: ScenarioLimits.rateBillionths),
                onNanoseconds: try reader.requiredQuantity(.duration, "on", in: lengths),
                offNanoseconds: try reader.requiredQuantity(.duration, "off", in: lengths))
        case .sine:
            self = .sine(
                meanBillionths: try reader.requiredQuantity(
                    .rate, "mean", in: ScenarioLimits.rateBillionths),
                amplitudeBillionths: try reader.requiredQuantity(.rate, "amplitude", in: rates),
                periodNanoseconds: try reader.requiredQuantity(.duration, "period", in: lengths))
        case .steps: self = .steps(try Self.steps(reader))
        case .constant, .poisson, .trace, .maximum, .closedLoop:
            preconditionFailure("\(name) has no rate that changes")
        }
        try check(reader, runNanoseconds: runNanoseconds)
    }

    private static func steps(_ reader: MappingReader) throws(ScenarioError) -> [Step] {
        let elements = try reader.required("steps").elements(reader.label("steps"))
        guard ScenarioLimits.steps.contains(elements.count) else {
            throw ScenarioError(
                reader.position(of: "steps"),
                .outOfRange(
                    label: reader.label("steps"), text: "\(elements.count) steps", minimum: "1",
                    maximum: "\(ScenarioLimits.steps.upperBound)"))
        }
        var steps: [Step] = []
        for (index, element) in elements.enumerated() {
            let step = try MappingReader(
                element, title: "step \(index + 1)", labelPrefix: "load.steps.\(index).",
                keys: ["rate", "for"])
            let isLast = index == elements.count - 1
            let length =
                isLast && step.value("for") == nil
                ? nil
                : try step.requiredQuantity(
                    .duration, "for", in: ScenarioLimits.shapeNanoseconds)
            steps.append(
                Step(
                    rateBillionths: try step.requiredQuantity(
                        .rate, "rate", in: ScenarioLimits.pausableRateBillionths),
                    durationNanoseconds: length))
        }
        return steps
    }

    /// Refuses shapes without messages, and parts that the run ends before.
    private func check(_ reader: MappingReader, runNanoseconds: Int64) throws(ScenarioError) {
        let run = "the run, warm-up included, ends after \(Self.text(runNanoseconds))"
        switch self {
        case .ramp(0, 0, _):
            throw reader.contradiction(at: "to", "from and to are both 0: nothing would be sent")
        case .ramp(_, _, let over) where over > runNanoseconds:
            throw reader.contradiction(
                at: "over",
                "\(run), before the ramp of \(Self.text(over)) is over; lengthen duration, or "
                    + "shorten over")
        case .sine(let mean, let amplitude, _) where amplitude > mean:
            throw reader.contradiction(
                at: "amplitude",
                "a swing of more than the mean (\(ScenarioUnit.rate.text(mean))) would need "
                    + "rates below 0; the amplitude is at most the mean")
        case .steps(let steps):
            guard steps.contains(where: { $0.rateBillionths > 0 }) else {
                throw reader.contradiction(at: "steps", "all rates are 0: nothing would be sent")
            }
            var start: Int64 = 0
            for (index, step) in steps.enumerated() {
                guard start < runNanoseconds else {
                    throw reader.contradiction(
                        at: "steps",
                        "\(run), before step \(index + 1) begins; lengthen duration, or remove "
                            + "the step")
                }
                start += step.durationNanoseconds ?? 0
            }
        case .ramp, .burst, .onOff, .sine: break
        }
    }

    private static func text(_ nanoseconds: Int64) -> String {
        ScenarioUnit.duration.text(nanoseconds)
    }
}
