// From `keys` to the keys of a class, strictly, and back.

extension MessageKeys {
    /// Reads `keys` of a class; none without it.
    init(_ reader: MappingReader) throws(ScenarioError) {
        guard let node = reader.value("keys"), case .mapping = node.content else {
            switch try reader.choice("keys", default: Plain.none) {
            case .none: self = .none
            case .roundRobin: self = .roundRobin
            }
            return
        }
        let own = try MappingReader(
            node, title: "keys", labelPrefix: reader.label("keys") + ".",
            keys: ["distribution", "count", "exponent"])
        let distribution = try own.required("distribution")
            .choice(own.label("distribution"), as: Distribution.self)
        let count = try own.required("count")
        switch distribution {
        case .uniform:
            guard own.value("exponent") == nil else {
                throw own.contradiction(
                    at: "exponent", "uniform keys are all alike; use zipf, or remove exponent")
            }
            self = .uniform(
                count: try count.integer(own.label("count"), in: ScenarioLimits.uniformKeys))
        case .zipf:
            self = .zipf(
                count: try count.integer(own.label("count"), in: ScenarioLimits.zipfKeys),
                exponentBillionths: try own.quantity(
                    .number, "exponent", default: 1_000_000_000,
                    in: ScenarioLimits.zipfExponentBillionths))
        }
    }

    /// The value of `keys`.
    var tree: ScenarioTree {
        switch self {
        case .none: .text(Plain.none.rawValue)
        case .roundRobin: .text(Plain.roundRobin.rawValue)
        case .uniform(let count):
            .object([
                .init(key: "distribution", value: .text(Distribution.uniform.rawValue)),
                .init(key: "count", value: .count(count)),
            ])
        case .zipf(let count, let exponentBillionths):
            .object([
                .init(key: "distribution", value: .text(Distribution.zipf.rawValue)),
                .init(key: "count", value: .count(count)),
                .init(
                    key: "exponent",
                    value: .text(ScenarioUnit.number.text(exponentBillionths))),
            ])
        }
    }
}
