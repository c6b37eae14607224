// A frame that is sent again while the first copy still waits to leave.

import AeroClient
import AeroCore
import AeroIO
import AeroMemory
import AeroWire
import Testing

/// Notes which contexts were answered with which base offset.
private struct AnswerNotes: ClientSessionEvents {
    var isReady = false
    var offsets: [UInt64: Int64] = [:]
    var topicId: UInt32?
    var problem: String?

    mutating func ready(_ session: ClientSession) { isReady = true }

    mutating func answered(
        _ session: ClientSession, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        guard case .success(let payload) = answer else {
            problem = "\(answer)"
            return
        }
        do {
            if request.command == .createTopic {
                let reply = try Reply<CreateTopicReply>.decode(
                    in: payload, range: 0..<payload.count)
                if case .success(let topic) = reply { topicId = topic.topicId }
            } else {
                let reply = try Reply<SendReply>.decode(in: payload, range: 0..<payload.count)
                if case .success(let stored) = reply {
                    offsets[request.context] = stored.baseOffset
                }
            }
        } catch {
            problem = "\(error)"
        }
    }

    mutating func delivered(
        _ session: ClientSession, subscriptionId: UInt64, highWatermark: Int64,
        batches: UnsafeRawBufferPointer
    ) {}

    mutating func ended(
        _ session: ClientSession, subscriptionId: UInt64, _ code: ErrorCode, message: String
    ) {}

    mutating func failed(
        _ session: ClientSession, _ request: PendingRequest, _ cause: RequestFailure
    ) {
        problem = "\(cause)"
    }

    mutating func lost(_ session: ClientSession, _ loss: SessionLoss) { problem = "\(loss)" }
}

@Suite(.timeLimit(.minutes(10))) struct RepeatedFrameTests {
    @Test func bothCopiesOfAFrameKeepTheirRequestIds() async throws {
        try await TestBroker.run { address in
            let pool = try BufferPool(
                configuration: BufferPoolConfiguration(capacityBytes: 16 << 20))
            var poller = try EpollPoller(configuration: PollerConfiguration())
            var notes = AnswerNotes()
            let session = ClientSession(
                address: try SocketAddress.resolving(address), slot: 0, clientId: "test",
                terms: SessionTerms(), pool: pool)
            func now() -> Int64 { MonotonicClock.nowNanoseconds() }
            func run(until isDone: (AnswerNotes) -> Bool) throws {
                while !isDone(notes), notes.problem == nil {
                    session.flush(&poller)
                    try poller.wait(timeoutNanoseconds: 50_000_000)
                    while let completion = poller.next() {
                        session.handle(completion, &poller, &notes, nowNanoseconds: now())
                    }
                }
            }
            session.open(&poller, &notes, nowNanoseconds: now())
            try run { $0.isReady }
            let create = CreateTopicRequest(
                name: "orders", partitionCount: 1, durability: .volatile)
            _ = session.request(create, context: 0, nowNanoseconds: now())
            try run { $0.topicId != nil }

            let memory = SharedBuffer(try pool.allocate(minimumByteCount: 8 << 10))
            let frame = makeFrame(memory)
            let request = SendRequest(
                topicId: try #require(notes.topicId), partition: 0, acks: .leader,
                timeoutMilliseconds: 1_000,
                batch: SendRequest.prefixByteCount..<frame.byteCount)
            // Nothing is flushed in between: the first copy still waits when the second is made.
            for context: UInt64 in 1...3 {
                let admission = session.send(
                    frame, request, context: context, nowNanoseconds: now(),
                    isRepeated: context > 1)
                guard case .admitted = admission else {
                    Issue.record("not admitted: \(admission)")
                    return
                }
            }
            try run { $0.offsets.count == 3 }
            #expect(notes.problem == nil)
            #expect(notes.offsets == [1: 0, 2: 1, 3: 2])
            session.close(&poller, &notes, nowNanoseconds: now())
            while let completion = poller.next() {
                session.handle(completion, &poller, &notes, nowNanoseconds: now())
            }
        }
    }

    private func makeFrame(_ memory: SharedBuffer) -> SharedSlice {
        var builder = RecordBatchBuilder(
            into: UnsafeMutableRawBufferPointer(
                start: memory.baseAddress, count: memory.capacity),
            at: SendRequest.prefixByteCount)
        let isWritten = builder.append(key: nil, value: nil)
        precondition(isWritten, "one record fits")
        let byteCount =
            SendRequest.prefixByteCount + builder.finish(RecordBatchProperties(baseTimestamp: 1))
        _ = memory.claim(byteCount)
        return SharedSlice(owner: memory, position: 0, byteCount: byteCount)
    }
}
