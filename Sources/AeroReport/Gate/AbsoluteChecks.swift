// Checks that need no baseline: the ledger and absolute limits.

/// The absolute checks of one scenario of the candidate.
struct AbsoluteChecks {
    let label: String
    let group: RunGroup
    let limits: GateLimits

    /// One failing check per kind of fault, or one passing check.
    func ledger() -> [GateCheck] {
        var failures: [GateCheck] = []
        for field in Metric.LedgerField.faults {
            let tolerated = limits.ledger[field] ?? 0
            let count = group.ledger(field)
            if count <= tolerated { continue }
            failures.append(
                GateCheck(
                    scenario: label, kind: .ledger, name: "ledger.\(field.rawValue)",
                    verdict: .fail, unit: .count, candidate: Double(count),
                    limit: Double(tolerated),
                    explanation: "\(UnitText.grouped(count)) messages \(Self.words(field)), "
                        + "\(UnitText.grouped(tolerated)) tolerated"))
        }
        if !failures.isEmpty { return failures }
        let sent = UnitText.grouped(group.ledger(.sent))
        let received = UnitText.grouped(group.ledger(.received))
        let isSpotless = Metric.LedgerField.faults.allSatisfy { group.ledger($0) == 0 }
        return [
            GateCheck(
                scenario: label, kind: .ledger, name: "ledger", verdict: .pass, unit: .count,
                explanation: "\(sent) sent, \(received) received, "
                    + (isSpotless ? "no fault" : "faults within what the policy tolerates"))
        ]
    }

    /// The absolute limits in force: the policy's, else the scenario's own.
    func objectives() throws(ResultFileError) -> [GateCheck] {
        if let objectives = limits.objectives {
            var checks: [GateCheck] = []
            for objective in objectives { checks += try evaluate(objective) }
            return checks
        }
        var texts: [String] = []
        for run in group.runs {
            for text in run.scenario.slo where !texts.contains(text) { texts.append(text) }
        }
        var checks: [GateCheck] = []
        for text in texts {
            let parsed = Result { () throws(ObjectiveError) in
                try ServiceLevelObjective(parsing: text)
            }
            switch parsed {
            case .success(let objective): checks += try evaluate(objective)
            case .failure(let error):
                checks.append(unusable(text, nil, "the scenario's limit does not parse: \(error)"))
            }
        }
        return checks
    }

    /// A latency limit without a class becomes one check per class, everything else one check.
    private func evaluate(
        _ objective: ServiceLevelObjective
    ) throws(ResultFileError) -> [GateCheck] {
        if let className = objective.className, !group.classNames.contains(className) {
            let hint = SpellingHint.nearest(to: className, among: group.classNames)
            return [
                unusable(
                    objective.text, nil,
                    "there is no class \(className)" + SpellingHint.suffix(for: hint))
            ]
        }
        guard case .latency = objective.metric, objective.className == nil else {
            return [try evaluate(objective, className: objective.className)]
        }
        var checks: [GateCheck] = []
        for name in group.classNames { checks.append(try evaluate(objective, className: name)) }
        return checks
    }

    private func evaluate(
        _ objective: ServiceLevelObjective, className: String?
    ) throws(ResultFileError) -> GateCheck {
        let metric = objective.metric
        var rule = objective
        rule.className = nil
        guard let measured = try group.value(of: metric, className: className) else {
            return unusable(rule.text, className, "the run did not measure \(metric.name)")
        }
        let holds = objective.comparison.holds(measured, objective.limit)
        let relation = holds ? "meets" : "breaches"
        return GateCheck(
            scenario: label, className: className, kind: .objective, name: rule.text,
            verdict: holds ? .pass : .fail, unit: metric.unit, candidate: measured,
            limit: objective.limit,
            explanation: "\(metric.name) is \(metric.unit.text(measured)), which \(relation) "
                + "\(rule.text)")
    }

    private func unusable(_ name: String, _ className: String?, _ reason: String) -> GateCheck {
        GateCheck(
            scenario: label, className: className, kind: .objective, name: name,
            verdict: .invalid, explanation: reason)
    }

    private static func words(_ field: Metric.LedgerField) -> String {
        switch field {
        case .ackedThenLost: return "were acknowledged and then lost"
        case .corrupt: return "arrived corrupt"
        case .lost, .duplicated, .reordered, .misrouted: return "were \(field.rawValue)"
        case .sent, .acked, .expected, .received, .foreign: return field.rawValue
        }
    }
}
