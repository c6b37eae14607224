// The protocol order of one connection, as the broker sees it.

package import AeroWire

/// What a broker promises and expects on every connection.
package struct ConnectionTerms: Sendable, Equatable {
    /// Protocol versions served, lowest to highest.
    package var versions = WireLimits.protocolVersions
    /// Requests of one connection that may be unanswered at one time.
    package var inFlightRequestCountMax = 4_096
    /// How often a client has to send something, in milliseconds.
    package var heartbeatIntervalMilliseconds = 10_000

    package init() {}

    /// A connection silent for this long is closed: three missed heartbeats.
    package var idleLimitNanoseconds: Int64 {
        Int64(heartbeatIntervalMilliseconds) * 3_000_000
    }
}

/// Why the broker closes a connection; every close is counted under its reason.
package enum CloseReason: Int, Sendable, CaseIterable {
    /// The client said DISCONNECT, or ended the stream between frames.
    case finished
    /// The stream ended inside a frame, or the connection was reset.
    case broken
    /// A length below the minimum or otherwise out of step.
    case malformedFrame
    /// A frame over the limit.
    case frameTooLarge
    /// The first frame was not CONNECT.
    case notConnected
    /// No common protocol version.
    case unsupportedVersion
    /// Nothing was heard for three heartbeats.
    case idle
    /// No memory for the connection's next frame or answer.
    case memory
    /// The broker is stopping.
    case shutdown
    /// More connections than allowed.
    case tooManyConnections
    /// A file whose bytes were promised could not be read to the end.
    case unreadableFile
}

/// What the broker is to do with a frame.
package enum ConnectionAction: Equatable, Sendable {
    /// Answer a CONNECT: both sides speak this version.
    case welcome(version: UInt16)
    /// Carry the request out.
    case perform(Command)
    /// Answer with an error; the connection goes on.
    case refuse(ErrorCode)
    /// Answer with an error, then close.
    case refuseAndClose(ErrorCode, CloseReason)
    /// Answer, then close.
    case goodbye
}

/// Decides what each frame may do: handshake first, known commands, bounded requests in flight.
///
/// Pure: no I/O and no clock.
package struct BrokerConnectionStateMachine: ~Copyable {
    private enum State { case awaitingConnect, ready, closing }

    private let terms: ConnectionTerms
    private var state = State.awaitingConnect
    private var lastHeardNanoseconds: Int64
    /// Requests performed and not yet answered.
    package private(set) var inFlightRequestCount = 0

    /// - Parameters:
    ///   - terms: What the broker promises.
    ///   - nowNanoseconds: When the connection was accepted.
    package init(terms: ConnectionTerms, nowNanoseconds: Int64) {
        self.terms = terms
        lastHeardNanoseconds = nowNanoseconds
    }

    /// True once the handshake is done and until a close was decided.
    package var isReady: Bool { state == .ready }

    /// Bytes arrived.
    package mutating func heard(nowNanoseconds: Int64) { lastHeardNanoseconds = nowNanoseconds }

    /// True when nothing was heard for too long.
    package func isIdle(nowNanoseconds: Int64) -> Bool {
        nowNanoseconds - lastHeardNanoseconds > terms.idleLimitNanoseconds
    }

    /// When `isIdle` first holds if nothing is heard until then.
    package var idleDeadlineNanoseconds: Int64 {
        lastHeardNanoseconds + terms.idleLimitNanoseconds + 1
    }

    /// A frame other than CONNECT arrived.
    ///
    /// - Parameters:
    ///   - rawCommand: The command field as it came.
    ///   - expectsReply: False for one-way requests, which never count as in flight.
    package mutating func received(
        rawCommand: UInt16, expectsReply: Bool
    ) -> ConnectionAction {
        switch state {
        case .awaitingConnect:
            state = .closing
            return .refuseAndClose(.notConnected, .notConnected)
        case .closing:
            return .refuse(.shuttingDown)
        case .ready:
            break
        }
        guard let command = Command(rawValue: rawCommand) else { return .refuse(.unknownCommand) }
        switch command {
        case .connect: return .refuse(.alreadyConnected)
        case .disconnect:
            state = .closing
            return .goodbye
        case .deliver, .stageTimes: return .refuse(.unknownCommand)
        case .joinCluster, .leaveCluster: return .refuse(.notSupported)
        default: break
        }
        guard expectsReply else { return .perform(command) }
        guard inFlightRequestCount < terms.inFlightRequestCountMax else {
            return .refuse(.tooManyInFlight)
        }
        inFlightRequestCount += 1
        return .perform(command)
    }

    /// A CONNECT arrived with the client's range of versions.
    package mutating func receivedConnect(
        minimumVersion: UInt16, maximumVersion: UInt16
    ) -> ConnectionAction {
        guard state == .awaitingConnect else { return .refuse(.alreadyConnected) }
        let common = ConnectRequest.negotiate(
            minVersion: minimumVersion, maxVersion: maximumVersion, supported: terms.versions)
        guard let common else {
            state = .closing
            return .refuseAndClose(.unsupportedVersion, .unsupportedVersion)
        }
        state = .ready
        return .welcome(version: common)
    }

    /// A performed request was answered.
    package mutating func answered() {
        precondition(inFlightRequestCount > 0, "an answer without a request")
        inFlightRequestCount -= 1
    }

    /// The broker stops: nothing new is accepted, what is in flight is still answered.
    package mutating func stopAccepting() { state = .closing }
}
