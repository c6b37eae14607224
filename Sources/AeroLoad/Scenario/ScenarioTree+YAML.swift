// Reading YAML that is no scenario, with the same strictness.

extension ScenarioTree {
    /// Reads one YAML document, which may be JSON, by the rules that scenarios are read by.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - file: The name for error messages.
    /// - Throws: Where the text stops being YAML, or uses what scenarios do not use.
    package init(yaml bytes: [UInt8], file: String) throws(ScenarioError) {
        self.init(try YAMLTreeReader.read(bytes, from: .file(file)))
    }

    private init(_ node: ScenarioNode) {
        switch node.content {
        case .scalar(let text): self = .text(text)
        case .sequence(let elements): self = .list(elements.map { ScenarioTree($0) })
        case .mapping(let entries):
            self = .object(
                entries.map { Member(key: $0.key, value: ScenarioTree($0.value)) })
        }
    }
}
