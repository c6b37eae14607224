// Connections of a shard: accepted, heard, closed.

import AeroCore
import AeroIO
import AeroMemory
import AeroWire

extension Shard where P: ~Copyable {
    /// A socket was accepted: it is kept here or handed to another shard, each in its turn.
    func accepted(_ socket: Int32) {
        let target = nextAdoptingShard
        nextAdoptingShard = (nextAdoptingShard + 1) % configuration.shardCount
        if target == index {
            adopt(FileDescriptor(owning: socket))
        } else {
            links[target]?.post(.adopt(socket: socket))
        }
    }

    /// Makes a socket a connection of this shard.
    func adopt(_ socket: consuming FileDescriptor) {
        guard drainDeadlineNanoseconds == nil else {
            TCPConnection.turnAway(socket, saying: Self.lastWords(.shuttingDown))
            return
        }
        guard context.admitConnection(limit: configuration.connectionCountMax) else {
            counters.countClose(.tooManyConnections)
            TCPConnection.turnAway(socket, saying: Self.lastWords(.tooManyConnections))
            return
        }
        let token = connections.makeToken()
        let peer = Self.peer(of: socket)
        do throws(Errno) {
            try configuration.socketOptions.apply(to: socket)
            try poller.addConnection(socket, token: token)
        } catch {
            connections.discard(token)
            context.releaseConnection()
            counters.countClose(.broken)
            return
        }
        let idleTimer = idleTimers.insert(
            deadlineNanoseconds: nowNanoseconds
                + configuration.connectionTerms.idleLimitNanoseconds,
            payload: token.rawValue)
        connections.insert(
            BrokerConnection(
                token: token, configuration: configuration, reserves: reserves,
                vectors: sendVectors, idleTimer: idleTimer, nowNanoseconds: nowNanoseconds))
        connections[token]?.peer = peer
        counters.add(1, to: .connectionsAccepted)
        counters.set(.connectionsOpen, to: connections.count)
    }

    /// What a connection that is not taken is told: a refusal of the stream, as in `refuseStream`.
    private static func lastWords(_ code: ErrorCode) -> [UInt8] {
        let header = FrameHeader(
            commandCode: Command.disconnect.rawValue, requestId: 0, payloadByteCount: 0)
        do throws(WireError) {
            return try FailureReply(code, code.explanation).frameBytes(replyingTo: header)
        } catch {
            preconditionFailure("a refusal did not encode: \(error)")
        }
    }

    /// Where a client connects from; nil when it has gone already.
    private static func peer(of socket: borrowing FileDescriptor) -> SocketAddress? {
        do throws(Errno) { return try TCPConnection.peerAddress(of: socket) } catch { return nil }
    }

    /// Bytes arrived: cuts them into frames and carries each out.
    func received(_ bytes: UnsafeRawBufferPointer, on token: Token) {
        guard let connection = connections[token], connection.closeReason == nil else { return }
        counters.add(bytes.count, to: .bytesReceived)
        connection.machine.heard(nowNanoseconds: nowNanoseconds)
        if connection.measuresStages { noteReceipt(on: connection) }
        var position = 0
        while connection.closeReason == nil {
            do throws(AssemblyError) {
                guard
                    let frame = try connection.assembler.next(
                        in: bytes, position: &position, pool: pool)
                else { return }
                counters.add(1, to: .framesReceived)
                perform(frame, on: connection)
            } catch {
                refuseStream(connection, error)
            }
        }
    }

    /// The client will send no more.
    func ended(_ token: Token) {
        guard let connection = connections[token] else { return }
        let reason: CloseReason = connection.assembler.isInsideFrame ? .broken : .finished
        closeWhenFlushed(connection, reason)
    }

    /// The connection was reset or otherwise failed, or a file that was sent on it; a failed
    /// listener only counts.
    func failed(_ token: Token, _ errno: Errno) {
        guard let connection = connections[token] else { return }
        close(connection, errno.concernsFile ? .unreadableFile : .broken)
    }

    /// The poller is done with the connection's memory.
    func closed(_ token: Token) {
        guard let connection = connections[token] else { return }
        // The object itself may be held until the next tick.
        connection.output.removeAll()
        connection.assembler.removeAll()
        idleTimers.cancel(connection.idleTimer)
        connections.remove(token)
        context.releaseConnection()
        counters.set(.connectionsOpen, to: connections.count)
    }

    // MARK: - Idle connections

    /// Closes the connections that were silent for too long.
    ///
    /// A timer that goes off looks when its client was last heard, and is set anew: so a busy
    /// connection costs a look in three heartbeats, and none is looked at in between.
    func closeSilentConnections() {
        // BOUND: each timer is set anew beyond now.
        while let payload = idleTimers.popExpired(nowNanoseconds: nowNanoseconds) {
            let token = Token(rawValue: payload)
            guard let connection = connections[token], !connection.isClosing else { continue }
            // One that is not read from because its appends wait cannot be heard either.
            let isWaiting = connection.parkedAppendCount > 0
            if !isWaiting, connection.machine.isIdle(nowNanoseconds: nowNanoseconds) {
                close(connection, .idle)
                continue
            }
            let limit = configuration.connectionTerms.idleLimitNanoseconds
            let deadline =
                isWaiting ? nowNanoseconds + limit : connection.machine.idleDeadlineNanoseconds
            connection.idleTimer = idleTimers.insert(
                deadlineNanoseconds: deadline, payload: payload)
        }
    }

    /// Takes back the output memory of connections that had no output since the last call.
    func trimQuietConnections() {
        var keptCount = 0
        for position in warmConnections.indices {
            let connection = warmConnections[position]
            if connection.isClosing { continue }
            if connection.hadOutput || !connection.output.isEmpty {
                connection.hadOutput = false
                warmConnections[keptCount] = connection
                keptCount += 1
            } else {
                connection.isWarm = false
                connection.output.trim()
            }
        }
        warmConnections.removeLast(warmConnections.count - keptCount)
    }

    // MARK: - Closing

    /// Closes at once: what was promised on this connection is forgotten.
    func close(_ connection: BrokerConnection, _ reason: CloseReason) {
        guard !connection.isClosing else { return }
        connection.isClosing = true
        counters.countClose(connection.closeReason ?? reason)
        if connection.closeReason == nil { connection.closeReason = reason }
        forgetRequests(of: connection)
        poller.close(connection.token)
    }

    /// Closes once everything queued has been sent.
    func closeWhenFlushed(_ connection: BrokerConnection, _ reason: CloseReason) {
        guard connection.closeReason == nil else { return }
        connection.closeReason = reason
        poller.setReceiving(connection.token, false)
        if reason == .finished { endWaiting(of: connection) }
        scheduleFlush(connection)
    }

    /// The client will say no more: its long polls end now and its subscriptions with them, so
    /// that nothing but requests that will be answered soon keeps the connection open.
    private func endWaiting(of connection: BrokerConnection) {
        let address = address(of: connection)
        if connection.usesGroups { broadcast(.endWaiting(address)) }
        endWaiting(of: address)
        for case let link? in links { link.post(.endWaiting(address)) }
    }

    /// The stream is out of step: says why, as far as a client can still hear it, and closes.
    private func refuseStream(_ connection: BrokerConnection, _ error: AssemblyError) {
        let code: ErrorCode
        let reason: CloseReason
        switch error {
        case .wire(.frameTooLarge):
            (code, reason) = (.frameTooLarge, .frameTooLarge)
        case .wire:
            (code, reason) = (.malformedFrame, .malformedFrame)
        case .memory:
            (code, reason) = (.memoryFull, .memory)
        }
        refuse(RequestOrigin(connection: address(of: connection), requestId: 0), .disconnect, code)
        closeWhenFlushed(connection, reason)
    }

    /// Takes back everything that partitions, here and elsewhere, hold for a connection.
    private func forgetRequests(of connection: BrokerConnection) {
        if connection.usesGroups { broadcast(.connectionLost(address(of: connection))) }
        guard connection.hasNamedPartitions else { return }
        let address = address(of: connection)
        disconnected(address)
        for case let link? in links { link.post(.disconnected(address)) }
    }

    /// The connection's name for other shards.
    func address(of connection: BrokerConnection) -> ConnectionAddress {
        ConnectionAddress(shard: index, token: connection.token.rawValue)
    }

    /// The connection of an address on this shard, if it is still there.
    func connection(at address: ConnectionAddress) -> BrokerConnection? {
        connections[Token(rawValue: address.token)]
    }

    /// Reads from the connection only while none of its work waits for somebody else.
    ///
    /// A connection that also consumes is read on while its appends wait: what they wait for may be
    /// an acknowledgement that comes by this very connection. Its waiting appends are bounded by
    /// its requests in flight and by the memory cap.
    func updateReceiving(_ connection: BrokerConnection) {
        let isWaitingForOthers =
            connection.parkedAppendCount > 0 && connection.subscriptions.isEmpty
            || connection.isWaitingForLink
        let shouldReceive =
            !isWaitingForOthers && !connection.isHeldBack && connection.closeReason == nil
        guard shouldReceive != connection.isReceiving else { return }
        connection.isReceiving = shouldReceive
        poller.setReceiving(connection.token, shouldReceive)
    }
}
