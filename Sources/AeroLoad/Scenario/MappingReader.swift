// Reads one mapping of a scenario strictly: every key must be known.

/// The values of one mapping, after its keys were checked against the known ones.
struct MappingReader {
    /// How the mapping is called in messages, e.g. `load`, `class "main"`, `the scenario`.
    let title: String
    /// Where the mapping starts.
    let position: ScenarioPosition
    private let labelPrefix: String
    private let entries: [ScenarioNode.Entry]

    /// - Parameters:
    ///   - node: Must be a mapping.
    ///   - title: How messages call it.
    ///   - labelPrefix: What stands before a key in messages about its value, e.g. `load.`.
    ///   - keys: Every key that may appear.
    init(
        _ node: ScenarioNode, title: String, labelPrefix: String, keys: [String]
    ) throws(ScenarioError) {
        guard case .mapping(let entries) = node.content else {
            throw ScenarioError(
                node.position,
                .wrongKind(label: title, expected: "a mapping", found: node.kindName))
        }
        for entry in entries where !keys.contains(entry.key) {
            let suggestion = NearestName.suggestion(for: entry.key, among: keys)
            throw ScenarioError(
                entry.keyPosition,
                .unknownKey(entry.key, title: title, suggestion: suggestion))
        }
        self.title = title
        self.labelPrefix = labelPrefix
        self.entries = entries
        position = node.position
    }

    /// The value of `key`, or nil when it is not written.
    func value(_ key: String) -> ScenarioNode? { entries.first { $0.key == key }?.value }

    /// The value of `key`, which must be written.
    func required(_ key: String) throws(ScenarioError) -> ScenarioNode {
        guard let value = value(key) else {
            throw ScenarioError(position, .missingKey(key, title: title))
        }
        return value
    }

    /// How messages call the value of `key`.
    func label(_ key: String) -> String { labelPrefix + key }

    /// Where the value of `key` was written, or the mapping when it was not.
    func position(of key: String) -> ScenarioPosition { value(key)?.position ?? position }

    /// The error of values that cannot hold together, placed at `key`.
    func contradiction(at key: String, _ explanation: String) -> ScenarioError {
        ScenarioError(position(of: key), .contradiction("\(label(key)): \(explanation)"))
    }
}

extension MappingReader {
    /// The whole number at `key`, or `fallback` when it is not written.
    func integer<Number: FixedWidthInteger>(
        _ key: String, default fallback: Number, in range: ClosedRange<Number>
    ) throws(ScenarioError) -> Number {
        guard let node = value(key) else { return fallback }
        return try node.integer(label(key), in: range)
    }

    /// The quantity at `key`, or `fallback` when it is not written.
    func quantity(
        _ unit: ScenarioUnit, _ key: String, default fallback: Int64, in range: ClosedRange<Int64>
    ) throws(ScenarioError) -> Int64 {
        guard let node = value(key) else { return fallback }
        return try node.quantity(unit, label(key), in: range)
    }

    /// The choice at `key`, or `fallback` when it is not written.
    func choice<Choice: CaseIterable & RawRepresentable>(
        _ key: String, default fallback: Choice
    ) throws(ScenarioError) -> Choice where Choice.RawValue == String {
        guard let node = value(key) else { return fallback }
        return try node.choice(label(key), as: Choice.self)
    }
}
