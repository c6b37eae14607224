// What a broker is to do with the messages of a class, beyond passing them on.

/// Promises and bounds of the topics of a class; nil leaves a bound to the broker.
package struct TopicStorage: Sendable, Equatable {
    /// What an acknowledgement promises.
    package enum Durability: Sendable, Equatable {
        /// As long as the broker runs.
        case volatile
        /// As long as the machine runs.
        case os
        /// As `os`, and all but the last so many nanoseconds whatever happens.
        case interval(nanoseconds: Int64)
        /// Whatever happens.
        case sync
    }

    /// What an acknowledgement promises.
    package let durability: Durability
    /// A segment of a log is closed before it grows beyond this.
    package let segmentByteCount: Int?
    /// Of each partition so much is kept.
    package let retentionByteCount: Int?

    /// Whether the broker needs a directory for it.
    package var needsDisk: Bool { durability != .volatile }
}

extension TopicStorage.Durability {
    private static let intervalPrefix = "interval "

    /// As scenarios spell it: `volatile`, `os`, `interval 100ms`, `sync`.
    package var text: String {
        switch self {
        case .volatile: "volatile"
        case .os: "os"
        case .interval(let nanoseconds):
            Self.intervalPrefix + ScenarioUnit.duration.text(nanoseconds)
        case .sync: "sync"
        }
    }

    /// Reads one; nil gives the default.
    fileprivate init(_ node: ScenarioNode?, _ label: String) throws(ScenarioError) {
        guard let node else {
            self = .volatile
            return
        }
        let choices = ["volatile", "os", "interval 100ms", "sync"]
        let text = try node.scalar(label, expected: "one of \(choices.joined(separator: ", "))")
        switch text {
        case "volatile": self = .volatile
        case "os": self = .os
        case "sync": self = .sync
        case _ where text.hasPrefix(Self.intervalPrefix):
            let rest = ScenarioNode(
                position: node.position,
                content: .scalar(String(text.dropFirst(Self.intervalPrefix.count))))
            self = .interval(
                nanoseconds: try rest.quantity(
                    .duration, label, in: ScenarioLimits.durabilityNanoseconds))
        default:
            throw ScenarioError(
                node.position,
                .notAChoice(
                    label: label, text: text, choices: choices,
                    suggestion: NearestName.suggestion(for: text, among: choices)))
        }
    }
}

extension TopicStorage {
    /// The keys of a class that this is read from.
    static let keys = ["durability", "segment-size", "retention-size"]

    /// Reads the keys from a class.
    init(_ reader: MappingReader) throws(ScenarioError) {
        durability = try Durability(reader.value("durability"), reader.label("durability"))
        segmentByteCount = try Self.size(reader, "segment-size", ScenarioLimits.segmentByteCount)
        retentionByteCount = try Self.size(
            reader, "retention-size", ScenarioLimits.retentionByteCount)
        guard segmentByteCount == nil || needsDisk else {
            throw reader.contradiction(
                at: "segment-size", "a volatile topic has no segments; name a durability")
        }
    }

    private static func size(
        _ reader: MappingReader, _ key: String, _ range: ClosedRange<Int64>
    ) throws(ScenarioError) -> Int? {
        guard let node = reader.value(key) else { return nil }
        return Int(try node.quantity(.byteCount, reader.label(key), in: range))
    }

    /// What isn't a default, so that results from before there was a choice stay comparable.
    var members: [ScenarioTree.Member] {
        var members: [ScenarioTree.Member] = []
        if durability != .volatile {
            members.append(.init(key: "durability", value: .text(durability.text)))
        }
        for (key, size) in [
            ("segment-size", segmentByteCount), ("retention-size", retentionByteCount),
        ] {
            guard let size else { continue }
            members.append(
                .init(key: key, value: .text(ScenarioUnit.byteCount.text(Int64(size)))))
        }
        return members
    }
}
