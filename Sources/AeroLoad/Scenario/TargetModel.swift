// How the target of the truth driver behaves: latencies that are known, and planted faults.

/// The behaviour of a target that runs inside the generator and keeps to a plan.
///
/// A message that reaches the target is ready after its latency: `latencyNanoseconds`, or
/// `slowNanoseconds` for exactly `slowPerThousand` of each 1,000 messages. Nothing is answered
/// during a stall, and answers are at least `serviceNanoseconds` apart, so that a stall leaves a
/// queue which drains at a known rate.
@usableFromInline package struct TargetModel: Sendable, Equatable {
    /// From a message's arrival until its answer is ready.
    package let latencyNanoseconds: Int64
    /// The same for slow messages.
    package let slowNanoseconds: Int64
    /// Slow ones of each 1,000 messages, in places that the scenario's seed draws.
    package let slowPerThousand: Int
    /// Length of a stall; 0 for none.
    package let stallNanoseconds: Int64
    /// From the first arrival to the first stall, and from the start of a stall to the next.
    package let stallPeriodNanoseconds: Int64
    /// The least time between two answers.
    package let serviceNanoseconds: Int64
    /// Of each so many messages one has the fault; at least `ScenarioLimits.faultPeriods`.
    package let faultPeriods: [TargetFault: Int]

    /// The target of a scenario that says nothing of it: every message takes a millisecond.
    package static let plain = TargetModel(
        latencyNanoseconds: 1_000_000, slowNanoseconds: 0, slowPerThousand: 0,
        stallNanoseconds: 0, stallPeriodNanoseconds: 0, serviceNanoseconds: 0, faultPeriods: [:])
}

/// A fault that a target plants.
package enum TargetFault: String, CaseIterable, Sendable {
    /// The message is neither answered nor delivered.
    case lose
    /// It is acknowledged, and not delivered.
    case acknowledgeThenLose = "ack-then-lose"
    /// It is delivered twice.
    case duplicate
    /// It is delivered after the next message of its producer and partition.
    case reorder
    /// One bit of it is turned over.
    case corrupt
    /// It is delivered from another partition.
    case misroute
}

extension TargetModel {
    private static let keys = [
        "latency", "slow", "slow-per-thousand", "stall", "stall-every", "service", "faults",
    ]

    /// Reads `target`.
    init(_ node: ScenarioNode) throws(ScenarioError) {
        let reader = try MappingReader(
            node, title: "target", labelPrefix: "target.", keys: Self.keys)
        func time(_ key: String, _ fallback: Int64 = 0) throws(ScenarioError) -> Int64 {
            try reader.quantity(
                .duration, key, default: fallback, in: ScenarioLimits.targetNanoseconds)
        }
        latencyNanoseconds = try time("latency", Self.plain.latencyNanoseconds)
        slowNanoseconds = try time("slow")
        slowPerThousand = try reader.integer("slow-per-thousand", default: 0, in: 0...1_000)
        stallNanoseconds = try time("stall")
        stallPeriodNanoseconds = try time("stall-every")
        serviceNanoseconds = try time("service")
        faultPeriods = try Self.faults(reader.value("faults"))
        guard (slowNanoseconds > 0) == (slowPerThousand > 0) else {
            throw reader.contradiction(
                at: "slow", "give both slow and slow-per-thousand, or neither")
        }
        guard (stallNanoseconds > 0) == (stallPeriodNanoseconds > 0) else {
            throw reader.contradiction(at: "stall", "give both stall and stall-every, or neither")
        }
        guard stallNanoseconds == 0 || stallNanoseconds < stallPeriodNanoseconds else {
            throw reader.contradiction(
                at: "stall", "a stall as long as stall-every lets no message through")
        }
        guard slowPerThousand == 0 || serviceNanoseconds == 0 else {
            throw reader.contradiction(
                at: "service",
                "answers in turn (service) and messages of two latencies (slow) "
                    + "make a distribution that nobody has worked out")
        }
    }

    private static func faults(
        _ node: ScenarioNode?
    ) throws(ScenarioError) -> [TargetFault: Int] {
        guard let node else { return [:] }
        let reader = try MappingReader(
            node, title: "target.faults", labelPrefix: "target.faults.",
            keys: TargetFault.allCases.map(\.rawValue))
        var periods: [TargetFault: Int] = [:]
        for fault in TargetFault.allCases where reader.value(fault.rawValue) != nil {
            periods[fault] = try reader.integer(
                fault.rawValue, default: 0, in: ScenarioLimits.faultPeriods)
        }
        return periods
    }

    /// The keys that are no defaults.
    var tree: ScenarioTree {
        var members: [ScenarioTree.Member] = [
            .init(key: "latency", value: Self.duration(latencyNanoseconds))
        ]
        for (key, value) in [
            ("slow", slowNanoseconds), ("stall", stallNanoseconds),
            ("stall-every", stallPeriodNanoseconds), ("service", serviceNanoseconds),
        ] where value > 0 {
            members.append(.init(key: key, value: Self.duration(value)))
        }
        if slowPerThousand > 0 {
            members.append(
                .init(key: "slow-per-thousand", value: .integer(UInt64(slowPerThousand))))
        }
        if !faultPeriods.isEmpty {
            let faults = TargetFault.allCases.compactMap { fault in
                faultPeriods[fault].map {
                    ScenarioTree.Member(key: fault.rawValue, value: .integer(UInt64($0)))
                }
            }
            members.append(.init(key: "faults", value: .object(faults)))
        }
        return .object(members)
    }

    private static func duration(_ nanoseconds: Int64) -> ScenarioTree {
        .text(ScenarioUnit.duration.text(nanoseconds))
    }
}
