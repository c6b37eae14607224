// Writes a load back as scenario files spell it.

extension LoadShape {
    /// The value of `load`.
    func tree(files: KeyPath<DataFile, String>) -> ScenarioTree {
        .object([.init(key: "schedule", value: .text(name.rawValue))] + members(files: files))
    }

    private func members(files: KeyPath<DataFile, String>) -> [ScenarioTree.Member] {
        switch self {
        case .constant(let rate), .poisson(let rate):
            [.init(key: "rate", value: .rate(rate.billionthsPerSecond))]
        case .varying(let shape, let spacing):
            shape.members + [.init(key: "arrivals", value: .text(spacing.rawValue))]
        case .trace(let replay): replay.members(files: files)
        case .maximum(let inFlight), .closedLoop(let inFlight):
            [.init(key: "in-flight", value: .count(inFlight))]
        }
    }
}

extension ScenarioTree {
    /// A rate in billionths of a message per second.
    fileprivate static func rate(_ billionths: Int64) -> ScenarioTree {
        .text(ScenarioUnit.rate.text(billionths))
    }
}

extension RateShape {
    fileprivate var members: [ScenarioTree.Member] {
        switch self {
        case .ramp(let from, let to, let over):
            [
                .init(key: "from", value: .rate(from)), .init(key: "to", value: .rate(to)),
                .init(key: "over", value: .duration(over)),
            ]
        case .steps(let steps): [.init(key: "steps", value: .list(steps.map(\.tree)))]
        case .burst(let base, let messageCount, let period):
            [
                .init(key: "base", value: .rate(base)),
                .init(key: "messages", value: .count(Int(messageCount))),
                .init(key: "every", value: .duration(period)),
            ]
        case .onOff(let rate, let on, let off):
            [
                .init(key: "rate", value: .rate(rate)), .init(key: "on", value: .duration(on)),
                .init(key: "off", value: .duration(off)),
            ]
        case .sine(let mean, let amplitude, let period):
            [
                .init(key: "mean", value: .rate(mean)),
                .init(key: "amplitude", value: .rate(amplitude)),
                .init(key: "period", value: .duration(period)),
            ]
        }
    }
}

extension RateShape.Step {
    fileprivate var tree: ScenarioTree {
        var members: [ScenarioTree.Member] = [.init(key: "rate", value: .rate(rateBillionths))]
        if let durationNanoseconds {
            members.append(.init(key: "for", value: .duration(durationNanoseconds)))
        }
        return .object(members)
    }
}
