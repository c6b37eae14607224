// From frames to requests: what each command does.

import AeroCore
import AeroIO
import AeroWire

extension Shard where P: ~Copyable {
    /// Carries one frame out, or says why not.
    func perform(_ frame: AssembledFrame, on connection: BrokerConnection) {
        let origin = RequestOrigin(
            connection: address(of: connection), requestId: frame.header.requestId)
        if frame.header.commandCode == Command.connect.rawValue {
            connect(frame, origin, connection)
            return
        }
        let action = connection.machine.received(
            rawCommand: frame.header.commandCode, expectsReply: origin.requestId != 0)
        let command = frame.header.command ?? .disconnect
        switch action {
        case .perform(let command):
            do throws(WireError) {
                try perform(command, frame.payload, origin, connection)
            } catch {
                answer(origin, command, .malformedRequest, "\(error)")
            }
        case .refuse(let code):
            refuse(origin, code: frame.header.commandCode, code)
        case .refuseAndClose(let code, let reason):
            refuse(origin, code: frame.header.commandCode, code)
            closeWhenFlushed(connection, reason)
        case .goodbye:
            reply(EmptyReply(), to: origin, command, countsAsAnswer: false)
            closeWhenFlushed(connection, .finished)
        case .welcome:
            preconditionFailure("only CONNECT is welcomed")
        }
    }

    private func perform(
        _ command: Command, _ payload: UnsafeRawBufferPointer, _ origin: RequestOrigin,
        _ connection: BrokerConnection
    ) throws(WireError) {
        let range = 0..<payload.count
        switch command {
        case .ping:
            let request = try PingRequest.decode(in: payload, range: range)
            reply(PingReply(opaque: request.opaque), to: origin, command)
        case .send:
            connection.hasNamedPartitions = true
            try send(payload, origin, connection.arrival)
        case .fetch:
            connection.hasNamedPartitions = true
            try fetch(try FetchRequest.decode(in: payload, range: range), origin)
        case .subscribe:
            connection.hasNamedPartitions = true
            subscribe(try SubscribeRequest.decode(in: payload, range: range), origin, connection)
        case .credit:
            credit(try CreditRequest.decode(in: payload, range: range), connection)
            // One-way by design; a client that gives it an id anyway is told, and counted out.
            answer(origin, command, .ok)
        case .acknowledge:
            let request = try AcknowledgeRequest.decode(in: payload, range: range)
            acknowledge(request, origin, connection)
        case .unsubscribe:
            let request = try UnsubscribeRequest.decode(in: payload, range: range)
            unsubscribe(request, origin, connection)
        case .listOffsets:
            listOffsets(try ListOffsetsRequest.decode(in: payload, range: range), origin)
        case .createTopic:
            createTopic(try CreateTopicRequest.decode(in: payload, range: range), origin)
        case .deleteTopic:
            deleteTopic(try DeleteTopicRequest.decode(in: payload, range: range), origin)
        case .listTopics:
            let request = try ListTopicsRequest.decode(in: payload, range: range)
            listTopics(request, origin)
        case .describeTopic:
            describeTopic(try DescribeTopicRequest.decode(in: payload, range: range), origin)
        case .statistics:
            reply(statistics(), to: origin, command)
        case .alterTopic:
            alterTopic(try AlterTopicRequest.decode(in: payload, range: range), origin)
        case .findOffset:
            findOffset(try FindOffsetRequest.decode(in: payload, range: range), origin)
        case .deleteRecords:
            deleteRecords(try DeleteRecordsRequest.decode(in: payload, range: range), origin)
        case .joinGroup, .heartbeatGroup, .leaveGroup, .commitOffsets, .fetchOffsets, .listGroups,
            .describeGroup, .deleteGroup:
            try performGroupCommand(command, payload, origin, connection)
        case .markSend:
            let request = try MarkSendRequest.decode(in: payload, range: range)
            answer(origin, command, markSend(request, connection))
        case .initProducer:
            initProducer(try InitProducerRequest.decode(in: payload, range: range), origin)
        case .connect, .disconnect, .deliver, .stageTimes, .joinCluster, .leaveCluster:
            preconditionFailure("\(command) is decided by the connection's state machine")
        }
    }

    // MARK: - Handshake

    private func connect(
        _ frame: AssembledFrame, _ origin: RequestOrigin, _ connection: BrokerConnection
    ) {
        let request: ConnectRequest
        do throws(WireError) {
            request = try ConnectRequest.decode(in: frame.payload, range: 0..<frame.payload.count)
        } catch {
            refuse(origin, .connect, .malformedRequest)
            closeWhenFlushed(connection, .malformedFrame)
            return
        }
        guard request.authMechanism.isEmpty else {
            refuse(origin, .connect, .authenticationFailed)
            closeWhenFlushed(connection, .notConnected)
            return
        }
        switch connection.machine.receivedConnect(
            minimumVersion: request.minVersion, maximumVersion: request.maxVersion)
        {
        case .welcome(let version):
            let features = request.features & ProtocolFeatures.all
            connection.measuresStages = features & ProtocolFeatures.stageTimes != 0
            welcome(origin, version, features)
        case .refuse(let code): refuse(origin, .connect, code)
        case .refuseAndClose(let code, let reason):
            refuse(origin, .connect, code)
            closeWhenFlushed(connection, reason)
        case .perform, .goodbye: preconditionFailure("CONNECT is welcomed or refused")
        }
    }

    private func welcome(_ origin: RequestOrigin, _ version: UInt16, _ features: UInt64) {
        let terms = configuration.connectionTerms
        reply(
            ConnectReply(
                version: version, brokerId: context.brokerId, features: features,
                maxFrameByteCount: UInt32(clamping: configuration.frameByteCountMax),
                maxInFlightRequests: UInt32(clamping: terms.inFlightRequestCountMax),
                heartbeatIntervalMilliseconds: UInt32(
                    clamping: terms.heartbeatIntervalMilliseconds),
                sessionId: context.makeSessionId()),
            to: origin, .connect, countsAsAnswer: false)
    }
}
