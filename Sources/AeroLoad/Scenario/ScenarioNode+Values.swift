// Reads single values of a scenario with their type and limits.

extension ScenarioNode {
    /// The text of the value, which must be a scalar with something in it.
    func scalar(_ label: String, expected: String) throws(ScenarioError) -> String {
        guard case .scalar(let text) = content, !text.isEmpty else {
            throw ScenarioError(
                position, .wrongKind(label: label, expected: expected, found: kindName))
        }
        return text
    }

    /// The value as a whole number within `range`; digit groups may be separated by `_`.
    func integer<Number: FixedWidthInteger>(
        _ label: String, in range: ClosedRange<Number>
    ) throws(ScenarioError) -> Number {
        let text = try scalar(label, expected: "a whole number")
        let digits = text.filter { $0 != "_" }
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) }
        guard isNumber || (digits.hasPrefix("-") && Int(digits) != nil) else {
            throw ScenarioError(
                position, .badValue(label: label, text: text, expected: "a whole number"))
        }
        guard let value = Number(digits), range.contains(value) else {
            throw ScenarioError(
                position,
                .outOfRange(
                    label: label, text: text, minimum: "\(range.lowerBound)",
                    maximum: "\(range.upperBound)"))
        }
        return value
    }

    /// The value as one of the spellings of `Choice`.
    func choice<Choice: CaseIterable & RawRepresentable>(
        _ label: String, as type: Choice.Type
    ) throws(ScenarioError) -> Choice where Choice.RawValue == String {
        let choices = Choice.allCases.map(\.rawValue)
        let text = try scalar(label, expected: "one of \(choices.joined(separator: ", "))")
        guard let value = Choice(rawValue: text) else {
            let suggestion = NearestName.suggestion(for: text, among: choices)
            throw ScenarioError(
                position,
                .notAChoice(label: label, text: text, choices: choices, suggestion: suggestion))
        }
        return value
    }

    /// The value as a name: lower-case letters, digits and inner hyphens, at most 64 characters.
    ///
    /// Names become parts of topic names, file names and override paths, hence the narrow alphabet.
    func name(_ label: String) throws(ScenarioError) -> String {
        let expected = "a name (a-z, 0-9 and inner hyphens, at most 64 characters)"
        let text = try scalar(label, expected: expected)
        let bytes = text.utf8
        let isName =
            bytes.count <= 64 && bytes.first != 45 && bytes.last != 45
            && bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        guard isName else {
            throw ScenarioError(
                position, .badValue(label: label, text: text, expected: expected))
        }
        return text
    }

    /// The elements of the value, which must be a list.
    func elements(_ label: String) throws(ScenarioError) -> [ScenarioNode] {
        guard case .sequence(let elements) = content else {
            throw ScenarioError(
                position, .wrongKind(label: label, expected: "a list", found: kindName))
        }
        return elements
    }
}
