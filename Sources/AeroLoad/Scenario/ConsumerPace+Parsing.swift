// From `handling` to the pace of consumers, strictly, and back.

extension ConsumerPace {
    private static let windowDefault: Int64 = 65_536

    /// Handling that takes no time: consumers that an incident slows down, at all other times.
    static let prompt = ConsumerPace(
        processing: .fixed(0), failureBillionths: 0, pause: nil,
        windowByteCount: Int(windowDefault))

    /// Reads `handling` of a class; nil without it: consumers take everything at once.
    ///
    /// - Parameter groupCount: A class without consumers has no use for it.
    static func read(
        _ classReader: MappingReader, groupCount: Int
    ) throws(ScenarioError) -> ConsumerPace? {
        guard let node = classReader.value("handling") else { return nil }
        guard groupCount > 0 else {
            throw classReader.contradiction(
                at: "handling", "groups: 0 is a class without consumers; remove one of the two")
        }
        let reader = try MappingReader(
            node, title: "handling", labelPrefix: classReader.label("handling") + ".",
            keys: ["processing", "failures", "pause", "window"])
        let pace = ConsumerPace(
            processing: try ProcessingTime(reader),
            failureBillionths: try reader.quantity(
                .share, "failures", default: 0, in: ScenarioLimits.failureBillionths),
            pause: try Pause.read(reader),
            windowByteCount: Int(
                try reader.quantity(
                    .byteCount, "window", default: windowDefault,
                    in: ScenarioLimits.windowByteCount)))
        if pace.failureBillionths > 0, pace.processing == .fixed(0) {
            throw reader.contradiction(
                at: "failures",
                "a handler that takes no time loses none when it fails; say its processing")
        }
        return pace
    }

    /// The value of `handling`.
    var tree: ScenarioTree {
        var members: [ScenarioTree.Member] = [.init(key: "processing", value: processing.tree)]
        if failureBillionths > 0 {
            members.append(
                .init(
                    key: "failures",
                    value: .text(ScenarioUnit.share.text(failureBillionths))))
        }
        if let pause {
            members.append(
                .init(
                    key: "pause",
                    value: .object([
                        .init(key: "for", value: .duration(pause.lengthNanoseconds)),
                        .init(key: "every", value: .duration(pause.everyNanoseconds)),
                    ])))
        }
        members.append(.init(key: "window", value: .size(windowByteCount)))
        return .object(members)
    }
}

extension ConsumerPace.Pause {
    fileprivate static func read(_ consumer: MappingReader) throws(ScenarioError) -> Self? {
        guard let node = consumer.value("pause") else { return nil }
        let reader = try MappingReader(
            node, title: "pause", labelPrefix: consumer.label("pause") + ".",
            keys: ["for", "every"])
        let lengths = ScenarioLimits.shapeNanoseconds
        let pause = Self(
            lengthNanoseconds: try reader.requiredQuantity(.duration, "for", in: lengths),
            everyNanoseconds: try reader.requiredQuantity(.duration, "every", in: lengths))
        guard pause.lengthNanoseconds < pause.everyNanoseconds else {
            throw reader.contradiction(
                at: "for", "a pause as long as the distance between two never ends")
        }
        return pause
    }
}

extension ProcessingTime {
    private enum Distribution: String, CaseIterable {
        case exponential, uniform
    }

    fileprivate init(_ consumer: MappingReader) throws(ScenarioError) {
        let times = ScenarioLimits.processingNanoseconds
        guard let node = consumer.value("processing"), case .mapping = node.content else {
            self = .fixed(
                try consumer.quantity(.duration, "processing", default: 0, in: times))
            return
        }
        let reader = try MappingReader(
            node, title: "processing", labelPrefix: consumer.label("processing") + ".",
            keys: ["distribution", "mean", "min", "max"])
        let distribution = try reader.required("distribution")
            .choice(reader.label("distribution"), as: Distribution.self)
        switch distribution {
        case .exponential:
            for key in ["min", "max"] where reader.value(key) != nil {
                throw reader.contradiction(at: key, "exponential is told by mean")
            }
            self = .exponential(mean: try reader.requiredQuantity(.duration, "mean", in: times))
        case .uniform:
            guard reader.value("mean") == nil else {
                throw reader.contradiction(at: "mean", "uniform is told by min, max")
            }
            let least = try reader.requiredQuantity(.duration, "min", in: times)
            let most = try reader.requiredQuantity(.duration, "max", in: times)
            guard least <= most else {
                throw reader.contradiction(
                    at: "max", "it is less than min; the longest time comes second")
            }
            self = .uniform(least...most)
        }
    }

    fileprivate var tree: ScenarioTree {
        switch self {
        case .fixed(let time): .duration(time)
        case .exponential(let mean):
            .object([
                .init(key: "distribution", value: .text(Distribution.exponential.rawValue)),
                .init(key: "mean", value: .duration(mean)),
            ])
        case .uniform(let range):
            .object([
                .init(key: "distribution", value: .text(Distribution.uniform.rawValue)),
                .init(key: "min", value: .duration(range.lowerBound)),
                .init(key: "max", value: .duration(range.upperBound)),
            ])
        }
    }
}
