// The catalog that all shards share: changed rarely, under a lock; read through a snapshot.

import AeroCore
import AeroWire
import Synchronization

/// A topic as the shards see it.
internal final class Topic: Sendable {
    let properties: TopicProperties
    let gauges: [PartitionGauges]

    convenience init(_ properties: TopicProperties) {
        self.init(
            properties, gauges: (0..<properties.partitionCount).map { _ in PartitionGauges() })
    }

    /// - Parameter gauges: One for each partition.
    init(_ properties: TopicProperties, gauges: [PartitionGauges]) {
        self.properties = properties
        self.gauges = gauges
    }
}

/// Topics by name and id for all shards.
///
/// The lock is taken by control requests, and by a shard that meets a topic id for the first
/// time; the data path finds its partitions in the shard's own table.
internal final class TopicDirectory: Sendable {
    private struct Contents {
        var catalog: TopicCatalog
        var topics: [UInt32: Topic] = [:]
        /// Ids below it are written down as given.
        var reservedIdEnd: UInt32
    }

    /// How many ids are written down as given at a time.
    private static let reservationCount: UInt32 = 64

    private let contents: Mutex<Contents>

    /// - Parameter catalog: The topics there are from the start.
    init(catalog: TopicCatalog) {
        var contents = Contents(catalog: catalog, reservedIdEnd: catalog.nextID)
        for topic in catalog.all { contents.topics[topic.topicId] = Topic(topic) }
        self.contents = Mutex(contents)
    }

    /// Creates a topic; a durable one is on disk when this returns.
    ///
    /// - Throws: As `TopicCatalog.create`; `.diskFull`, `.logFailed` when its directory cannot be
    ///   made.
    func create(
        _ request: CreateTopicRequest, on storage: BrokerStorage?
    ) throws(ErrorCode) -> TopicProperties {
        try change { (contents) throws(ErrorCode) in
            let topic = try contents.catalog.create(request)
            do throws(ErrorCode) {
                if let storage, topic.topicId >= contents.reservedIdEnd {
                    // What a client or a checkpoint knows of an id must not fit another topic.
                    let (end, isBeyond) = topic.topicId.addingReportingOverflow(
                        Self.reservationCount)
                    try storage.reserveTopicIds(below: isBeyond ? .max : end)
                    contents.reservedIdEnd = isBeyond ? .max : end
                }
                if topic.durability != .volatile { try storage?.create(topic) }
            } catch {
                _ = try contents.catalog.delete(topic.name)
                throw error
            }
            contents.topics[topic.topicId] = Topic(topic)
            return topic
        }
    }

    /// Deletes a topic; a durable one does not come back when this returns, unless storage has told
    /// otherwise.
    ///
    /// - Throws: `.unknownTopic`; `.diskFull`, `.logFailed` when its directory cannot be renamed:
    ///   then the topic stays.
    func delete(_ name: String, on storage: BrokerStorage?) throws(ErrorCode) -> TopicProperties {
        try change { (contents) throws(ErrorCode) in
            guard let topic = contents.catalog.topic(named: name) else { throw .unknownTopic }
            if topic.durability != .volatile { try storage?.delete(topic) }
            contents.topics[topic.topicId] = nil
            return try contents.catalog.delete(name)
        }
    }

    /// Changes a topic's settings, on disk first.
    ///
    /// - Throws: As `TopicCatalog.alter`; `.diskFull`, `.logFailed`.
    func alter(
        _ request: AlterTopicRequest, on storage: BrokerStorage?
    ) throws(ErrorCode) -> TopicProperties {
        try change { (contents) throws(ErrorCode) in
            var catalog = contents.catalog
            let topic = try catalog.alter(request)
            if topic.durability != .volatile { try storage?.alter(topic) }
            contents.catalog = catalog
            contents.topics[topic.topicId] = contents.topics[topic.topicId].map {
                Topic(topic, gauges: $0.gauges)
            }
            return topic
        }
    }

    private func change(
        _ body: (inout Contents) throws(ErrorCode) -> TopicProperties
    ) throws(ErrorCode) -> TopicProperties {
        let outcome: Result<TopicProperties, ErrorCode> = contents.withLock { contents in
            do throws(ErrorCode) {
                return .success(try body(&contents))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// Every topic, by id.
    var all: [Topic] {
        contents.withLock {
            $0.topics.values.sorted { $0.properties.topicId < $1.properties.topicId }
        }
    }

    func topic(named name: String) -> Topic? {
        contents.withLock { contents in
            contents.catalog.topic(named: name).flatMap { contents.topics[$0.topicId] }
        }
    }

    func topic(id: UInt32) -> Topic? { contents.withLock { $0.topics[id] } }

    var names: [String] { contents.withLock { $0.catalog.names } }
}
