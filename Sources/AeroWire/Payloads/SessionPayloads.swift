// DISCONNECT, PING and the cluster commands: what keeps a session going and ends it.

/// The body of replies that say no more than that the request was carried out.
package struct EmptyReply: ReplyPayload {
    /// Makes the empty body.
    @inlinable
    package init() {}

    @inlinable
    package var encodedByteCount: Int { 0 }

    @inlinable
    package static func decode(from reader: inout WireReader) throws(WireError) -> EmptyReply {
        EmptyReply()
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {}
}

/// Answers DISCONNECT, once everything before it has been answered.
package typealias DisconnectReply = EmptyReply

/// Closes the session in order.
package struct DisconnectRequest: RequestPayload {
    /// Makes the request.
    package init() {}

    package static var command: Command { .disconnect }

    package var encodedByteCount: Int { 0 }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> DisconnectRequest {
        DisconnectRequest()
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {}
}

/// Proves that the client is alive, and times the way there and back.
///
/// `opaque u64`
package struct PingRequest: RequestPayload {
    /// Comes back in the reply.
    package var opaque: UInt64

    /// Makes a request.
    @inlinable
    package init(opaque: UInt64) { self.opaque = opaque }

    @inlinable
    package static var command: Command { .ping }

    @inlinable
    package var encodedByteCount: Int { 8 }

    @inlinable
    package static func decode(from reader: inout WireReader) throws(WireError) -> PingRequest {
        PingRequest(opaque: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(opaque)
    }
}

/// `opaque u64`
package struct PingReply: ReplyPayload {
    /// What the request carried.
    package var opaque: UInt64

    /// Makes a reply.
    @inlinable
    package init(opaque: UInt64) { self.opaque = opaque }

    @inlinable
    package var encodedByteCount: Int { 8 }

    @inlinable
    package static func decode(from reader: inout WireReader) throws(WireError) -> PingReply {
        PingReply(opaque: try reader.readInteger())
    }

    @inlinable
    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(opaque)
    }
}
