// One line of JSON, for programs that read a command's output.

import AeroLoad

/// JSON as text, put together in the order it is written.
enum JSONText {
    /// A string.
    static func string(_ text: String) -> String { ScenarioTree.text(text).json }

    /// Names and values that are JSON already.
    static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\(string($0.0)): \($0.1)" }.joined(separator: ", ") + "}"
    }

    /// Elements that are JSON already.
    static func list(_ elements: [String]) -> String {
        "[" + elements.joined(separator: ", ") + "]"
    }
}
