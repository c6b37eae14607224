// How a member finds out that a topic is gone, whichever of the broker's answers comes first.

import AeroCore
import AeroIO
import AeroMemory
import AeroWire
import Testing

@testable import AeroClient

@Suite struct GroupNoticeTests {
    private let keeper: PoolKeeper
    private let loop: ConnectionLoop
    private let engine: GroupEngine
    private let board = GroupEventBoard()

    init() throws {
        keeper = PoolKeeper(
            try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 1 << 20)))
        loop = try ConnectionLoop(
            ClientRuntime(brokerAddress: "nowhere:1", options: ConnectionOptions()),
            address: .loopback(port: 1), keeper: keeper, connected: Outcome<Void>())
        engine = GroupEngine(
            id: 1, group: "g", topics: ["orders", "other"], clientId: "test",
            options: GroupConsumerOptions(), inbox: ConsumerInbox(acknowledgesPrevious: true),
            board: board, store: nil, started: Outcome<Void>(), startDeadlineNanoseconds: .max)
        for (number, place) in [("orders", UInt32(5)), ("orders", 5), ("other", 6)].enumerated() {
            engine.lanes.append(
                GroupLane(
                    number: number, topic: place.0,
                    partition: TopicPartition(
                        topicId: place.1, partition: UInt32(number))))
        }
    }

    /// What happened, in order.
    private func events(_ body: () -> Void) async -> [GroupEvent] {
        let stream = board.events()
        body()
        board.close()
        var found: [GroupEvent] = []
        for await event in stream { found.append(event) }
        return found
    }

    /// A rebalance has taken the partition away before the notice came.
    @Test func anAnswerToUnsubscribeTells() async {
        engine.lanes[0].state = .unsubscribing
        engine.lanes[0].release = .committed
        let found = await events {
            engine.answered(.unsubscribe(lane: 0), .refused(.unknownTopic, message: ""), loop)
        }
        #expect(found == [.topicDeleted("orders")])
        #expect(!engine.lanes[0].isSubscribed && engine.lanes[0].state != .unsubscribing)
    }

    @Test func anAnswerToSubscribeTells() async {
        engine.lanes[0].state = .subscribing
        let found = await events {
            engine.answered(.subscribe(lane: 0), .refused(.unknownTopic, message: ""), loop)
        }
        #expect(found == [.topicDeleted("orders")])
        #expect(engine.lanes[0].state == .ended)
    }

    @Test func aTopicIsToldOnce() async {
        engine.lanes[0].state = .unsubscribing
        engine.lanes[1].state = .subscribing
        engine.lanes[2].state = .live
        let found = await events {
            engine.answered(.unsubscribe(lane: 0), .refused(.unknownTopic, message: ""), loop)
            engine.answered(.subscribe(lane: 1), .refused(.unknownTopic, message: ""), loop)
            engine.ended(lane: 2, .unknownTopic)
        }
        #expect(found == [.topicDeleted("orders"), .topicDeleted("other")])
    }

    /// Other ends of a subscription are no news of its topic.
    @Test func otherAnswersTellNothing() async {
        engine.lanes[0].state = .unsubscribing
        engine.lanes[1].state = .subscribing
        engine.lanes[2].state = .live
        let found = await events {
            engine.answered(
                .unsubscribe(lane: 0), .refused(.unknownSubscription, message: ""), loop)
            engine.answered(.subscribe(lane: 1), .refused(.memberFenced, message: ""), loop)
            engine.ended(lane: 2, .unknownMember)
        }
        #expect(found == [])
    }
}
