// A validator for the part of JSON Schema that the result schema uses.

@testable import AeroReport

/// Checks a value against a schema; an unknown keyword is an error, never ignored.
struct SchemaValidator {
    let root: JSONValue

    /// Every breach, as `path: reason`; empty when the value is valid.
    func breaches(of value: JSONValue) -> [String] {
        breaches(of: value, root, at: "$")
    }

    /// The definition that a schema refers to, or the schema itself.
    func resolved(_ schema: JSONValue) -> [String: JSONValue] {
        guard case .object(let members) = schema else { return [:] }
        guard case .string(let reference)? = members["$ref"] else { return members }
        let name = String(reference.dropFirst("#/$defs/".count))
        guard case .object(let top) = root, case .object(let definitions)? = top["$defs"],
            case .object(let definition)? = definitions[name]
        else { return ["broken reference": .string(reference)] }
        return definition
    }

    private func breaches(of value: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
        var found: [String] = []
        for (keyword, rule) in resolved(schema).sorted(by: { $0.key < $1.key }) {
            switch (keyword, rule) {
            case ("description", _), ("$schema", _), ("$id", _), ("title", _), ("$comment", _),
                ("$defs", _):
                continue
            case ("const", _):
                if value != rule { found.append("\(path): is not \(rule)") }
            case ("enum", .array(let choices)):
                if !choices.contains(value) { found.append("\(path): is none of \(rule)") }
            case ("type", .string(let type)):
                if !matches(value, type) { found.append("\(path): is not of type \(type)") }
            case ("minimum", .integer(let minimum)):
                if case .integer(let number) = value, number < minimum {
                    found.append("\(path): is below \(minimum)")
                }
            case ("required", .array(let names)):
                guard case .object(let members) = value else { continue }
                for case .string(let name) in names where members[name] == nil {
                    found.append("\(path): lacks \(name)")
                }
            case ("properties", .object(let properties)):
                guard case .object(let members) = value else { continue }
                for (name, member) in members {
                    guard let own = properties[name] else { continue }
                    found += breaches(of: member, own, at: "\(path).\(name)")
                }
            case ("additionalProperties", _):
                guard case .object(let members) = value else { continue }
                for (name, member) in members {
                    found += breaches(of: member, rule, at: "\(path).\(name)")
                }
            case ("items", _):
                guard case .array(let elements) = value else { continue }
                for (index, element) in elements.enumerated() {
                    found += breaches(of: element, rule, at: "\(path)[\(index)]")
                }
            default: found.append("\(path): keyword \(keyword) is not understood")
            }
        }
        return found
    }

    private func matches(_ value: JSONValue, _ type: String) -> Bool {
        switch (value, type) {
        case (.integer, "integer"), (.integer, "number"), (.number, "number"),
            (.string, "string"), (.bool, "boolean"), (.array, "array"), (.object, "object"):
            return true
        default: return false
        }
    }
}
