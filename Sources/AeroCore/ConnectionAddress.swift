// Where an answer goes: names a connection across shards.

/// A client connection, by the shard that owns it and its token there.
package struct ConnectionAddress: Hashable, Sendable {
    /// Index of the shard whose event loop owns the connection.
    package let shard: Int
    /// The connection's token in that shard's poller: never reused while anyone can ask for it.
    package let token: UInt64

    /// - Parameters:
    ///   - shard: Index of the owning shard.
    ///   - token: The token in its poller.
    package init(shard: Int, token: UInt64) {
        self.shard = shard
        self.token = token
    }
}

/// A request that is to be answered: the connection and the id the client gave it.
package struct RequestOrigin: Hashable, Sendable {
    /// Who asked.
    package let connection: ConnectionAddress
    /// The client's id of the request; 0 where the client wants no answer.
    package let requestId: UInt64

    /// - Parameters:
    ///   - connection: Who asked.
    ///   - requestId: The client's id of the request.
    package init(connection: ConnectionAddress, requestId: UInt64) {
        self.connection = connection
        self.requestId = requestId
    }
}
