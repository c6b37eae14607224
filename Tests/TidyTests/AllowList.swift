// Exceptions to the rules: each has a reason and a ceiling, and goes when it is no longer needed.

/// An exception that somebody wrote down.
struct AllowListEntry: Sendable {
    /// The rule's name.
    let rule: String
    /// The path from the package root.
    let path: String
    /// The sum of the measures of the findings: a number of breaches, or a size for a cap.
    let ceiling: Int
    /// Why the better thing is to break the rule here.
    let reason: String
}

/// Takes the listed exceptions out of what the rules found.
struct AllowList: Sendable {
    let entries: [AllowListEntry]

    /// What is left after the exceptions; a listed exception that grew is not one.
    func remaining(_ findings: [Finding]) -> [Finding] {
        findings.filter { finding in
            guard let entry = entries.first(where: { $0.covers(finding) }) else { return true }
            return entry.measure(in: findings) > entry.ceiling
        }
    }

    /// A sentence for each entry that is wider than it needs to be, or says no reason.
    func staleEntries(_ findings: [Finding]) -> [String] {
        entries.compactMap { entry in
            let title = "allow-list entry \(entry.rule) \(entry.path)"
            let measure = entry.measure(in: findings)
            if entry.reason.isEmpty { return "\(title): say why." }
            if measure == 0 { return "\(title): no longer needed. Remove it." }
            if measure < entry.ceiling { return "\(title): lower its ceiling to \(measure)." }
            return nil
        }
    }
}

extension AllowListEntry {
    fileprivate func covers(_ finding: Finding) -> Bool {
        finding.rule == rule && finding.path == path
    }

    fileprivate func measure(in findings: [Finding]) -> Int {
        findings.filter(covers).reduce(0) { $0 + $1.measure }
    }
}
