// Places in a partition's log, by time.

import AeroWire

extension Admin {
    /// Where the records begin that are not older than a time.
    ///
    /// - Parameter milliseconds: Since 1970-01-01 UTC.
    /// - Returns: The offset of the first batch that has such a record; the offset of the next
    ///   record to come when there is none.
    /// - Throws: `.unknownTopic`, `.unknownPartition`.
    public func firstOffset(
        topic: String, partition: Int, sinceMilliseconds milliseconds: Int64
    ) async throws(ClientError) -> Int64 {
        let description = try await describe(topic)
        guard description.partitions.indices.contains(partition) else {
            throw ClientError(
                .unknownPartition,
                "topic \(topic) has \(description.partitions.count) partitions; there is no "
                    + "partition \(partition)",
                brokerAddress: handle.runtime.brokerAddress)
        }
        let reply: FindOffsetReply = try await handle.runtime.call(
            FindOffsetRequest(
                topicId: description.topicId, partition: UInt32(partition),
                timestampMilliseconds: milliseconds))
        return reply.offset
    }
}
