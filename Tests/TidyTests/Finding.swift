// What a rule reports: where, what, and what to do about it.

/// One breach of a rule, printed as `path:line: [rule] what. Remedy`.
struct Finding: Equatable, Sendable, CustomStringConvertible {
    /// The rule's name, as the allow-list uses it.
    let rule: String
    /// The path from the package root.
    let path: String
    /// The line, counted from 1.
    let line: Int
    /// What is wrong, as a sentence without its full stop.
    let what: String
    /// What to do, as a sentence with its full stop.
    let remedy: String
    /// How large the breach is: the measured size for a cap, else 1. The allow-list caps its sum.
    var measure = 1

    var description: String { "\(path):\(line): [\(rule)] \(what). \(remedy)" }
}
