// Reads a mapping of the OpenMessaging Benchmark, whose parser lets unknown keys pass.

/// The values of one mapping by key.
struct OpenMessagingReader {
    /// How messages call the mapping.
    let title: String
    private let position: ScenarioPosition
    private let entries: [ScenarioNode.Entry]

    init(_ node: ScenarioNode, title: String) throws(ScenarioError) {
        guard case .mapping(let entries) = node.content else {
            throw ScenarioError(
                node.position,
                .wrongKind(label: title, expected: "a mapping", found: node.kindName))
        }
        self.title = title
        self.entries = entries
        position = node.position
    }

    /// All keys in the order written.
    var keys: [String] { entries.map(\.key) }

    private func value(_ key: String) -> ScenarioNode? { entries.first { $0.key == key }?.value }

    /// The text of a key; nil when it is not written, is empty or is no text.
    func text(_ key: String) -> String? {
        guard case .scalar(let text)? = value(key)?.content, !text.isEmpty else { return nil }
        return text
    }

    /// A whole number; nil when it is not written.
    func integer(_ key: String, in range: ClosedRange<Int>) throws(ScenarioError) -> Int? {
        guard let node = value(key) else { return nil }
        return try node.integer(key, in: range)
    }

    /// A whole number that has to be there.
    func required(_ key: String, in range: ClosedRange<Int>) throws(ScenarioError) -> Int {
        guard let number = try integer(key, in: range) else {
            throw ScenarioError(position, .missingKey(key, title: title))
        }
        return number
    }

    /// One of the names of a type; nil when it is not written.
    func choice<Choice: CaseIterable & RawRepresentable>(
        _ key: String, _ type: Choice.Type
    ) throws(ScenarioError) -> Choice? where Choice.RawValue == String {
        try value(key)?.choice(key, as: type)
    }

    /// A number from 0 to 1; nil when it is not written.
    func share(_ key: String) throws(ScenarioError) -> Double? {
        guard let node = value(key) else { return nil }
        let text = try node.scalar(key, expected: "a number from 0 to 1")
        guard let number = Double(text), (0...1).contains(number) else {
            throw ScenarioError(
                node.position,
                .badValue(label: key, text: text, expected: "a number from 0 to 1"))
        }
        return number
    }

    /// The sizes of `"MIN-MAX": WEIGHT` entries: the benchmark sends messages of the middle of each
    /// range, as often as the weight says. Nil when there is no distribution; what has no weight is
    /// left out.
    func distribution(_ key: String) throws(ScenarioError) -> [MessageSize.Share]? {
        guard let node = value(key) else { return nil }
        guard case .mapping(let buckets) = node.content, !buckets.isEmpty else {
            throw ScenarioError(
                node.position,
                .wrongKind(label: key, expected: "sizes with weights", found: node.kindName))
        }
        var shares: [MessageSize.Share] = []
        for bucket in buckets {
            let weight = try bucket.value.integer(key, in: 0...1_000_000_000)
            guard let middle = Self.middle(bucket.key) else {
                throw ScenarioError(
                    bucket.keyPosition,
                    .badValue(label: key, text: bucket.key, expected: "MIN-MAX, as in 1KB-4KB"))
            }
            guard weight > 0 else { continue }
            shares.append(MessageSize.Share(byteCount: Int(middle), weight: Int64(weight)))
        }
        guard !shares.isEmpty else {
            throw ScenarioError(
                node.position, .contradiction("\(key): the weights are all zero"))
        }
        return shares
    }

    private static func middle(_ bucket: String) -> Double? {
        let ends = bucket.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let low = size(ends[0]), let high = size(ends[1]), low <= high else {
            return nil
        }
        return (low + high) / 2
    }

    /// Bytes of `100`, `10B`, `1KB` or `2MB`; the benchmark counts in powers of two.
    private static func size(_ text: Substring) -> Double? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let factors: [String: Double] = ["": 1, "B": 1, "KB": 1_024, "MB": 1_048_576]
        let unit = text.dropFirst(digits.count).uppercased()
        guard let number = Double(digits), number <= 1e9, let factor = factors[unit] else {
            return nil
        }
        return number * factor
    }
}
