// `stages` and `slowest`: whether the stages of messages are measured.

extension StageOptions {
    /// The spellings of yes and no.
    private enum Answer: String, CaseIterable {
        case yes = "true"
        case no = "false"
    }

    /// Reads `stages` and `slowest`; nil where stages are not measured.
    init?(_ reader: MappingReader) throws(ScenarioError) {
        let isOn = try reader.choice("stages", default: Answer.no) == .yes
        slowestCount = try reader.integer(
            "slowest", default: Self.slowestCountDefault, in: ScenarioLimits.slowest)
        guard isOn else {
            guard reader.value("slowest") == nil else {
                throw reader.contradiction(
                    at: "slowest",
                    "the slowest messages are kept where stages are measured; add "
                        + "stages: true, or remove slowest")
            }
            return nil
        }
    }

    /// Refuses what cannot be measured.
    static func check(
        _ stages: StageOptions?, _ classes: [TrafficClass], _ reader: MappingReader
    ) throws(ScenarioError) {
        guard stages != nil, let pulling = classes.first(where: { $0.consume == .pull }) else {
            return
        }
        throw reader.contradiction(
            at: "stages",
            "the consumers of class \"\(pulling.name)\" pull, and only what is pushed comes with "
                + "the times of its stages; use consume: push, or stages: false")
    }

    /// The keys as a scenario writes them.
    var members: [ScenarioTree.Member] {
        [
            .init(key: "stages", value: .text(Answer.yes.rawValue)),
            .init(key: "slowest", value: .integer(UInt64(slowestCount))),
        ]
    }
}
