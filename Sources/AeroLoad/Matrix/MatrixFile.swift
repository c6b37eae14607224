// Which runs a matrix consists of, as a file says it.

/// A matrix file: a scenario and the values that are varied.
///
/// ```yaml
/// name: allocators
/// description: what pooled buffers are worth
/// scenario: throughput-1k     # a scenario's name, or a file beside this one
/// repeat: 3                   # optional, 1 when left out
/// set: [ duration=10s ]       # optional, changes of all runs, as by --set
/// vary:
///   - { key: broker.buffers, values: [pooled, native] }
/// columns: [ throughput.received, e2e.intended.p99 ]   # optional
/// ```
package struct MatrixFile: Sendable, Equatable {
    /// The name results are filed under.
    package let name: String
    /// What the matrix is for, for people; may be empty.
    package let description: String
    /// The scenario as written: a name or a file.
    package let scenario: String
    /// How often each combination is run.
    package let repeatCount: Int
    /// Changes of all runs: `KEY=VALUE`.
    package let overrides: [String]
    /// What is varied; at least one.
    package let varied: [MatrixKey]
    /// Metrics of the table, as written; empty for the usual ones.
    package let columns: [String]

    private static let keys = [
        "name", "description", "scenario", "repeat", "set", "vary", "columns",
    ]
    // BOUND: runs of a matrix are bounded by its reader; these stop a wrong file early.
    private static let repeatCounts = 1...100
    private static let listCountMax = 1_000

    /// Reads a matrix file.
    ///
    /// - Parameters:
    ///   - text: YAML in UTF-8, at most 256 KiB.
    ///   - fileName: How messages call the file.
    /// - Throws: The first fault, with its place and the nearest valid spelling.
    package static func parse(
        _ text: [UInt8], fileName: String
    ) throws(ScenarioError) -> MatrixFile {
        try MatrixFile(try YAMLTreeReader.read(text, from: .file(fileName)))
    }

    private init(_ root: ScenarioNode) throws(ScenarioError) {
        let reader = try MappingReader(
            root, title: "the matrix", labelPrefix: "", keys: Self.keys)
        name = try reader.required("name").name("name")
        description = try reader.value("description")?.scalar("description", expected: "text") ?? ""
        scenario = try reader.required("scenario").scalar("scenario", expected: "a scenario")
        repeatCount = try reader.integer("repeat", default: 1, in: Self.repeatCounts)
        overrides = try Self.texts(reader, "set")
        columns = try Self.texts(reader, "columns")
        let elements = try reader.required("vary").elements("vary")
        guard !elements.isEmpty else {
            throw ScenarioError(
                reader.position(of: "vary"),
                .wrongKind(label: "vary", expected: "a list of keys", found: "an empty list"))
        }
        var varied: [MatrixKey] = []
        for element in elements { varied.append(try MatrixKey(element)) }
        self.varied = varied
    }

    /// A list of texts; empty when the key is not written.
    fileprivate static func texts(
        _ reader: MappingReader, _ key: String
    ) throws(ScenarioError) -> [String] {
        guard let node = reader.value(key) else { return [] }
        let elements = try node.elements(reader.label(key))
        guard elements.count <= listCountMax else {
            throw reader.contradiction(at: key, "more than \(listCountMax) entries")
        }
        var texts: [String] = []
        for element in elements {
            texts.append(try element.scalar(reader.label(key), expected: "text"))
        }
        return texts
    }
}

/// One key of a matrix and its values.
package struct MatrixKey: Sendable, Equatable {
    /// A dotted key of the scenario, as of `--set`.
    package let key: String
    /// Its values as written; at least one, all different.
    package let values: [String]

    /// Makes a key from its parts.
    ///
    /// - Returns: Nil without a key, without values, or with a value that is there twice.
    package init?(key: String, values: [String]) {
        guard !key.isEmpty, !values.isEmpty, !values.contains(""),
            Set(values).count == values.count
        else { return nil }
        self.key = key
        self.values = values
    }

    /// Reads `KEY=V1,V2,…` of the command line; commas inside of brackets, braces and quotes belong
    /// to a value.
    ///
    /// - Returns: Nil when the text is not of that form, or a value is there twice.
    package init?(parsing text: String) {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        self.init(
            key: String(text[..<equals]),
            values: Self.split(text[text.index(after: equals)...]))
    }

    fileprivate init(_ node: ScenarioNode) throws(ScenarioError) {
        let reader = try MappingReader(
            node, title: "vary", labelPrefix: "vary.", keys: ["key", "values"])
        let key = try reader.required("key").scalar("vary.key", expected: "a dotted key")
        _ = try reader.required("values")
        let values = try MatrixFile.texts(reader, "values")
        guard let made = MatrixKey(key: key, values: values) else {
            throw reader.contradiction(at: "values", "name one value or more, each once")
        }
        self = made
    }

    private static func split(_ text: Substring) -> [String] {
        var values: [String] = []
        var value = ""
        var depth = 0
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
            } else {
                switch character {
                case "\"", "'": quote = character
                case "{", "[": depth += 1
                case "}", "]": depth -= 1
                default: break
                }
            }
            if character == ",", depth == 0, quote == nil {
                values.append(value)
                value = ""
            } else {
                value.append(character)
            }
        }
        return values + [value]
    }
}
