// Stages and slowest messages, from the engine's outcome to the result's records.

import AeroLoad
import AeroReport

extension StagesRecord {
    /// Which messages have times.
    init(_ outcome: StageOutcome) {
        self.init(
            timed: outcome.timedCount, untimed: outcome.untimedCount,
            disordered: outcome.disorderedCount)
    }
}

extension SlowMessageRecord {
    /// The slowest messages of a run; nil when it did not measure stages.
    static func slowest(_ facts: RunFacts) -> [SlowMessageRecord]? {
        facts.outcome.stages?.slowest.map { place in
            let message = place.message
            let className = facts.scenario.classes[message.classIndex].name
            var stages: [String: Int64] = [:]
            for stage in StageSeries.allCases { stages[stage.name] = message.nanoseconds(stage) }
            return SlowMessageRecord(
                className: className, group: "\(className)-\(message.group)", topic: place.topic,
                partition: place.partition, offset: message.times.offset,
                producer: message.producer, sequence: message.sequence,
                intendedNanoseconds: message.intendedNanoseconds
                    - facts.outcome.window.startNanoseconds,
                totalNanoseconds: message.totalNanoseconds, stages: stages,
                interval: place.interval,
                incidents: facts.circumstances(
                    message.intendedNanoseconds...message.handledNanoseconds) + place.incidents)
        }
    }
}

extension RunFacts {
    /// What was done to the run in some times, and what held the generator up: beside what drivers
    /// noted, what else happened to a message that was under way then.
    fileprivate func circumstances(_ times: ClosedRange<Int64>) -> [String] {
        let start = outcome.window.startNanoseconds
        let done = played.filter { $0.overlaps(times) }.map { each in
            let end = each.end.map { UnitText.latency($0 - start) } ?? "the end"
            return "\(each.incident.name.rawValue) from \(UnitText.latency(each.start - start)) to "
                + end
        }
        let held = (health?.moments ?? []).filter {
            $0.endNanoseconds >= times.lowerBound
                && $0.endNanoseconds - $0.lengthNanoseconds <= times.upperBound
        }
        guard let longest = held.map(\.lengthNanoseconds).max() else { return done }
        return done + [
            "the generator was held up for up to \(UnitText.latency(longest)), "
                + "\(UnitText.grouped(Int64(held.count))) times"
        ]
    }
}

extension StageOutcome {
    /// What keeps the stages from being those of all messages.
    var warnings: [ValidityReason] {
        var warnings: [ValidityReason] = []
        if untimedCount > 0 {
            warnings.append(
                ValidityReason(
                    code: "stages-missing",
                    message: "\(UnitText.grouped(untimedCount)) messages came without the times of "
                        + "their stages and are in no stage.* series",
                    value: Double(untimedCount), limit: 0))
        }
        if disorderedCount > 0 {
            warnings.append(
                ValidityReason(
                    code: "stages-disordered",
                    message: "the stages of \(UnitText.grouped(disorderedCount)) messages run "
                        + "backwards: is the broker on another machine?",
                    value: Double(disorderedCount), limit: 0))
        }
        return warnings
    }
}
