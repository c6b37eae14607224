// The requests of the native protocol, one call each.

import AeroWire

extension RawClient {
    @discardableResult
    func createTopic(
        _ name: String, partitions: UInt32 = 1, durability: TopicDurability = .volatile,
        retention: UInt64 = 0, maximum: UInt64 = 0, settings: [TopicSetting] = []
    ) throws -> UInt32 {
        try call(
            CreateTopicRequest(
                name: name, partitionCount: partitions, durability: durability,
                retentionByteCount: retention, maximumByteCount: maximum, settings: settings),
            CreateTopicReply.self
        ).topicId
    }

    func deleteTopic(_ name: String) throws {
        _ = try call(DeleteTopicRequest(name: name), DeleteTopicReply.self)
    }

    /// Sends a batch without waiting.
    @discardableResult
    func postSend(
        _ batch: [UInt8], topic: UInt32, partition: UInt32 = 0, acks: RequiredAcks = .leader,
        timeoutMilliseconds: UInt32 = 30_000, requestId: UInt64? = nil
    ) throws -> UInt64 {
        let id = requestId ?? makeRequestId()
        try send(
            TestFrames.send(
                batch, topic: topic, partition: partition, acks: acks,
                timeoutMilliseconds: timeoutMilliseconds, requestId: id))
        return id
    }

    /// The base offset that a posted SEND was given.
    func baseOffset(_ requestId: UInt64) throws -> Int64 {
        try body(of: try reply(to: requestId), SendReply.self).baseOffset
    }

    @discardableResult
    func append(_ batch: [UInt8], topic: UInt32, partition: UInt32 = 0) throws -> Int64 {
        try baseOffset(try postSend(batch, topic: topic, partition: partition))
    }

    /// Fetches and gives the answer with its batches.
    func fetch(
        topic: UInt32, partition: UInt32 = 0, offset: Int64, minimum: UInt32 = 0,
        maximum: UInt32 = 1 << 20, waitMilliseconds: UInt32 = 0
    ) throws -> (reply: FetchReply, batches: [UInt8]) {
        let id = try post(
            FetchRequest(
                topicId: topic, partition: partition, offset: offset, minByteCount: minimum,
                maxByteCount: maximum, maxWaitMilliseconds: waitMilliseconds))
        return try fetched(id)
    }

    /// The answer to a posted FETCH.
    func fetched(_ requestId: UInt64) throws -> (reply: FetchReply, batches: [UInt8]) {
        let frame = try reply(to: requestId)
        let found = try body(of: frame, FetchReply.self)
        return (found, Array(frame.payload[found.batches]))
    }

    @discardableResult
    func subscribe(
        _ id: UInt64, topic: UInt32, partition: UInt32 = 0, group: String = "",
        start: StartKind = .earliest, credit: UInt32 = 1 << 20,
        mode: AcknowledgementMode = .automatic
    ) throws -> Int64 {
        try call(
            SubscribeRequest(
                subscriptionId: id, topicId: topic, partition: partition, group: group,
                startKind: start, creditByteCount: credit, acknowledgementMode: mode),
            SubscribeReply.self
        ).startOffset
    }

    func acknowledge(_ id: UInt64, through offset: Int64) throws {
        _ = try call(
            AcknowledgeRequest(subscriptionId: id, throughOffset: offset), AcknowledgeReply.self)
    }

    func credit(_ id: UInt64, _ byteCount: UInt32) throws {
        try post(CreditRequest(subscriptionId: id, byteCount: byteCount), requestId: 0)
    }

    func ping() throws { _ = try call(PingRequest(opaque: 7), PingReply.self) }

    func statistics() throws -> [String: Int64] {
        let entries = try call(StatisticsRequest(), StatisticsReply.self).entries
        return Dictionary(entries.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// Asks for statistics again and again until they are as wished for; false after many tries.
    // BOUND: round trips, each of which lets the broker do what it has to do.
    func awaitStatistics(_ isWished: ([String: Int64]) -> Bool) throws -> Bool {
        for _ in 0..<20_000 where isWished(try statistics()) { return true }
        return false
    }

    /// Takes values pushed to this client until there are `count`; with `id`, only those pushed to
    /// that subscription, and each delivery is acknowledged.
    func takeValues(_ count: Int, acknowledging id: UInt64? = nil) throws -> [[UInt8]] {
        var values: [[UInt8]] = []
        while values.count < count {
            let delivery = try nextDelivery()
            if let id, delivery.subscriptionId != id { continue }
            let records = try TestBatches.records(in: delivery.batches)
            values += records.map(\.value)
            if let id, let last = records.last { try acknowledge(id, through: last.offset) }
        }
        return values
    }
}
