// What a run has found out about stages, beside their series.

/// Which messages have times, and the slowest with what else happened then.
package struct StageOutcome: Sendable {
    /// Messages of the measured window with all their times.
    package let timedCount: Int64
    /// Those that came without.
    package let untimedCount: Int64
    /// Those with times that run backwards.
    package let disorderedCount: Int64
    /// The slowest messages, slowest first.
    package let slowest: [Place]

    /// A slow message, and where and when it was.
    package struct Place: Sendable, Equatable {
        /// The message and its times.
        package let message: SlowMessage
        /// The name of its topic.
        package let topic: String
        /// Its partition.
        package let partition: Int
        /// The interval whose histograms it is in: that in which its handler took it.
        package let interval: Int
        /// What was noted between its intended send and the end of that interval.
        package let incidents: [String]
    }

    /// Joins what the workers have noted; nil when they did not measure stages.
    ///
    /// - Parameters:
    ///   - incidents: Of all workers.
    ///   - keptIndex: The kept interval that one of the run went into.
    package init?(
        _ plan: LoadPlan, _ window: RecordingWindow, _ accounts: [StageAccount],
        _ incidents: IncidentLog, keptIndex: (Int) -> Int = { $0 }
    ) {
        guard var sum = accounts.first else { return nil }
        for account in accounts.dropFirst() { sum.merge(account) }
        timedCount = sum.timedCount
        untimedCount = sum.untimedCount
        disorderedCount = sum.disorderedCount
        slowest = sum.slowest.sorted.map { message in
            let partitionCount = plan.scenario.classes[message.classIndex].partitionCount
            let slot = window.slot(atNanoseconds: message.handledNanoseconds)
            return Place(
                message: message,
                topic: plan.topicName(
                    classIndex: message.classIndex, topic: message.destination / partitionCount),
                partition: message.destination % partitionCount,
                interval: keptIndex(slot.index),
                incidents: incidents.texts(
                    in: message.intendedNanoseconds...slot.endNanoseconds)
            )
        }
    }
}
