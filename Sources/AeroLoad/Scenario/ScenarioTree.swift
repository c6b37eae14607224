// A resolved scenario as a tree for the result file.

/// An ordered tree of plain values, ready for JSON.
package indirect enum ScenarioTree: Sendable, Equatable {
    /// Text, quantities included: `"10s"`.
    case text(String)
    /// A whole number.
    case integer(UInt64)
    /// A list.
    case list([ScenarioTree])
    /// Keys and values in the order of the scenario's documentation.
    case object([Member])

    /// One key and its value.
    package struct Member: Sendable, Equatable {
        /// The key, as in scenario files.
        package let key: String
        /// Its value.
        package let value: ScenarioTree
    }

    /// The tree as one line of JSON, which is YAML that `Scenario.parse` reads back as the same.
    package var json: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .integer(let value): String(value)
        case .list(let elements): "[" + elements.map(\.json).joined(separator: ", ") + "]"
        case .object(let members):
            "{"
                + members.map { "\(Self.quoted($0.key)): \($0.value.json)" }.joined(separator: ", ")
                + "}"
        }
    }

    /// `text` as a JSON string (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
