// Answers and deliveries: encoded into a connection's output, sent at the end of each turn.

import AeroCore
import AeroIO
import AeroMemory
import AeroWire

extension Shard where P: ~Copyable {
    // MARK: - Answers

    /// Answers a request with its payload.
    ///
    /// - Parameter countsAsAnswer: False for requests that the state machine did not count in.
    func reply(
        _ payload: some ReplyPayload, to origin: RequestOrigin, _ command: Command,
        countsAsAnswer: Bool = true
    ) {
        guard origin.requestId != 0, let connection = connection(at: origin.connection) else {
            return
        }
        if countsAsAnswer { connection.machine.answered() }
        write(payload.frameByteCount, to: connection) { (room) throws(WireError) in
            try payload.encodeFrame(replyingTo: origin.header(command), into: room)
        }
    }

    /// Answers a request that was counted in with a code.
    func answer(
        _ origin: RequestOrigin, _ command: Command, _ code: ErrorCode, _ message: String? = nil
    ) {
        guard origin.requestId != 0 else { return }
        countAnswer(origin)
        if code == .ok {
            reply(EmptyReply(), to: origin, command, countsAsAnswer: false)
        } else {
            refuse(origin, command, code, message)
        }
    }

    /// Says no to something that was not counted in.
    func refuse(
        _ origin: RequestOrigin, _ command: Command, _ code: ErrorCode, _ message: String? = nil
    ) {
        refuse(origin, code: command.rawValue, code, message)
    }

    /// Says no, naming the command by its number, also when nobody knows it.
    func refuse(
        _ origin: RequestOrigin, code command: UInt16, _ code: ErrorCode,
        _ message: String? = nil
    ) {
        counters.add(1, to: .requestsRefused)
        guard let connection = connection(at: origin.connection) else { return }
        let failure = FailureReply(code, message ?? code.explanation)
        let header = FrameHeader(
            commandCode: command, requestId: origin.requestId, payloadByteCount: 0)
        write(failure.frameByteCount, to: connection) { (room) throws(WireError) in
            try failure.encodeFrame(replyingTo: header, into: room)
        }
    }

    /// The request has been answered, or never will be.
    func countAnswer(_ origin: RequestOrigin) {
        connection(at: origin.connection)?.machine.answered()
    }

    /// Answers a FETCH: the prefix is encoded, the batches are sent from where they are stored.
    func replyWithBatches(_ answer: FetchAnswer, to origin: RequestOrigin) {
        guard origin.requestId != 0, let connection = connection(at: origin.connection) else {
            return
        }
        connection.machine.answered()
        let reply = FetchReply(
            logStartOffset: answer.logStartOffset, highWatermark: answer.highWatermark,
            batches: 0..<(answer.batches?.byteCount ?? 0))
        let isWritten = write(FetchReply.prefixByteCount, to: connection) {
            (room) throws(WireError) in
            try reply.encodePrefix(replyingTo: origin.requestId, into: room)
        }
        if isWritten, let batches = answer.batches { queue(batches, on: connection) }
    }

    /// Queues a DELIVER frame on a connection of this shard.
    func deliver(
        _ slice: BatchSlice, _ subscriptionId: UInt64, _ highWatermark: Int64,
        to address: ConnectionAddress
    ) {
        guard let connection = connection(at: address), !connection.isClosing else { return }
        let push = DeliverPush(highWatermark: highWatermark, batches: 0..<slice.byteCount)
        let isWritten = write(DeliverPush.prefixByteCount, to: connection) {
            (room) throws(WireError) in
            try push.encodePrefix(subscriptionId: subscriptionId, into: room)
        }
        if isWritten { queue(slice, on: connection) }
    }

    /// Queues stored batches behind the prefix that names them.
    private func queue(_ slice: BatchSlice, on connection: BrokerConnection) {
        switch slice {
        case .memory(let bytes): connection.output.append(bytes)
        case .file(let bytes): connection.output.append(bytes)
        }
        checkHighWatermark(connection)
    }

    /// Encodes a small frame at the end of a connection's output.
    ///
    /// - Returns: False when there was no memory; the connection is closed then, because an
    ///   answer that was promised cannot be given.
    @discardableResult
    func write<Written>(
        _ byteCount: Int, to connection: BrokerConnection,
        _ encode: (UnsafeMutableRawBufferPointer) throws(WireError) -> Written
    ) -> Bool {
        guard !connection.isClosing else { return false }
        do {
            let room = try connection.output.claim(
                byteCount, from: pool, keepingFree: reserves.frameByteCount)
            _ = try encode(UnsafeMutableRawBufferPointer(start: room, count: byteCount))
        } catch let error as WireError {
            preconditionFailure("a frame of \(byteCount) B did not encode: \(error)")
        } catch {
            close(connection, .memory)
            return false
        }
        scheduleFlush(connection)
        checkHighWatermark(connection)
        return true
    }

    // MARK: - Sending

    /// The connection is flushed at the end of this turn of the loop.
    func scheduleFlush(_ connection: BrokerConnection) {
        guard !connection.isFlushScheduled else { return }
        connection.isFlushScheduled = true
        connectionsToFlush.append(connection)
        connection.hadOutput = true
        guard !connection.isWarm else { return }
        connection.isWarm = true
        warmConnections.append(connection)
    }

    /// Hands all queued output to the kernel.
    func flushConnections() {
        for connection in connectionsToFlush {
            connection.isFlushScheduled = false
            flush(connection)
        }
        connectionsToFlush.removeAll(keepingCapacity: true)
    }

    private func flush(_ connection: BrokerConnection) {
        guard !connection.isClosing, !connection.output.isSending else { return }
        if connection.output.isEmpty {
            if let reason = connection.closeReason, !isOwedAnswers(connection, reason) {
                close(connection, reason)
            }
            return
        }
        poller.send(connection.token, connection.output.beginSend())
    }

    /// Whether an orderly end still waits for answers from partitions, here or on other shards.
    private func isOwedAnswers(_ connection: BrokerConnection, _ reason: CloseReason) -> Bool {
        (reason == .finished || reason == .shutdown)
            && connection.machine.inFlightRequestCount > 0
    }

    /// The kernel took some of a connection's output.
    func sent(_ byteCount: Int, on token: Token) {
        guard let connection = connections[token], !connection.isClosing else { return }
        connection.output.consumed(byteCount)
        counters.add(byteCount, to: .bytesSent)
        // While it is held back it is not read from; taking output is the sign of life it can give.
        if connection.isHeldBack { connection.machine.heard(nowNanoseconds: nowNanoseconds) }
        checkLowWatermark(connection)
        if !connection.output.isEmpty || connection.closeReason != nil { scheduleFlush(connection) }
    }

    // MARK: - Watermarks

    private func checkHighWatermark(_ connection: BrokerConnection) {
        guard !connection.isHeldBack,
            connection.output.byteCount > configuration.outputHighWatermark
        else { return }
        connection.isHeldBack = true
        spreadHeldBack(connection)
    }

    private func checkLowWatermark(_ connection: BrokerConnection) {
        guard connection.isHeldBack,
            connection.output.byteCount < configuration.outputLowWatermark
        else { return }
        connection.isHeldBack = false
        spreadHeldBack(connection)
    }

    private func spreadHeldBack(_ connection: BrokerConnection) {
        let address = address(of: connection)
        for route in connection.subscriptions.values {
            let message = ShardMessage.setHeldBack(address, route.partition, connection.isHeldBack)
            let owner = shard(of: route.partition)
            if owner == index { handle(message) } else { links[owner]?.post(message) }
        }
        updateReceiving(connection)
    }
}

extension RequestOrigin {
    /// A header that a reply can be addressed by.
    fileprivate func header(_ command: Command) -> FrameHeader {
        FrameHeader(commandCode: command.rawValue, requestId: requestId, payloadByteCount: 0)
    }
}
