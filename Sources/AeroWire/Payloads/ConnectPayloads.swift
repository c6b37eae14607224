// CONNECT: versions, identity, features and credentials; the answer sets the session's limits.

/// Opens a session.
///
/// `minVersion u16 | maxVersion u16 | clientId string | features u64 | authMechanism string |
/// authData bytes`
package struct ConnectRequest: RequestPayload {
    /// The oldest protocol version the client speaks.
    package var minVersion: UInt16
    /// The newest protocol version the client speaks.
    package var maxVersion: UInt16
    /// A name for logs and quotas; may be empty.
    package var clientId: String
    /// Optional features the client would use, one bit each: `ProtocolFeatures`.
    package var features: UInt64
    /// How the client proves who it is; empty for anonymous.
    package var authMechanism: String
    /// The mechanism's first message.
    package var authData: [UInt8]

    /// Makes a request; the versions default to those of this build.
    package init(
        minVersion: UInt16 = WireLimits.protocolVersions.lowerBound,
        maxVersion: UInt16 = WireLimits.protocolVersions.upperBound,
        clientId: String, features: UInt64 = 0, authMechanism: String = "",
        authData: [UInt8] = []
    ) {
        self.minVersion = minVersion
        self.maxVersion = maxVersion
        self.clientId = clientId
        self.features = features
        self.authMechanism = authMechanism
        self.authData = authData
    }

    /// The newest version that both ends speak, or `nil` when there is none.
    ///
    /// - Parameter supported: The versions of the broker.
    package func negotiatedVersion(
        supported: ClosedRange<UInt16> = WireLimits.protocolVersions
    ) -> UInt16? {
        Self.negotiate(minVersion: minVersion, maxVersion: maxVersion, supported: supported)
    }

    /// The newest version in a client's range and a broker's, or nil without one in common.
    package static func negotiate(
        minVersion: UInt16, maxVersion: UInt16, supported: ClosedRange<UInt16>
    ) -> UInt16? {
        guard minVersion <= maxVersion else { return nil }
        let newest = min(maxVersion, supported.upperBound)
        return newest >= max(minVersion, supported.lowerBound) ? newest : nil
    }

    package static var command: Command { .connect }

    package var encodedByteCount: Int {
        4 + 2 + clientId.utf8.count + 8 + 2 + authMechanism.utf8.count + 4 + authData.count
    }

    package static func decode(from reader: inout WireReader) throws(WireError) -> ConnectRequest {
        ConnectRequest(
            minVersion: try reader.readInteger(),
            maxVersion: try reader.readInteger(),
            clientId: try reader.readText(limit: WireLimits.peerIdByteCountMax),
            features: try reader.readInteger(),
            authMechanism: try reader.readText(
                limit: WireLimits.authenticationMechanismByteCountMax),
            authData: try reader.readByteArray(limit: WireLimits.authenticationDataByteCountMax))
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(minVersion)
        try writer.write(maxVersion)
        try writer.write(text: clientId, limit: WireLimits.peerIdByteCountMax)
        try writer.write(features)
        try writer.write(
            text: authMechanism, limit: WireLimits.authenticationMechanismByteCountMax)
        try writer.write(bytes: authData, limit: WireLimits.authenticationDataByteCountMax)
    }
}

/// The session's terms.
///
/// `version u16 | brokerId string | features u64 | maxFrameByteCount u32 |
/// maxInFlightRequests u32 | heartbeatIntervalMilliseconds u32 | sessionId u64`
package struct ConnectReply: ReplyPayload {
    /// The version both ends speak from now on.
    package var version: UInt16
    /// The broker's name.
    package var brokerId: String
    /// The features that both ends have.
    package var features: UInt64
    /// The largest frame the broker accepts, header included.
    package var maxFrameByteCount: UInt32
    /// The most unanswered requests the broker accepts on this connection.
    package var maxInFlightRequests: UInt32
    /// A client that is silent for longer than a few of these is taken for gone; 0 for never.
    package var heartbeatIntervalMilliseconds: UInt32
    /// Names the session in logs and statistics.
    package var sessionId: UInt64

    /// Makes a reply from its fields.
    package init(
        version: UInt16, brokerId: String, features: UInt64, maxFrameByteCount: UInt32,
        maxInFlightRequests: UInt32, heartbeatIntervalMilliseconds: UInt32, sessionId: UInt64
    ) {
        self.version = version
        self.brokerId = brokerId
        self.features = features
        self.maxFrameByteCount = maxFrameByteCount
        self.maxInFlightRequests = maxInFlightRequests
        self.heartbeatIntervalMilliseconds = heartbeatIntervalMilliseconds
        self.sessionId = sessionId
    }

    package var encodedByteCount: Int { 2 + 2 + brokerId.utf8.count + 8 + 4 + 4 + 4 + 8 }

    package static func decode(from reader: inout WireReader) throws(WireError) -> ConnectReply {
        ConnectReply(
            version: try reader.readInteger(),
            brokerId: try reader.readText(limit: WireLimits.peerIdByteCountMax),
            features: try reader.readInteger(),
            maxFrameByteCount: try reader.readInteger(),
            maxInFlightRequests: try reader.readInteger(),
            heartbeatIntervalMilliseconds: try reader.readInteger(),
            sessionId: try reader.readInteger())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(version)
        try writer.write(text: brokerId, limit: WireLimits.peerIdByteCountMax)
        try writer.write(features)
        try writer.write(maxFrameByteCount)
        try writer.write(maxInFlightRequests)
        try writer.write(heartbeatIntervalMilliseconds)
        try writer.write(sessionId)
    }
}
