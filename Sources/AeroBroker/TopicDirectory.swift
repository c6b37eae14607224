// The catalog that all shards share: changed rarely, under a lock; read through a snapshot.

import AeroCore
import AeroWire
import Synchronization

/// A topic as the shards see it.
internal final class Topic: Sendable {
    let properties: TopicProperties
    let gauges: [PartitionGauges]

    init(_ properties: TopicProperties) {
        self.properties = properties
        gauges = (0..<properties.partitionCount).map { _ in PartitionGauges() }
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
    }

    private let contents: Mutex<Contents>

    init(limits: TopicLimits) {
        contents = Mutex(Contents(catalog: TopicCatalog(limits: limits)))
    }

    func create(_ request: CreateTopicRequest) throws(ErrorCode) -> TopicProperties {
        let outcome: Result<TopicProperties, ErrorCode> = contents.withLock { contents in
            do throws(ErrorCode) {
                let properties = try contents.catalog.create(request)
                contents.topics[properties.topicId] = Topic(properties)
                return .success(properties)
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    func delete(_ name: String) throws(ErrorCode) -> TopicProperties {
        let outcome: Result<TopicProperties, ErrorCode> = contents.withLock { contents in
            do throws(ErrorCode) {
                let properties = try contents.catalog.delete(name)
                contents.topics[properties.topicId] = nil
                return .success(properties)
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    func topic(named name: String) -> Topic? {
        contents.withLock { contents in
            contents.catalog.topic(named: name).flatMap { contents.topics[$0.topicId] }
        }
    }

    func topic(id: UInt32) -> Topic? { contents.withLock { $0.topics[id] } }

    var names: [String] { contents.withLock { $0.catalog.names } }
}
