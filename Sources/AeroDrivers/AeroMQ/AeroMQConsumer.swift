// Where one consumer stands in its topic-partitions.

import AeroLoad
import AeroWire

/// A consumer's subscriptions, or its fetch positions.
struct AeroMQConsumer {
    /// Bytes that the broker may have under way to one subscription of a consumer that takes
    /// everything at once.
    private static let creditByteCountDefault = 4 << 20
    /// Bytes that one fetch of such a consumer asks for.
    private static let fetchByteCountDefault = 1 << 20
    /// How long the broker may hold a fetch.
    static let fetchWaitMilliseconds: UInt32 = 500

    let classIndex: Int
    let destinations: [Int]
    let group: String
    let isPulling: Bool
    /// Whether handling takes time: more is asked for once what was received is handled.
    let isPaced: Bool
    /// Bytes that the broker may have under way to one subscription.
    let creditByteCount: Int
    /// Bytes that one fetch asks for.
    let fetchByteCount: UInt32
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
        /// Times of batches that are delivered next, in their order.
        // BOUND: batches of one delivery; only a broker that breaks the protocol sends more.
        var stageTimes: [StageTimesPush] = []
        /// What was delivered and not handled yet, oldest first.
        var held: [HeldDelivery] = []
    }

    /// Messages in the hands of a consumer that takes its time.
    struct HeldDelivery {
        /// When the last of them is handled.
        let untilNanoseconds: Int64
        let byteCount: Int
        /// The offset behind them.
        let nextOffset: Int64?
    }

    init(_ assignment: ConsumerAssignment, _ plan: LoadPlan) {
        classIndex = assignment.classIndex
        destinations = assignment.destinations
        group = plan.groupName(classIndex: assignment.classIndex, group: assignment.group)
        let trafficClass = plan.scenario.classes[assignment.classIndex]
        isPulling = trafficClass.consume == .pull
        isPaced = trafficClass.handling != nil
        let window = trafficClass.handling?.windowByteCount
        creditByteCount = window ?? Self.creditByteCountDefault
        fetchByteCount = UInt32(window ?? Self.fetchByteCountDefault)
        states = assignment.destinations.map { _ in DestinationState() }
    }

    /// True when every topic-partition is subscribed to, or fetched from.
    var isSubscribed: Bool { states.allSatisfy(\.isSubscribed) }
}
