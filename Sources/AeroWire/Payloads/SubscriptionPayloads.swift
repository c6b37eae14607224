// SUBSCRIBE and UNSUBSCRIBE: when batches are pushed, and from where.

/// Where a subscription starts.
package enum StartKind: UInt8, CaseIterable, Sendable {
    /// At the first offset the partition still has.
    case earliest = 0
    /// At the next record to be appended.
    case latest = 1
    /// At `startOffset`.
    case offset = 2
    /// Where the group has got to.
    case committed = 3
}

/// Who says that a record has been worked off.
package enum AcknowledgementMode: UInt8, CaseIterable, Sendable {
    /// The broker, on sending it.
    case automatic = 0
    /// The client, by ACKNOWLEDGE.
    case manual = 1
}

/// Asks for batches to be pushed.
///
/// `subscriptionId u64 | topicId u32 | partition u32 | group string | startKind u8 |
/// startOffset i64 | creditByteCount u32 | acknowledgementMode u8 | memberId string |
/// generation i32`
package struct SubscribeRequest: RequestPayload {
    /// The client's number for the subscription, unique on its connection.
    package var subscriptionId: UInt64
    /// The topic's number.
    package var topicId: UInt32
    /// The partition, from 0.
    package var partition: UInt32
    /// The consumer group; empty for none.
    package var group: String
    /// Where to start.
    package var startKind: StartKind
    /// The first offset wanted when `startKind` is `.offset`. With `.committed`, what to do where
    /// the group has committed nothing: 0 for the earliest record, -1 for the latest. Else 0.
    package var startOffset: Int64
    /// Bytes of DELIVER frames the broker may send before CREDIT grants more.
    package var creditByteCount: UInt32
    /// Who acknowledges.
    package var acknowledgementMode: AcknowledgementMode
    /// The member of the group that subscribes what is assigned to it; empty for a consumer that
    /// has not joined.
    package var memberId: String
    /// The member's generation; -1 without a member.
    package var generation: Int32

    /// Makes a request from its fields.
    package init(
        subscriptionId: UInt64, topicId: UInt32, partition: UInt32, group: String = "",
        startKind: StartKind, startOffset: Int64 = 0, creditByteCount: UInt32,
        acknowledgementMode: AcknowledgementMode = .automatic, memberId: String = "",
        generation: Int32 = -1
    ) {
        self.subscriptionId = subscriptionId
        self.topicId = topicId
        self.partition = partition
        self.group = group
        self.startKind = startKind
        self.startOffset = startOffset
        self.creditByteCount = creditByteCount
        self.acknowledgementMode = acknowledgementMode
        self.memberId = memberId
        self.generation = generation
    }

    /// The `startOffset` that makes `.committed` start at the latest where there is no offset.
    package static let latestFallback: Int64 = -1

    package static var command: Command { .subscribe }

    package var encodedByteCount: Int {
        8 + 4 + 4 + 2 + group.utf8.count + 1 + 8 + 4 + 1 + 2 + memberId.utf8.count + 4
    }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> SubscribeRequest {
        SubscribeRequest(
            subscriptionId: try reader.readInteger(), topicId: try reader.readInteger(),
            partition: try reader.readInteger(),
            group: try reader.readText(limit: WireLimits.groupNameByteCountMax),
            startKind: try reader.readEnumeration(), startOffset: try reader.readInteger(),
            creditByteCount: try reader.readInteger(),
            acknowledgementMode: try reader.readEnumeration(),
            memberId: try reader.readText(limit: WireLimits.memberIdByteCountMax),
            generation: try reader.readInteger())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(subscriptionId)
        try writer.write(topicId)
        try writer.write(partition)
        try writer.write(text: group, limit: WireLimits.groupNameByteCountMax)
        try writer.write(startKind.rawValue)
        try writer.write(startOffset)
        try writer.write(creditByteCount)
        try writer.write(acknowledgementMode.rawValue)
        try writer.write(text: memberId, limit: WireLimits.memberIdByteCountMax)
        try writer.write(generation)
    }
}

/// `startOffset i64`
package struct SubscribeReply: ReplyPayload {
    /// The first offset that will be delivered, if it exists.
    package var startOffset: Int64

    /// Makes a reply.
    @inlinable
    package init(startOffset: Int64) { self.startOffset = startOffset }

    @inlinable
    package var encodedByteCount: Int { 8 }

    @inlinable
    package static func decode(from reader: inout WireReader) throws(WireError) -> SubscribeReply {
        SubscribeReply(startOffset: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(startOffset)
    }
}

/// Ends a subscription. `subscriptionId u64`
package struct UnsubscribeRequest: RequestPayload {
    /// The client's number for the subscription.
    package var subscriptionId: UInt64

    /// Makes a request.
    @inlinable
    package init(subscriptionId: UInt64) { self.subscriptionId = subscriptionId }

    @inlinable
    package static var command: Command { .unsubscribe }

    @inlinable
    package var encodedByteCount: Int { 8 }

    @inlinable
    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> UnsubscribeRequest {
        UnsubscribeRequest(subscriptionId: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(subscriptionId)
    }
}

/// Answers UNSUBSCRIBE; no DELIVER of the subscription follows it.
package typealias UnsubscribeReply = EmptyReply
