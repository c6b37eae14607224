// The tree of a scenario before it means anything: text with positions.

/// One value of a scenario as written, with its position for error messages.
struct ScenarioNode: Sendable {
    /// Where the value starts.
    var position: ScenarioPosition
    /// The value.
    var content: Content

    /// The three shapes of YAML; every scalar stays text until its reader knows its type.
    enum Content: Sendable {
        case scalar(String)
        case mapping([Entry])
        case sequence([ScenarioNode])
    }

    /// One `key: value` of a mapping, in the order written.
    struct Entry: Sendable {
        var key: String
        var keyPosition: ScenarioPosition
        var value: ScenarioNode
    }

    /// The shape as a person would call it.
    var kindName: String {
        switch content {
        case .scalar(let text):
            text.isEmpty ? "nothing" : "\"\(ScenarioError.Reason.quotable(text))\""
        case .mapping: "a mapping"
        case .sequence: "a list"
        }
    }
}
