// Whether a run can be believed: all checks together.

import AeroIO
import AeroLoad
import AeroReport

/// Reasons to doubt a run, each with its numbers. Times are in nanoseconds, shares from 0 to 1.
///
/// | code | a run is invalid when |
/// |---|---|
/// | `broker-died` | the target that the run had started ended by itself |
/// | `driver-failed` | a driver could not go on, or the load could not begin |
/// | `target-lost` | the target did not answer any more when it was asked after the load |
/// | `interrupted` | the window is shorter than planned |
/// | `rate-not-reached` | an open loop sent less than 99 % of what its schedule offered |
/// | `lag-over-budget` | the p99 of send lag is over 1 ms and over a tenth of the e2e median |
/// | `unanswered` | a message was neither acknowledged nor refused by the end of the drain |
/// | `unsent` | the target did not take messages that were due, so they have no latency |
/// | `drain-cut` | messages were still arriving when the drain ended, so "lost" is not known |
/// | `stray-answers` | a driver acknowledged what was not under way |
/// | `deferred-intervals` | the collecting thread did not keep up, and intervals are longer |
/// | `samples-out-of-range` | latencies were too long to be recorded |
/// | `littles-law` | messages in flight are not what rate and latency make |
/// | `counts-differ` | the broker counts other messages than the tool |
/// | `clock-error`, `clock-jumped` | the clock that measures does not keep the hardware's pace |
/// | `generator-hiccups`, `broker-hiccups` | threads with nothing to do were held up, see below |
/// | `run-queue-wait` | a load thread waited for a core for over a tenth of the window, see below |
///
/// The last two rows are warnings where no class has a schedule: such a run is as fast as its
/// generator, and says so. Further warnings are `generator-busy`, `intervals-in-doubt`,
/// `few-samples`, `wall-clock-jumped`, `drift`, `warmup-not-settled` and those of `warn`.
///
/// Messages that were lost are a finding about the target and no doubt about the run: they make
/// `aerobench run` exit with 4. The result warns that they have no latency.
struct RunValidity {
    /// The least share of the offered rate that has to be sent.
    static let shareMin = 0.99

    private(set) var reasons: [ValidityReason] = []
    private(set) var warnings: [ValidityReason] = []
    private(set) var intervals: [IntervalVerdict] = []

    /// Judges a run by its facts and the classes that were made of them.
    init(_ facts: RunFacts, _ classes: [ClassRecord]) {
        judgeEnding(facts)
        for entry in classes {
            judgeRate(entry, facts)
            judgeLag(entry)
            judgeRange(entry)
            add([SampleCheck(entry).finding].compactMap { $0 })
        }
        judgeAccount(facts.outcome)
        let load = LoadFacts(facts, classes)
        add(load.health?.findings ?? [])
        add([WorkCheck.finding(load.work)].compactMap { $0 })
        add(load.broker.findings)
        add([load.little?.finding].compactMap { $0 })
        let checks = IntervalChecks(facts, classes)
        intervals = checks.verdicts
        add([checks.finding].compactMap { $0 })
        // A run that is disturbed on purpose has no steady state to drift from.
        for entry in classes where facts.scenario.incidents.isEmpty {
            let checks = DriftCheck.checks(
                entry, intervalNanoseconds: facts.intervalNanoseconds)
            add(checks.compactMap(\.finding))
        }
        warn(facts)
    }

    /// The verdict as the result keeps it.
    var record: ValidityRecord {
        ValidityRecord(
            isValid: reasons.isEmpty, reasons: reasons, warnings: warnings, intervals: intervals)
    }

    private mutating func add(_ findings: [RunFinding]) {
        for finding in findings {
            switch finding.weight {
            case .reason: reasons.append(finding.record)
            case .warning: warnings.append(finding.record)
            }
        }
    }

    private mutating func judgeEnding(_ facts: RunFacts) {
        if let death = facts.brokerDeath {
            reasons.append(
                ValidityReason(
                    code: "broker-died",
                    message:
                        "the \(facts.target.rawValue) process died during the run: \(death.text)"))
        }
        if facts.brokerDeath == nil, !facts.isTargetLeftDown,
            let failure = facts.outcome.targetFailure
        {
            reasons.append(
                ValidityReason(
                    code: "target-lost", message: "the target is gone after the load: \(failure)"))
        }
        if case .failed(let error) = facts.outcome.ending {
            reasons.append(ValidityReason(code: "driver-failed", message: "\(error)"))
        }
        if facts.measuredNanoseconds < facts.scenario.durationNanoseconds {
            let measured = UnitText.latency(facts.measuredNanoseconds)
            let planned = UnitText.latency(facts.scenario.durationNanoseconds)
            reasons.append(
                ValidityReason(
                    code: "interrupted", message: "\(measured) of \(planned) were measured",
                    value: Double(facts.measuredNanoseconds),
                    limit: Double(facts.scenario.durationNanoseconds)))
        }
    }

    private mutating func judgeRate(_ entry: ClassRecord, _ facts: RunFacts) {
        guard let offered = entry.offered.messagesPerSecond, facts.measuredNanoseconds > 0 else {
            return
        }
        let seconds = Double(facts.measuredNanoseconds) / 1e9
        var least = offered * seconds * Self.shareMin
        if entry.offered.schedule == .poisson {
            // Random arrivals vary by themselves: four standard deviations are no fault.
            least -= 4 * (offered * seconds).squareRoot()
        }
        guard Double(entry.counts.sent) < least - 1 else { return }
        let share = entry.achieved.sentPerSecond / offered
        let achieved = UnitText.messageRate(entry.achieved.sentPerSecond)
        reasons.append(
            ValidityReason(
                code: "rate-not-reached",
                message:
                    "class \(entry.name) sent \(achieved) of \(UnitText.messageRate(offered)), "
                    + "which is \(UnitText.percent(share)) "
                    + "and less than \(UnitText.percent(Self.shareMin))",
                value: share, limit: Self.shareMin))
    }

    private mutating func judgeLag(_ entry: ClassRecord) {
        guard let lag = entry.series[LatencySeries.lag.name]?.summary, lag.count > 0 else { return }
        let median = entry.series[LatencySeries.endToEndIntended.name]?.summary.p50 ?? 0
        let limit = LatenessBudget.nanoseconds(median: median)
        guard entry.offered.messagesPerSecond != nil, lag.p99 > limit else { return }
        reasons.append(
            ValidityReason(
                code: "lag-over-budget",
                message: "class \(entry.name) sent late: the p99 of its lag is "
                    + "\(UnitText.latency(lag.p99)), and \(UnitText.latency(limit)) is the budget",
                value: Double(lag.p99), limit: Double(limit)))
    }

    private mutating func judgeRange(_ entry: ClassRecord) {
        let count = entry.series.values.reduce(0) { $0 + $1.summary.outOfRange }
        guard count > 0 else { return }
        reasons.append(
            ValidityReason(
                code: "samples-out-of-range",
                message:
                    "class \(entry.name) has \(UnitText.grouped(count)) latencies beyond an hour",
                value: Double(count), limit: 0))
    }

    private mutating func judgeAccount(_ outcome: LoadOutcome) {
        func judge(_ code: String, _ count: Int64, _ what: String) {
            guard count > 0 else { return }
            reasons.append(
                ValidityReason(
                    code: code, message: "\(UnitText.grouped(count)) \(what)",
                    value: Double(count), limit: 0))
        }
        judge(
            "unanswered", outcome.unansweredCount,
            "messages were neither acknowledged nor refused when the drain was over")
        judge(
            "unsent", outcome.unsentCount,
            "messages were due and not taken by the target before the window closed")
        judge(
            "drain-cut", Int64(outcome.drainCutCount),
            "workers were still receiving when the drain ended: late is not lost")
        judge(
            "stray-answers", outcome.strayTokenCount,
            "acknowledgements named no message that was under way")
        judge(
            "deferred-intervals", Int64(outcome.deferredRotationCount),
            "intervals could not be handed over in time")
    }

    private mutating func warn(_ facts: RunFacts) {
        let outcome = facts.outcome
        func warn(_ code: String, _ message: String, _ count: Int64? = nil) {
            warnings.append(
                ValidityReason(
                    code: code, message: message, value: count.map(Double.init),
                    limit: count.map { _ in 0 }))
        }
        if facts.scenario.isWarmupAutomatic, facts.settledIntervalCount == nil {
            warn(
                "warmup-not-settled",
                "latency and rate had not settled after "
                    + "\(UnitText.latency(facts.warmupNanoseconds)) of warm-up")
        }
        if outcome.failedCount > 0 {
            warn(
                "failed-sends", "\(UnitText.grouped(outcome.failedCount)) messages were refused",
                outcome.failedCount)
        }
        let verdicts = outcome.verdicts.flatMap { $0 }
        let lost = verdicts.reduce(0) { $0 + $1.lost }
        if lost > 0 {
            warn(
                "lost-without-latency",
                "\(UnitText.grouped(lost)) lost messages are in no e2e percentile", lost)
        }
        if verdicts.contains(where: { !$0.isExact }) {
            warn(
                "ledger-inexact",
                "too many gaps to follow each: late messages may be counted as repeated")
        }
        for entry in outcome.incidents.entries {
            warn("incident", "\(entry.text) (\(UnitText.grouped(entry.count)) times)", entry.count)
        }
        if outcome.incidents.furtherCount > 0 {
            warn("incident", "and further incidents", outcome.incidents.furtherCount)
        }
        if let stages = outcome.stages { warnings += stages.warnings }
        if facts.isDirectoryInMemory {
            warn(
                "data-in-memory",
                "the target's directory is in memory, where syncing costs nothing: see --data")
        }
        if facts.leavesCompressionOut {
            warn(
                "not-compressed",
                "the \(facts.target.rawValue) driver sends batches as they are; the scenario's "
                    + "compression was left out")
        }
        if facts.tool.build != "release" {
            warn("debug-build", "this is a debug build, which measures nothing but itself")
        }
    }
}
