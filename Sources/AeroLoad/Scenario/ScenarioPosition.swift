// Where a value of a scenario was written.

/// The place a scenario value came from: a file, or an override on the command line.
package enum ScenarioPosition: Equatable, Sendable, CustomStringConvertible {
    /// A place in a file; line and column count characters from 1.
    case file(name: String, line: Int, column: Int)
    /// The text of one `--set` override, e.g. `duration=5s`.
    case override(String)

    /// `scenario.yaml:12:7`, or `--set duration=5s`.
    package var description: String {
        switch self {
        case .file(let name, let line, let column): "\(name):\(line):\(column)"
        case .override(let text): "--set \(ScenarioError.Reason.quotable(text))"
        }
    }
}
