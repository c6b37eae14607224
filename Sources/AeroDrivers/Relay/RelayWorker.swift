// The clients of one worker thread on a relay.

import AeroCore
import AeroIO
import AeroLoad
import AeroMemory
import AeroWire

/// Producers and consumers of one worker, connected through a relay, on one poller.
struct RelayWorker: DriverWorker, ~Copyable {
    private let links: RelayLinks
    private let address: SocketAddress
    private var poller: EpollPoller

    // BOUND: memory for batches on their way and frames that arrived in parts.
    private static let memoryByteCountMax = 1 << 30

    init(
        _ assignment: WorkerAssignment, _ plan: LoadPlan, address: SocketAddress,
        mode: RelayDriver.Mode
    ) throws(DriverError) {
        let pool = try ClientResources.makePool(byteCountMax: Self.memoryByteCountMax)
        let poller = try ClientResources.makePoller()
        links = RelayLinks(assignment, plan, mode: mode, pool: pool)
        self.address = address
        self.poller = poller
    }

    /// Connects everybody and waits for the answers.
    ///
    /// - Parameters:
    ///   - limit: How long that may take, in nanoseconds.
    ///   - isInterrupted: Asked many times a second; true gives up.
    consuming func connected(
        withinNanoseconds limit: Int64, _ isInterrupted: () -> Bool
    ) throws(DriverError) -> RelayWorker {
        let action = "connect to the relay at \(address)"
        do throws(Errno) {
            for index in links.links.indices {
                let socket = try TCPConnection.connect(to: address)
                try poller.addConnection(
                    socket, token: Token(index: UInt32(index), generation: 1), isConnecting: true)
            }
        } catch {
            throw DriverError(action, "\(error)")
        }
        var sink = SilentSink()
        let deadline = MonotonicClock.nowNanoseconds() + limit
        while !links.isReady {
            let now = MonotonicClock.nowNanoseconds()
            guard !isInterrupted() else { throw DriverError(action, "interrupted") }
            guard now < deadline, links.failure == nil else {
                throw DriverError(
                    action, links.failure ?? "no answer within \(limit / 1_000_000) ms")
            }
            do throws(DriverError) {
                try poll(untilNanoseconds: now + 10_000_000, into: &sink)
            } catch {
                throw DriverError(action, error.cause)
            }
        }
        return self
    }

    mutating func claim(
        producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? {
        links.batches.claim(
            producer: producer, destination: destination, byteCount: byteCount, token: token,
            nowNanoseconds: nowNanoseconds, links)
    }

    mutating func commit(producer: Int, nowNanoseconds: Int64) {
        links.batches.commit(producer: producer, nowNanoseconds: nowNanoseconds, links)
    }

    mutating func flush(nowNanoseconds: Int64) {
        links.batches.sendRipe(nowNanoseconds: nowNanoseconds, links)
        links.flush(&poller)
    }

    mutating func poll<Sink: DriverSink & ~Copyable>(
        untilNanoseconds: Int64, into sink: inout Sink
    ) throws(DriverError) {
        let now = MonotonicClock.nowNanoseconds()
        let until = min(untilNanoseconds, links.batches.nextRipeNanoseconds(after: now))
        do throws(Errno) {
            try poller.wait(
                timeoutNanoseconds: PollPacing.timeoutNanoseconds(
                    untilNanoseconds: until, nowNanoseconds: now))
        } catch {
            throw DriverError("wait for the relay", "\(error)")
        }
        try takeCompletions(&sink)
        links.flush(&poller)
    }

    mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {
        let now = MonotonicClock.nowNanoseconds()
        for (index, link) in links.links.enumerated() {
            for entry in link.unsent {
                sink.failed(
                    links.batches[entry.batch].tokenList, "closed before it was sent",
                    nowNanoseconds: now)
            }
            link.unsent = []
            poller.close(Token(index: UInt32(index), generation: 1))
        }
        while let completion = poller.next() {
            if case .closed(let token) = completion {
                links.links[Int(token.index)].output.removeAll()
            }
        }
        links.batches.removeAll()
    }

    // MARK: - Completions

    private mutating func takeCompletions<Sink: DriverSink & ~Copyable>(
        _ sink: inout Sink
    ) throws(DriverError) {
        while let completion = poller.next() {
            switch completion {
            case .connected(let token): greet(links.links[Int(token.index)])
            case .sent(let token, let byteCount):
                sink.moved()
                let now = MonotonicClock.nowNanoseconds()
                let link = links.links[Int(token.index)]
                links.sent(byteCount, on: link, nowNanoseconds: now) { batch in
                    sink.acknowledged(batch.tokenList, nowNanoseconds: now)
                }
            case .received(let token, let bytes):
                sink.moved()
                try received(bytes, links.links[Int(token.index)], &sink)
            case .endOfStream: throw DriverError("go on", "the relay closed a connection")
            case .failed(_, let errno): throw DriverError("go on", "\(errno)")
            case .closed, .accepted, .woken: break
            }
        }
    }

    private func greet(_ link: RelayLink) {
        do throws(PoolError) {
            let room = try link.output.claim(RelayHello.byteCount, from: links.pool)
            room.copyMemory(from: link.hello.bytes, byteCount: RelayHello.byteCount)
            link.queuedByteCount += RelayHello.byteCount
            link.needsFlush = true
        } catch {
            links.failure = "\(error)"
        }
    }

    private mutating func received<Sink: DriverSink & ~Copyable>(
        _ bytes: UnsafeRawBufferPointer, _ link: RelayLink, _ sink: inout Sink
    ) throws(DriverError) {
        var bytes = bytes
        if !link.isReady {
            guard bytes.first == RelayHello.answer else {
                throw DriverError("go on", "the other side is no relay")
            }
            link.isReady = true
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        }
        let now = MonotonicClock.nowNanoseconds()
        var position = 0
        do throws(AssemblyError) {
            while let frame = try link.assembler.next(
                in: bytes, position: &position, pool: links.pool)
            {
                deliver(frame, link, now, &sink)
            }
        } catch {
            throw DriverError("understand the relay", "\(error)")
        }
    }

    private mutating func deliver<Sink: DriverSink & ~Copyable>(
        _ frame: AssembledFrame, _ link: RelayLink, _ now: Int64, _ sink: inout Sink
    ) {
        let destination = Int(frame.header.commandCode)
        var consumer = link.client
        if links.mode == .echo {
            links.echoed(on: link, nowNanoseconds: now) { batch in
                sink.acknowledged(batch.tokenList, nowNanoseconds: now)
            }
            let consumers = links.echoConsumers[link.classIndex]
            guard destination < consumers.count else {
                sink.noted("an echo is not of this run", nowNanoseconds: now)
                return
            }
            consumer = consumers[destination]
            guard consumer >= 0 else { return }
        }
        let isWhole = RelayFrame.forEachMessage(in: frame.payload) { value in
            sink.delivered(
                consumer: consumer, destination: destination, value: value, nowNanoseconds: now)
        }
        if !isWhole { sink.noted("a relayed batch is damaged", nowNanoseconds: now) }
    }
}
