// `--set KEY=VALUE`: changes the tree before it is read, so that overrides are as strict as files.

/// One `KEY=VALUE` of the command line, taken apart.
struct ScenarioOverride {
    /// The whole text, for messages.
    let text: String
    /// The dotted key, taken apart.
    let path: [String]
    /// The value, read as YAML.
    let value: ScenarioNode

    /// Takes `text` apart; the value may be any YAML, e.g. `{schedule: maximum}`.
    init(_ text: String) throws(ScenarioError) {
        let position = ScenarioPosition.override(text)
        guard let equals = text.firstIndex(of: "=") else {
            throw ScenarioError(position, .badOverride("there is no \"=\""))
        }
        let path = text[..<equals].split(separator: ".", omittingEmptySubsequences: false)
            .map(String.init)
        guard !path.contains("") else {
            throw ScenarioError(position, .badOverride("the key has an empty part"))
        }
        let valueText = text[text.index(after: equals)...]
        guard valueText.contains(where: { !$0.isWhitespace }) else {
            throw ScenarioError(position, .badOverride("there is no value"))
        }
        self.text = text
        self.path = path
        value = try YAMLTreeReader.read(Array(valueText.utf8), from: .override(text))
    }

    /// Where everything of this override was written.
    var position: ScenarioPosition { .override(text) }
}

extension ScenarioNode {
    /// Puts the override's value in its place, making mappings on the way where none are.
    ///
    /// Whether a new key is one that anybody reads is decided afterwards, by the strict readers.
    mutating func apply(_ override: ScenarioOverride) throws(ScenarioError) {
        try set(override.path[...], of: override, within: "the scenario")
    }

    private mutating func set(
        _ path: ArraySlice<String>, of override: ScenarioOverride, within title: String
    ) throws(ScenarioError) {
        guard let component = path.first else {
            self = override.value
            return
        }
        switch content {
        case .scalar:
            throw ScenarioError(
                override.position,
                .wrongKind(label: title, expected: "a mapping", found: kindName))
        case .mapping(var entries):
            let index: Int
            if let found = entries.firstIndex(where: { $0.key == component }) {
                index = found
            } else {
                let empty = ScenarioNode(position: override.position, content: .mapping([]))
                entries.append(.init(key: component, keyPosition: override.position, value: empty))
                index = entries.count - 1
            }
            try entries[index].value.set(path.dropFirst(), of: override, within: component)
            content = .mapping(entries)
        case .sequence(var elements):
            let index = try Self.index(of: component, in: elements, override, within: title)
            try elements[index].set(path.dropFirst(), of: override, within: component)
            content = .sequence(elements)
        }
    }

    /// The element of a list that `component` names: by its `name` key, or by its index.
    private static func index(
        of component: String, in elements: [ScenarioNode], _ override: ScenarioOverride,
        within title: String
    ) throws(ScenarioError) -> Int {
        let names = elements.map(\.nameValue)
        if let index = names.firstIndex(of: component) { return index }
        if let index = Int(component), elements.indices.contains(index) { return index }
        let suggestion = NearestName.suggestion(for: component, among: names.compactMap { $0 })
        throw ScenarioError(
            override.position,
            .noSuchPath(component: component, within: title, suggestion: suggestion))
    }

    /// The text of the key `name`, if this is a mapping that has one.
    private var nameValue: String? {
        guard case .mapping(let entries) = content,
            case .scalar(let name)? = entries.first(where: { $0.key == "name" })?.value.content
        else { return nil }
        return name
    }
}
