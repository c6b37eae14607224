// CREDIT and ACKNOWLEDGE: how a subscriber steers what is pushed to it.

/// Grants a subscription more bytes. One-way.
///
/// `subscriptionId u64 | byteCount u32`
package struct CreditRequest: RequestPayload {
    /// The client's number for the subscription.
    package var subscriptionId: UInt64
    /// Bytes of DELIVER frames to add to what is left.
    package var byteCount: UInt32

    /// Makes a grant.
    @inlinable
    package init(subscriptionId: UInt64, byteCount: UInt32) {
        self.subscriptionId = subscriptionId
        self.byteCount = byteCount
    }

    @inlinable
    package static var command: Command { .credit }

    @inlinable
    package var encodedByteCount: Int { 12 }

    @inlinable
    package static func decode(from reader: inout WireReader) throws(WireError) -> CreditRequest {
        CreditRequest(
            subscriptionId: try reader.readInteger(), byteCount: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(subscriptionId)
        try writer.write(byteCount)
    }
}

/// Tells how far a subscription has been worked off; one-way when the request id is 0.
///
/// `subscriptionId u64 | throughOffset i64`
package struct AcknowledgeRequest: RequestPayload {
    /// The client's number for the subscription.
    package var subscriptionId: UInt64
    /// The last offset worked off; it and all before it are done.
    package var throughOffset: Int64

    /// Makes an acknowledgement.
    @inlinable
    package init(subscriptionId: UInt64, throughOffset: Int64) {
        self.subscriptionId = subscriptionId
        self.throughOffset = throughOffset
    }

    @inlinable
    package static var command: Command { .acknowledge }

    @inlinable
    package var encodedByteCount: Int { 16 }

    @inlinable
    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> AcknowledgeRequest {
        AcknowledgeRequest(
            subscriptionId: try reader.readInteger(), throughOffset: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(subscriptionId)
        try writer.write(throughOffset)
    }
}

/// Answers ACKNOWLEDGE when it asked for an answer.
package typealias AcknowledgeReply = EmptyReply
