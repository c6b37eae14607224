// Any JSON value, for the parts of a document whose shape is not this module's business.

/// A JSON value. Whole numbers stay integers, so nanoseconds and bytes survive unrounded.
///
/// A `number` without a fraction is written without one, and read back as an `integer`.
package enum JSONValue: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without a fraction that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    /// Text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Named values; always written in the order of their names.
    case object([String: JSONValue])
}

extension JSONValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = Self.attempt(Bool.self, in: container) {
            self = .bool(value)
        } else if let value = Self.attempt(Int64.self, in: container) {
            self = .integer(value)
        } else if let value = Self.attempt(Double.self, in: container) {
            self = .number(value)
        } else if let value = Self.attempt(String.self, in: container) {
            self = .string(value)
        } else if let value = Self.attempt([JSONValue].self, in: container) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// Decodes one shape; `nil` says that the value has another one.
    private static func attempt<Value: Decodable>(
        _ type: Value.Type, in container: any SingleValueDecodingContainer
    ) -> Value? {
        do {
            return try container.decode(type)
        } catch {
            // Foundation reports another kind, a fraction and an overflow by three different
            // errors; all mean "not this shape". What fits no shape fails in the last attempt.
            return nil
        }
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value on one line, as a person would write it: `null`, `42`, `"text"`, `[1, 2]`.
    package var description: String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .number(let value): return String(value)
        case .string(let value): return "\"\(value)\""
        case .array(let values): return "[\(values.map(\.description).joined(separator: ", "))]"
        case .object(let members):
            let pairs = members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            return "{\(pairs.joined(separator: ", "))}"
        }
    }

    /// The value as reading it back from a file would give it.
    var canonical: JSONValue {
        guard case .number(let number) = self, let whole = Int64(exactly: number) else {
            return self
        }
        return .integer(whole)
    }

    /// What kind of value this is, for an error message.
    package var kindName: String {
        switch self {
        case .null: return "null"
        case .bool: return "a boolean"
        case .integer, .number: return "a number"
        case .string: return "a string"
        case .array: return "a list"
        case .object: return "an object"
        }
    }
}
