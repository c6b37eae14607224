// What a run at one rate says about that rate.

/// What a probe was made for.
package struct CapacityQuestion: Sendable {
    /// The probe's number, from 0.
    package var index: Int
    /// Which part of the search asked.
    package var phase: CapacityPhase
    /// The rate asked for, over all classes together, a second.
    package var offeredPerSecond: Double
    /// What has to hold.
    package var objectives: [ServiceLevelObjective]
    /// A backlog that grows faster than this share of the rate is not sustained.
    package var backlogGrowthShareMax: Double
    /// How often the target refused a message that was due. A generator that is late although
    /// nobody refused anything is too slow itself.
    package var refusedCount: Int64

    /// Makes the question from its parts; each parameter is the property of the same name.
    package init(
        index: Int, phase: CapacityPhase, offeredPerSecond: Double,
        objectives: [ServiceLevelObjective], backlogGrowthShareMax: Double, refusedCount: Int64
    ) {
        self.index = index
        self.phase = phase
        self.offeredPerSecond = offeredPerSecond
        self.objectives = objectives
        self.backlogGrowthShareMax = backlogGrowthShareMax
        self.refusedCount = refusedCount
    }
}

extension CapacityProbe {
    /// Reasons that say that messages did not leave, which is the target's doing where it refused
    /// some.
    private static let shortfalls: Set<String> = ["rate-not-reached", "unsent"]
    /// Messages left late, or may have. Latencies from the intended time then say more than the
    /// target's part: an objective that holds all the same holds, one that does not says nothing.
    private static let lateness: Set<String> = [
        "lag-over-budget", "run-queue-wait", "generator-hiccups",
    ]
    /// The broker was held up by its machine: latencies have that, too, and objectives decide.
    private static let hiccups = "broker-hiccups"
    /// Reasons that are the target's doing whatever the generator did.
    private static let failures: Set<String> = ["broker-died", "unanswered", "drain-cut"]

    /// Judges the run that was made for a question.
    ///
    /// - Throws: `.invalidValue` when a histogram does not decode.
    package init(
        _ document: ResultDocument, _ question: CapacityQuestion
    ) throws(ResultFileError) {
        let group = RunGroup(document)
        let trend = BacklogTrend(document)
        var objectives: [CapacityObjective] = []
        for objective in question.objectives {
            objectives.append(try Self.evaluate(objective, group))
        }
        let (verdict, reason) = Self.judge(document, question, objectives, trend)
        var series: [String: LatencySummary] = [:]
        for entry in document.classes {
            for (name, record) in entry.series {
                let owner = document.classes.count > 1 ? "\(entry.name):" : ""
                series[owner + name] = record.summary
            }
        }
        func sum(_ rate: (AchievedLoad) -> Double) -> Double {
            document.classes.reduce(0) { $0 + rate($1.achieved) }
        }
        self.init(
            index: question.index, phase: question.phase,
            offeredPerSecond: question.offeredPerSecond, sentPerSecond: sum(\.sentPerSecond),
            receivedPerSecond: sum(\.receivedPerSecond),
            heldNanoseconds: document.window.measuredNanoseconds, verdict: verdict, reason: reason,
            objectives: objectives, series: series, backlogSlopePerSecond: trend.slopePerSecond,
            backlogAtEnd: trend.atEnd, validity: document.validity)
    }

    private static func judge(
        _ document: ResultDocument, _ question: CapacityQuestion,
        _ objectives: [CapacityObjective], _ trend: BacklogTrend
    ) -> (CapacityVerdict, String?) {
        let reasons = document.validity.reasons
        func text(_ reason: ValidityReason) -> String { "\(reason.code): \(reason.message)" }
        if document.window.endedBy == .interrupted {
            return (.invalid, "the probe was interrupted")
        }
        let isRefused = question.refusedCount > 0
        if let failure = reasons.first(where: {
            failures.contains($0.code) || isRefused && shortfalls.contains($0.code)
        }) {
            return (.notMet, text(failure))
        }
        if let short = reasons.first(where: { shortfalls.contains($0.code) }) {
            return (.generatorLimited, text(short))
        }
        if let unknown = objectives.first(where: { $0.measured == nil }) {
            return (.invalid, "the run has no value for \(unknown.text)")
        }
        if let doubt = reasons.first(where: { !lateness.contains($0.code) && $0.code != hiccups }) {
            return (.invalid, text(doubt))
        }
        if let fault = fault(document) { return (.notMet, fault) }
        let allowed = question.backlogGrowthShareMax * question.offeredPerSecond
        if trend.grows(fasterThan: allowed) {
            let slope = UnitText.messageRate(trend.slopePerSecond)
            return (.notMet, "the backlog grows by \(slope)")
        }
        if let breach = objectives.first(where: { !$0.isMet }) {
            let late = reasons.first { lateness.contains($0.code) }
            if let late, !isRefused { return (.generatorLimited, text(late)) }
            return (.notMet, "breached: \(breach.text)")
        }
        return (.met, nil)
    }

    /// Messages that were refused, lost or damaged: no rate is sustained with them.
    private static func fault(_ document: ResultDocument) -> String? {
        let failed = document.classes.reduce(0) { $0 + $1.counts.failed }
        if failed > 0 { return "\(UnitText.grouped(failed)) messages were refused" }
        for field in Metric.LedgerField.faults {
            let count = document.ledger.totals[field]
            if count > 0 { return "ledger.\(field.rawValue) is \(UnitText.grouped(count))" }
        }
        return nil
    }

    /// A latency without a class has to hold for each class; the worst one is kept.
    private static func evaluate(
        _ objective: ServiceLevelObjective, _ group: RunGroup
    ) throws(ResultFileError) -> CapacityObjective {
        var names: [String?] = [objective.className]
        if case .latency = objective.metric, objective.className == nil {
            names = group.classNames
        }
        var worst: Double?
        var isMet = !names.isEmpty
        for name in names {
            guard let value = try group.value(of: objective.metric, className: name) else {
                return CapacityObjective(text: objective.text, measured: nil, isMet: false)
            }
            let holds = objective.comparison.holds(value, objective.limit)
            // The first breach counts as the worst, else the value nearest to the limit.
            let isWorse = worst.map { abs(value - objective.limit) < abs($0 - objective.limit) }
            if isMet, !holds || isWorse ?? true { worst = value }
            isMet = isMet && holds
        }
        return CapacityObjective(text: objective.text, measured: worst, isMet: isMet)
    }
}
