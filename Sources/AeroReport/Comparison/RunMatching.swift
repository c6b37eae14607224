// Which runs of the baseline belong to which runs of the candidate.

/// Two groups of runs to be compared.
struct RunMatch {
    /// A name for people: the scenario, with the driver or parameters where needed to tell apart.
    var label: String
    var baseline: RunGroup
    var candidate: RunGroup
}

/// The pairing of two sets of results. Nothing is dropped: what has no partner is listed.
struct RunMatching {
    private(set) var matches: [RunMatch] = []
    /// Labels of what only the baseline has.
    private(set) var onlyBaseline: [String] = []
    /// What only the candidate has, with its label.
    private(set) var onlyCandidate: [(label: String, group: RunGroup)] = []

    /// Pairs equal identities first; what is left is paired by scenario and driver, then by
    /// scenario alone, as long as there is exactly one on each side. Such a pair differs in a
    /// parameter or in the driver, and comparability then says in which.
    init(baseline: [ResultDocument], candidate: [ResultDocument]) {
        let baselineGroups = RunGroup.groups(of: baseline)
        let candidateGroups = RunGroup.groups(of: candidate)
        let labels = RunLabels(baselineGroups)
        let candidateLabels = RunLabels(candidateGroups)
        var partners: [Int: Int] = [:]
        func pair<Key: Hashable>(by key: (RunIdentity) -> Key) {
            let taken = Set(partners.values)
            let left = baselineGroups.indices.filter { partners[$0] == nil }
            let right = candidateGroups.indices.filter { !taken.contains($0) }
            let leftByKey = Dictionary(grouping: left) { key(baselineGroups[$0].identity) }
            let rightByKey = Dictionary(grouping: right) { key(candidateGroups[$0].identity) }
            for (key, indices) in leftByKey where indices.count == 1 {
                if let others = rightByKey[key], others.count == 1 {
                    partners[indices[0]] = others[0]
                }
            }
        }
        pair { $0 }
        pair { [$0.scenario, $0.driver] }
        pair { $0.scenario }
        for (index, group) in baselineGroups.enumerated() {
            let label = labels.label(of: group.identity)
            if let partner = partners[index] {
                let other = candidateGroups[partner]
                matches.append(RunMatch(label: label, baseline: group, candidate: other))
            } else {
                onlyBaseline.append(label)
            }
        }
        let taken = Set(partners.values)
        for (index, group) in candidateGroups.enumerated() where !taken.contains(index) {
            onlyCandidate.append((candidateLabels.label(of: group.identity), group))
        }
    }
}

/// Short names that tell the groups of one side apart.
struct RunLabels {
    private let identities: [String: [RunIdentity]]

    init(_ groups: [RunGroup]) {
        identities = Dictionary(grouping: groups.map(\.identity), by: \.scenario)
    }

    /// The scenario's name; with the driver when several were used; with the parameters that vary
    /// when the driver does not tell the groups apart either.
    func label(of identity: RunIdentity) -> String {
        let sameName = identities[identity.scenario] ?? []
        var details: [String] = []
        if Set(sameName.map(\.driver)).count > 1 { details.append(identity.driver) }
        let sameDriver = sameName.filter { $0.driver == identity.driver }
        let paths = Set(sameDriver.flatMap(\.parameters.keys)).sorted()
        let isRepeated = Set(sameDriver).count > 1
        for path in paths where isRepeated {
            let value = identity.parameters[path]
            if sameDriver.contains(where: { $0.parameters[path] != value }) {
                details.append("\(path)=\(value.map(\.description) ?? "(absent)")")
            }
        }
        if details.isEmpty { return identity.scenario }
        return "\(identity.scenario) (\(details.joined(separator: ", ")))"
    }
}
