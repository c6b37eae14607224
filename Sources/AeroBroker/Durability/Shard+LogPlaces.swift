// Places in a log, found by time; and settings that change while it is open.

import AeroCore
import AeroIO
import AeroStorage
import AeroWire

extension Shard where P: ~Copyable {
    // MARK: - FIND_OFFSET

    func findOffset(_ request: FindOffsetRequest, _ origin: RequestOrigin) {
        let key = PartitionKey(topicId: request.topicId, partition: request.partition)
        let timestamp = request.timestampMilliseconds
        let owner = shard(of: key)
        if owner == index {
            findOffset(key, timestampMilliseconds: timestamp, origin)
        } else {
            links[owner]?.post(.findOffset(origin, key, timestampMilliseconds: timestamp))
        }
    }

    /// At the partition: the first offset at or after a time.
    func findOffset(
        _ key: PartitionKey, timestampMilliseconds: Int64, _ origin: RequestOrigin
    ) {
        do throws(ErrorCode) {
            let partition = try self.partition(key)
            let offset = try partition.store.findOffset(atOrAfter: timestampMilliseconds)
            tell(origin.connection, .foundOffset(origin, offset))
        } catch {
            finish(origin, .findOffset, error)
        }
    }

    func foundOffset(_ origin: RequestOrigin, _ offset: Int64) {
        reply(FindOffsetReply(offset: offset), to: origin, .findOffset)
    }

    // MARK: - ALTER_TOPIC

    /// A topic's settings have changed: its logs on this shard follow them from now on.
    func alterTopic(_ topic: TopicProperties) {
        for partition in durablePartitions where partition.key.topicId == topic.topicId {
            partition.store.settings = LogSettings(topic)
        }
    }
}
