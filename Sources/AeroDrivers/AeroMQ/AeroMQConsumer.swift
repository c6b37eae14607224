// Where one consumer stands in its topic-partitions.

import AeroLoad

/// A consumer's subscriptions, or its fetch positions.
struct AeroMQConsumer {
    /// Bytes that the broker may have under way to one subscription.
    static let creditByteCount = 4 << 20
    /// Bytes that one fetch asks for.
    static let fetchByteCount: UInt32 = 1 << 20
    /// How long the broker may hold a fetch.
    static let fetchWaitMilliseconds: UInt32 = 500

    let classIndex: Int
    let destinations: [Int]
    let group: String
    let isPulling: Bool
    /// By position in `destinations`.
    var states: [DestinationState]
    var needsFlush = false

    /// A consumer's place in one topic-partition.
    struct DestinationState {
        /// The next record expected; nil before the first subscription.
        var nextOffset: Int64?
        var isSubscribed = false
        /// Bytes delivered and not yet credited again.
        var uncreditedByteCount = 0
    }

    init(_ assignment: ConsumerAssignment, _ plan: LoadPlan) {
        classIndex = assignment.classIndex
        destinations = assignment.destinations
        group = plan.groupName(classIndex: assignment.classIndex, group: assignment.group)
        isPulling = plan.scenario.classes[assignment.classIndex].consume == .pull
        states = assignment.destinations.map { _ in DestinationState() }
    }

    /// True when every topic-partition is subscribed to, or fetched from.
    var isSubscribed: Bool { states.allSatisfy(\.isSubscribed) }
}
