// What a subscriber hears of a topic that is deleted at that moment, turn by turn of the shards.

import AeroBroker
import AeroCore
import AeroIO
import AeroWire
import Glibc
import Testing

/// Two shards on the test's thread, and a client on each.
private final class TwoShards {
    private let broker: SteppedBroker<EpollPoller>
    let clients: [RawClient]

    init() throws {
        let listener = try TCPListener.bind(.loopback(port: 0))
        let address = listener.localAddress
        broker = try SteppedBroker<EpollPoller>(
            BrokerShape(shardCount: 2, poller: .epoll).configuration, brokerId: "stepped",
            listener: listener.take(), onNotice: { _ in }, onDiskWork: { _, _ in },
            makePoller: { (_) throws(Errno) in
                try EpollPoller(configuration: PollerConfiguration())
            })
        // Connections go to the shards in turn.
        clients = [try RawClient(socketTo: address), try RawClient(socketTo: address)]
        for client in clients {
            _ = try call(client, ConnectRequest(clientId: "test"), ConnectReply.self)
        }
    }

    /// Runs shards in turn until a client's answer is there; for a client that waits for one.
    func turn(_ shards: [Int], untilAnswered client: RawClient) throws {
        // BOUND: the suite's time limit.
        while !client.hasInput {
            for shard in shards { try broker.turn(shard) }
        }
    }

    func call<Body: ReplyPayload>(
        _ client: RawClient, _ request: some RequestPayload, _ type: Body.Type
    ) throws -> Body {
        let id = try client.post(request)
        try turn([0, 1], untilAnswered: client)
        return try client.body(of: try client.reply(to: id), type)
    }

    /// Has a shard do something for a client of the other one, by a message between them.
    func call(
        _ shard: Int, of topic: UInt32, _ partition: UInt32, from other: RawClient
    ) throws {
        let id = try other.post(
            FetchRequest(
                topicId: topic, partition: partition, offset: 0, minByteCount: 0,
                maxByteCount: 1 << 10, maxWaitMilliseconds: 0))
        for _ in 0..<2 { try broker.turn(1 - shard) }
        try broker.turn(shard)
        try turn([1 - shard], untilAnswered: other)
        #expect(try other.reply(to: id).code == .ok)
    }

    /// Lets every message between the shards, and every answer, get where it goes.
    func settle() throws {
        for _ in 0..<4 {
            for shard in 0..<2 { try broker.turn(shard) }
        }
    }

    private func stop() throws {
        for client in clients { client.close() }
        broker.stop()
        while !(broker.isDrained(0) && broker.isDrained(1)) {
            for shard in 0..<2 { try broker.turn(shard) }
        }
    }

    /// Runs `body` and ends the shards, also when it throws.
    static func run(_ body: (TwoShards) throws -> Void) throws {
        let shards = try TwoShards()
        let outcome = Result { try body(shards) }
        try shards.stop()
        try outcome.get()
    }
}

extension RawClient {
    /// True when something has come that was not read yet.
    fileprivate var hasInput: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }
}

@Suite(.timeLimit(.minutes(10))) struct DeletedTopicTests {
    /// Whoever ends a subscription while its topic is deleted is told of the deletion by a notice
    /// or, where the subscription is gone before the notice comes, by the answer.
    ///
    /// - Parameter isBusy: Whether the subscriber's shard has just had a message from the other
    ///   one: its poller then looks at sockets before it looks for the next message, or the other
    ///   way round.
    @Test(arguments: [0, 1], [true, false])
    func whoUnsubscribesAtThatMomentIsTold(subscriber: Int, isBusy: Bool) throws {
        try TwoShards.run { shards in
            let client = shards.clients[subscriber]
            let other = shards.clients[1 - subscriber]
            let topic = try shards.call(
                client, CreateTopicRequest(name: "t", partitionCount: 2, durability: .volatile),
                CreateTopicReply.self
            ).topicId
            let near = try #require(
                (UInt32(0)..<2).first {
                    PartitionPlacement.shard(topicId: topic, partition: $0, shardCount: 2)
                        == subscriber
                })
            let id: UInt64 = 1_000
            _ = try shards.call(
                client,
                SubscribeRequest(
                    subscriptionId: id, topicId: topic, partition: near, startKind: .earliest,
                    creditByteCount: 1 << 10), SubscribeReply.self)
            try shards.settle()
            if isBusy { try shards.call(subscriber, of: topic, near, from: other) }
            let deletion = try other.post(DeleteTopicRequest(name: "t"))
            try shards.turn([1 - subscriber], untilAnswered: other)
            #expect(try other.reply(to: deletion).code == .ok)
            let end = try client.post(UnsubscribeRequest(subscriptionId: id))
            try shards.settle()
            let code = try client.reply(to: end).code
            // The answer to a subscription that is gone comes behind the notice.
            let notice = code == .unknownSubscription ? try client.reply(to: id).code : code
            #expect(notice == .unknownTopic)
        }
    }
}
