// What a load run is: the resolved scenario.

/// A complete description of one load run; every default is filled in and every limit is checked.
///
/// Made by `Scenario.parse`; a value of this type can always be run.
@usableFromInline package struct Scenario: Sendable, Equatable {
    /// The name results are filed under: a-z, 0-9 and hyphens.
    package let name: String
    /// What the scenario is for, for people; may be empty.
    package let description: String
    /// Seeds schedules and payloads, so that a run can be repeated.
    package let seed: UInt64
    /// Length of the measured window, after the warm-up.
    package let durationNanoseconds: Int64
    /// Time under load before the measured window starts; may be 0. Of an automatic warm-up the
    /// most it may take.
    package let warmupNanoseconds: Int64
    /// Whether the warm-up ends by itself when latency and rate have settled.
    package let isWarmupAutomatic: Bool
    /// Length of one interval of the series.
    package let intervalNanoseconds: Int64
    /// Name of the load driver, e.g. `aeromq`; whether it exists is for the caller to say.
    package let driver: String
    /// Options of the embedded broker.
    package let broker: BrokerOptions
    /// The target of the `truth` driver; nil leaves it at `TargetModel.plain`.
    package let target: TargetModel?
    /// Generator threads.
    package let workerCount: Int
    /// Processes that these threads are in; 1 is the one that makes the run.
    package let processCount: Int
    /// The kinds of traffic, at least one; the position in this array is the class index in stamps.
    package let classes: [TrafficClass]
    /// Absolute objectives, as written; their grammar belongs to the gate.
    package let objectives: [Objective]

    /// What is done to the run on purpose, in the order of time and without overlaps.
    package let incidents: [PlannedIncident]
    /// What to find out about the stages of each message; nil measures none.
    package let stages: StageOptions?

    /// Whether a class has its batches compressed, which not every driver can do.
    package var isCompressing: Bool { classes.contains { $0.batch.compression != .none } }

    /// One line of `slo`, with its place for the messages of whoever parses it.
    package struct Objective: Sendable, Equatable {
        /// The text, e.g. `e2e.intended.p99 < 5ms`.
        package let text: String
        /// Where it was written.
        package let position: ScenarioPosition

        /// Equal when the text is: the place is for messages only.
        package static func == (a: Objective, b: Objective) -> Bool { a.text == b.text }
    }
}

/// How stages are measured.
package struct StageOptions: Sendable, Equatable {
    /// The slowest messages that are kept with all their times.
    package let slowestCount: Int

    /// Messages kept when a scenario does not say.
    package static let slowestCountDefault = 16
}

/// Options of the broker that a run starts for itself.
package struct BrokerOptions: Sendable, Equatable {
    /// Broker threads.
    package let shardCount: Int
    /// Where message buffers come from.
    package let buffers: Buffers
    /// How the broker waits for the network.
    package let poller: Poller
    /// Whose `malloc` the broker runs on.
    package let malloc: Malloc

    /// Where message buffers come from.
    package enum Buffers: String, CaseIterable, Sendable {
        case pooled, native
    }

    /// Whose `malloc` the broker runs on.
    package enum Malloc: String, CaseIterable, Sendable {
        /// That of the C library.
        case libc
        /// jemalloc, preloaded.
        case jemalloc
    }

    /// How the broker waits for the network.
    package enum Poller: String, CaseIterable, Sendable {
        case epoll, uring
    }
}
