// A poller over a network in memory.

package import AeroIO
import Glibc

/// Obeys the contract of `Poller` over a `SimulatedNetwork`.
///
/// Under conditions that defer, whatever is asked for happens at a later wait, and memory of a
/// send is read then: what relies on more than the contract promises fails with those.
package struct SimulatedPoller: Poller, ~Copyable {
    /// What the simulation may look at.
    package let core: SimulatedPollerCore

    /// A poller on a network of its own, which its waits step.
    package init(configuration: PollerConfiguration) throws(Errno) {
        let network = SimulatedNetwork(
            scheduler: SimulationScheduler(seed: 0), conditions: NetworkConditions(), seed: 0,
            isSteppedByWaits: true)
        core = try SimulatedPollerCore(network: network, configuration: configuration)
    }

    /// A poller on a network.
    package init(
        _ network: SimulatedNetwork, configuration: PollerConfiguration = PollerConfiguration()
    ) throws(Errno) {
        core = try SimulatedPollerCore(network: network, configuration: configuration)
    }

    deinit { core.shutDown() }

    package var waker: Waker { core.waker }

    package var statistics: PollerStatistics { core.statistics }

    // MARK: - What is asked for

    package mutating func addListener(
        _ descriptor: consuming FileDescriptor, token: Token
    ) throws(Errno) {
        guard case .listener(let listener) = core.network.redeem(descriptor) else {
            preconditionFailure("not a listener")
        }
        let index = core.open(token)
        core.slots[index].listener = listener
        listener.watcher = EndWatcher(poller: core, index: UInt32(index))
        core.notice(UInt32(index))
    }

    package mutating func addConnection(
        _ descriptor: consuming FileDescriptor, token: Token, isConnecting: Bool
    ) throws(Errno) {
        guard case .connection(let end) = core.network.redeem(descriptor) else {
            preconditionFailure("not a connection")
        }
        let index = core.open(token)
        core.watch(end, index)
        core.slots[index].isConnecting = isConnecting
    }

    package mutating func connect(
        to address: SocketAddress, options: SocketOptions, token: Token
    ) throws(Errno) {
        let index = core.open(token)
        core.watch(core.network.connect(to: address), index)
    }

    package mutating func setReceiving(_ token: Token, _ isOn: Bool) {
        let index = core.require(token)
        precondition(core.slots[index].listener == nil, "only connections receive")
        core.slots[index].isReceiving = isOn
        if isOn { core.notice(UInt32(index)) }
    }

    package mutating func send(_ token: Token, _ vectors: UnsafeBufferPointer<SendVector>) {
        let index = core.require(token)
        let slot = core.slots[index]
        precondition(
            slot.listener == nil && slot.vectors == nil && !slot.isClosing,
            "one send at a time, on an open connection")
        precondition(
            (1...PollerConfiguration.sendVectorLimit).contains(vectors.count),
            "a send has 1 to so many vectors")
        precondition(vectors.contains { $0.iov_len > 0 }, "a send has at least one byte")
        core.slots[index].vectors = Array(vectors)
        core.slots[index].isSubmitted = false
        core.slots[index].sentByteCount = nil
        if slot.isDead || slot.failure != nil { return }
        guard core.network.conditions.isDeferring else {
            core.submit(index)
            return
        }
        core.deferred(token) { core, index in core.submit(index) }
    }

    package mutating func sendFile(_ token: Token, _ slice: FileSlice) {
        let memory = FileMemory(byteCount: min(slice.byteCount, 64 << 10))
        do throws(Errno) {
            let count = try slice.file.read(into: memory.bytes, at: slice.position)
            guard count == memory.bytes.count else { throw .noData }
        } catch {
            let index = core.require(token)
            core.slots[index].failure = core.slots[index].failure ?? error
            core.notice(UInt32(index))
            return
        }
        core.slots[core.require(token)].fileMemory = memory
        let vector = SendVector(iov_base: memory.bytes.baseAddress, iov_len: memory.bytes.count)
        withUnsafePointer(to: vector) { send(token, UnsafeBufferPointer(start: $0, count: 1)) }
    }

    package mutating func close(_ token: Token) {
        let index = core.require(token)
        precondition(!core.slots[index].isClosing, "a token is closed once")
        core.slots[index].isClosing = true
        guard core.network.conditions.isDeferring else {
            core.finishClosing(index)
            return
        }
        core.deferred(token) { core, index in core.finishClosing(index) }
    }

    package mutating func shutdownWriting(_ token: Token) {
        let index = core.require(token)
        precondition(
            core.slots[index].listener == nil && !core.slots[index].isClosing,
            "only open connections are shut down")
        core.slots[index].wantsShutdown = true
        core.shutDownWritingIfIdle(index)
    }

    // MARK: - Waiting

    package mutating func wait(timeoutNanoseconds: Int64) throws(Errno) {
        core.takeBack()
        core.statistics.waitCount &+= 1
        let network = core.network
        if network.isSteppedByWaits {
            let now = network.scheduler.nowNanoseconds
            let limit = timeoutNanoseconds < 0 ? Int64.max : now + timeoutNanoseconds
            // BOUND: each step takes an event off the queue, and time ends at the limit.
            while !core.isReady, network.scheduler.step(until: limit) {}
            if !core.isReady, timeoutNanoseconds > 0 { network.scheduler.jump(to: limit) }
        }
        if core.waker.takeWake() { core.isWoken = true }
    }

    package mutating func next() -> Completion? {
        core.takeBack()
        if core.isWoken {
            core.isWoken = false
            core.statistics.wakeCount &+= 1
            return .woken
        }
        // BOUND: each round takes a slot off the queue; only news queue it again.
        while let index = core.takeQueued() {
            if let completion = core.complete(Int(index)) { return completion }
        }
        return nil
    }
}
