// The scenario's parameters as a flat list, to compare and to show them.

/// Flattens a resolved scenario.
enum ParameterTree {
    /// Properties that may differ between comparable runs: they do not change the load.
    private static let irrelevant: Set<String> = [
        "name", "description", "slo", "seed", "slowest",
    ]

    /// Keys that scenarios did not have from the start, with what a result without them ran with.
    private static let laterDefaults: [String: JSONValue] = [
        "payload": .string("random"), "compression": .string("none"), "malloc": .string("libc"),
        "sizing": .string("fixed"), "stages": .string("false"),
    ]

    /// Gives `leaves` the defaults of keys that only `other`, of a later release, has written.
    static func fillIn(_ leaves: inout [String: JSONValue], like other: [String: JSONValue]) {
        for path in other.keys where leaves[path] == nil {
            let key = path.split(separator: ".").last.map(String.init) ?? path
            leaves[path] = laterDefaults[key]?.canonical
        }
    }

    /// Every leaf by its dotted path. Entries of a list are named by their `name`, else by index,
    /// so that paths read like those of `--set`: `classes.main.load.rate`.
    static func leaves(_ parameters: JSONValue) -> [String: JSONValue] {
        var leaves: [String: JSONValue] = [:]
        guard case .object(let members) = parameters else {
            collect(parameters, at: "", into: &leaves)
            return leaves
        }
        for (key, value) in members where !irrelevant.contains(key) {
            collect(value, at: key, into: &leaves)
        }
        return leaves
    }

    private static func collect(
        _ value: JSONValue, at path: String, into leaves: inout [String: JSONValue]
    ) {
        switch value {
        case .object(let members) where !members.isEmpty:
            for (key, member) in members {
                collect(member, at: CodingPath.appending(key, to: path), into: &leaves)
            }
        case .array(let elements) where !elements.isEmpty:
            for (index, element) in elements.enumerated() {
                var name = "\(index)"
                if case .object(let members) = element, case .string(let own)? = members["name"] {
                    name = own
                }
                collect(element, at: CodingPath.appending(name, to: path), into: &leaves)
            }
        default: leaves[path] = value.canonical
        }
    }
}
