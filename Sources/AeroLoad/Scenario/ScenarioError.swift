// What can be wrong with a scenario, and how it is said.

/// A scenario that cannot be run: where the fault is and what it is.
///
/// `description` is one line for a person: `scenario.yaml:12:7: unknown key "rte" in load; did you
/// mean "rate"?`.
package struct ScenarioError: Error, Equatable, CustomStringConvertible {
    /// Where the offending key or value was written.
    package let position: ScenarioPosition
    /// What is wrong with it.
    package let reason: Reason

    /// The faults a scenario can have; `label` is the key path a reader would look for.
    package enum Reason: Equatable, Sendable {
        /// libyaml refused the text; the payload is its own explanation.
        case notYAML(String)
        /// Legal YAML that scenarios do not use (anchors, tags, several documents, …).
        case unsupportedYAML(String)
        /// The file is larger than the limit.
        case tooLarge(byteCount: Int, limit: Int)
        /// Nested deeper than the limit.
        case tooDeep(limit: Int)
        /// More nodes than the limit.
        case tooManyNodes(limit: Int)
        /// Nothing in the file.
        case empty
        /// A key written twice in one mapping.
        case duplicateKey(String, title: String)
        /// A key nobody reads; the nearest known one is the suggestion.
        case unknownKey(String, title: String, suggestion: String?)
        /// A key that must be there.
        case missingKey(String, title: String)
        /// A mapping where a value belongs, and the like.
        case wrongKind(label: String, expected: String, found: String)
        /// A number with a unit of the wrong sort, or none.
        case wrongUnit(label: String, text: String, units: [String], suggestion: String?)
        /// Text that is not a value of the expected sort.
        case badValue(label: String, text: String, expected: String)
        /// A value outside its limits; the limits are rendered in the value's own unit.
        case outOfRange(label: String, text: String, minimum: String, maximum: String)
        /// A word that is not among the choices.
        case notAChoice(label: String, text: String, choices: [String], suggestion: String?)
        /// Values that cannot hold together; the payload says which and why.
        case contradiction(String)
        /// An override that leads nowhere.
        case noSuchPath(component: String, within: String, suggestion: String?)
        /// An override that is not `KEY=VALUE`.
        case badOverride(String)
    }

    /// `position: explanation`, one line.
    package var description: String { "\(position): \(reason)" }

    /// Makes the error of `reason` at `position`.
    @usableFromInline package init(_ position: ScenarioPosition, _ reason: Reason) {
        self.position = position
        self.reason = reason
    }
}

extension ScenarioError.Reason: CustomStringConvertible {
    /// The explanation without its position: what is wrong and what would be right.
    package var description: String {
        switch self {
        case .notYAML(let problem): "not valid YAML: \(problem)"
        case .unsupportedYAML(let what): "scenarios do not use \(what)"
        case .tooLarge(let byteCount, let limit):
            "the scenario has \(byteCount) bytes; the limit is \(limit)"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .tooManyNodes(let limit): "more than \(limit) values"
        case .empty: "the scenario is empty; it needs at least name, duration and classes"
        case .duplicateKey(let key, let title):
            "key \"\(Self.quotable(key))\" appears twice in \(title)"
        case .unknownKey(let key, let title, let suggestion):
            "unknown key \"\(Self.quotable(key))\" in \(title)" + Self.hint(suggestion)
        case .missingKey(let key, let title): "\(title) needs the key \"\(key)\""
        case .wrongKind(let label, let expected, let found):
            "\(label): expected \(expected), found \(found)"
        case .badValue(let label, let text, let expected):
            "\(label): \"\(Self.quotable(text))\" is not \(expected)"
        case .outOfRange(let label, let text, let minimum, let maximum):
            "\(label): \(Self.quotable(text)) is out of range; it must be from \(minimum) to "
                + maximum
        case .contradiction(let explanation): explanation
        case .badOverride(let problem): "\(problem); write KEY=VALUE, e.g. duration=5s"
        case .wrongUnit, .notAChoice, .noSuchPath: suggestionText
        }
    }

    /// The explanations that list what would have been right.
    private var suggestionText: String {
        switch self {
        case .wrongUnit(let label, let text, let units, let suggestion):
            "\(label): \"\(Self.quotable(text))\" needs one of the units "
                + units.joined(separator: ", ")
                + Self.hint(suggestion)
        case .notAChoice(let label, let text, let choices, let suggestion):
            "\(label): \"\(Self.quotable(text))\" is not one of \(choices.joined(separator: ", "))"
                + Self.hint(suggestion)
        case .noSuchPath(let component, let within, let suggestion):
            "there is no \"\(Self.quotable(component))\" in \(within)" + Self.hint(suggestion)
        default: preconditionFailure("a reason without suggestions asked for them")
        }
    }

    private static func hint(_ suggestion: String?) -> String {
        guard let suggestion else { return "" }
        return "; did you mean \"\(suggestion)\"?"
    }

    /// Text of the user's as it may stand in a message: one line, at most 80 characters.
    static func quotable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(80) {
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > 80 ? result + "…" : result
    }
}
