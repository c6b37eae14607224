// What can be wrong with a policy file.

/// Why a policy file cannot be used. Paths read like `scenarios.latency-1k.limits.p99`.
package enum PolicyError: Error, Equatable, Sendable {
    /// The bytes are not JSON; `detail` says where they stop being JSON.
    case notJSON(detail: String)
    /// A property that policies do not have.
    case unknownKey(path: String, nearest: String?)
    /// A value of the wrong type.
    case wrongType(path: String, expected: String, found: String)
    /// A value of the right type that means nothing.
    case invalidValue(path: String, detail: String)
    /// An objective that does not parse.
    case objective(path: String, ObjectiveError)
}

extension PolicyError: CustomStringConvertible {
    /// One sentence for a human, without a full stop, fit for "FILE: …".
    package var description: String {
        switch self {
        case .notJSON(let detail): return "not JSON: \(detail)"
        case .unknownKey(let path, let nearest):
            return "unknown key \(path)" + SpellingHint.suffix(for: nearest)
        case .wrongType(let path, let expected, let found):
            return "\(path) is \(found), not \(expected)"
        case .invalidValue(let path, let detail): return "\(path): \(detail)"
        case .objective(let path, let error): return "\(path): \(error)"
        }
    }
}
