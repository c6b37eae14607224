// A JSON value that knows where it stands, for errors that name the place.

/// A value of a policy file with its path.
struct PolicyNode {
    let value: JSONValue
    let path: String

    /// `use one of a, b, c`.
    static func oneOf(_ known: [String]) -> String {
        "use one of \(known.joined(separator: ", "))"
    }

    /// All members of an object, by name.
    func members() throws(PolicyError) -> [(name: String, node: PolicyNode)] {
        guard case .object(let members) = value else { throw mismatch("an object") }
        return members.sorted { $0.key < $1.key }.map { name, value in
            (name, PolicyNode(value: value, path: CodingPath.appending(name, to: path)))
        }
    }

    /// One member of an object; nil when it is not there.
    func member(_ name: String) throws(PolicyError) -> PolicyNode? {
        try members().first { $0.name == name }?.node
    }

    /// Refuses members with other names.
    func requireKeys(_ known: [String]) throws(PolicyError) {
        for (name, node) in try members() where !known.contains(name) {
            throw .unknownKey(
                path: node.path, nearest: SpellingHint.nearest(to: name, among: known))
        }
    }

    /// The elements of a list.
    func elements() throws(PolicyError) -> [PolicyNode] {
        guard case .array(let elements) = value else { throw mismatch("a list") }
        return elements.enumerated().map { index, value in
            PolicyNode(value: value, path: "\(path)[\(index)]")
        }
    }

    /// A text.
    func string() throws(PolicyError) -> String {
        guard case .string(let text) = value else { throw mismatch("a string") }
        return text
    }

    /// A whole number that is not negative.
    func count() throws(PolicyError) -> Int64 {
        guard case .integer(let number) = value, number >= 0 else {
            throw mismatch("a whole number of at least 0")
        }
        return number
    }

    /// A text with a number and a unit, such as `"5%"` or `"50us"`; counts may be plain numbers.
    func quantity(_ unit: MetricUnit) throws(PolicyError) -> Double {
        if case .integer(let number) = value, number >= 0, unit == .count || number == 0 {
            return Double(number)
        }
        if case .number(let number) = value, number >= 0, unit == .count { return number }
        guard case .string(let text) = value, let number = MetricValue.parse(text, unit: unit)
        else {
            throw .invalidValue(
                path: path, detail: "\(value) is not \(MetricValue.expectation(for: unit))")
        }
        return number
    }

    /// A quantity above nothing: a limit of nothing could never be kept, and so tells nothing.
    func limit(_ unit: MetricUnit) throws(PolicyError) -> Double {
        let value = try quantity(unit)
        guard value > 0 else {
            throw .invalidValue(
                path: path, detail: "a limit has to be larger than 0; null takes it away")
        }
        return value
    }

    /// The name of a latency series.
    func seriesName() throws(PolicyError) -> String {
        let name = try string()
        guard Metric.seriesNames.contains(name) else {
            let nearest = SpellingHint.nearest(to: name, among: Metric.seriesNames)
            throw .invalidValue(
                path: path, detail: "unknown series \"\(name)\"" + SpellingHint.suffix(for: nearest)
            )
        }
        return name
    }

    /// An absolute limit.
    func objective() throws(PolicyError) -> ServiceLevelObjective {
        let text = try string()
        do {
            return try ServiceLevelObjective(parsing: text)
        } catch {
            throw .objective(path: path, error)
        }
    }

    private func mismatch(_ expected: String) -> PolicyError {
        .wrongType(
            path: path.isEmpty ? "the policy" : path, expected: expected, found: value.kindName)
    }
}
