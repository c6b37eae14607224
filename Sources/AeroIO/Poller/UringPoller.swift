// The poller over io_uring.

import Glibc

/// Completions as the kernel makes them: multishot accept and receive into provided buffers.
///
/// Everything asked for is submitted by the following `wait`, with the same system call that waits.
/// Only the first send of a turn is made at once by send(2): a submitted one would end the wait it
/// goes with, so that a lone message would cost two enters and leave later. One message in and one
/// out cost two system calls; many in one turn share them. Made, used and destroyed on one thread.
/// Needs Linux 6.1.
package struct UringPoller: Poller, ~Copyable {
    private static let completionCount = 4096

    let configuration: PollerConfiguration
    let signal: WakeSignal
    // Declared before the buffers and so destroyed before them.
    let queue: UringQueue
    var buffers: UringBuffers
    var messages: UringMessages
    var slots: SlotTable<UringSlot>
    var fileSender = FileSender()
    var acceptRest = AcceptRest()
    /// The buffer lent by the last `.received`, or `UringBuffers.none`.
    var lentBuffer = UringBuffers.none
    /// Copied bytes lent by the last `.received`.
    var lentCopy: UnsafeMutableRawPointer?
    /// Slots whose receive ended because no buffer was free.
    var starved: [UInt32] = []
    /// The first send since the last wait was made.
    var hasSent = false
    /// A `.woken` to deliver.
    var isWoken = false
    /// The eventfd is watched.
    var isWakeArmed = false
    /// What the poller has done so far.
    package internal(set) var statistics = PollerStatistics()

    /// Waits alone: they hand over everything else.
    package var systemCallCount: UInt64 { statistics.waitCount }

    /// A poller without descriptors, for the calling thread.
    /// - Throws: `Errno` where the kernel refuses io_uring or lacks what is used of it; see
    ///   `PollerChoice` for how to ask first.
    package init(configuration: PollerConfiguration = PollerConfiguration()) throws(Errno) {
        let entryCount = configuration.eventCapacity
        precondition(entryCount > 0, "a ring has at least one entry")
        let signal = try WakeSignal()
        let queue = try UringQueue(
            entryCount: entryCount, completionCount: max(Self.completionCount, 2 * entryCount))
        let buffers = try UringBuffers(
            queue: queue, count: configuration.ringBufferCount,
            byteCount: configuration.ringBufferByteCount)
        self.signal = signal
        self.queue = queue
        self.buffers = buffers
        messages = UringMessages(capacity: entryCount)
        slots = SlotTable(limit: configuration.slotCountLimit)
        self.configuration = configuration
        starved.reserveCapacity(slots.capacity)
    }

    deinit {
        for index in 0..<slots.capacity {
            let slot = slots.base[index]
            slot.vectors?.deallocate()
            slot.copied?.deallocate()
            if slot.isOpen && slot.descriptor >= 0 { Syscall.close(slot.descriptor) }
        }
        lentCopy?.deallocate()
    }

    package var waker: Waker { Waker(signal: signal) }

    package mutating func addListener(
        _ descriptor: consuming FileDescriptor, token: Token
    ) throws(Errno) {
        let slot = slots.open(token)
        slot.pointee.descriptor = descriptor.release()
        slot.pointee.state = .listener
        armAccept(slot)
    }

    package mutating func addConnection(
        _ descriptor: consuming FileDescriptor, token: Token, isConnecting: Bool
    ) throws(Errno) {
        let slot = slots.open(token)
        slot.pointee.descriptor = descriptor.release()
        slot.pointee.state = .receiving
        if isConnecting {
            slot.pointee.state.insert(.connecting)
            armConnect(slot)
        } else {
            armReceive(slot)
        }
    }

    package mutating func setReceiving(_ token: Token, _ isOn: Bool) {
        let slot = slots.require(token)
        precondition(!slot.pointee.state.contains(.listener), "only connections receive")
        if isOn {
            slot.pointee.state.insert(.receiving)
            if slot.pointee.hasMore { slots.enqueue(token.index) }
            if slot.pointee.wantsReceive { armReceive(slot) }
        } else {
            slot.pointee.state.remove(.receiving)
            cancelReceive(slot)
            armReset(slot)
        }
    }

    package mutating func send(_ token: Token, _ vectors: UnsafeBufferPointer<SendVector>) {
        precondition(
            vectors.count <= PollerConfiguration.sendVectorLimit, "too many vectors in a send")
        guard let first = vectors.baseAddress else {
            preconditionFailure("a send has at least one vector")
        }
        guard let slot = beginSend(token) else { return }
        if slot.pointee.state.contains(.connecting) {
            slot.pointee.vectors = .allocate(capacity: vectors.count)
            slot.pointee.vectors?.initialize(from: first, count: vectors.count)
            slot.pointee.vectorCount = vectors.count
        } else {
            startSend(slot, first, count: vectors.count)
        }
    }

    package mutating func sendFile(_ token: Token, _ slice: FileSlice) {
        precondition(slice.byteCount > 0, "a send has at least one byte")
        guard let slot = beginSend(token) else { return }
        slot.pointee.file = slice
        if !slot.pointee.state.contains(.connecting) { attemptSend(slot, slice) }
    }

    /// The slot of a send, or nil where it is of no use to start it.
    private mutating func beginSend(_ token: Token) -> UnsafeMutablePointer<UringSlot>? {
        let slot = slots.require(token)
        let state = slot.pointee.state
        precondition(
            state.isDisjoint(with: [.listener, .sending, .closing]),
            "one send at a time, on an open connection")
        slot.pointee.state.insert(.sending)
        // A connection that failed keeps the send until it is closed; while reads are withheld,
        // the send is what its failure is reported for.
        guard state.isDisjoint(with: [.failing, .dead]) else {
            slots.enqueue(token.index)
            return nil
        }
        return slot
    }

    package mutating func shutdownWriting(_ token: Token) {
        let slot = slots.require(token)
        let state = slot.pointee.state
        precondition(
            state.isDisjoint(with: [.listener, .closing]), "only open connections are shut down")
        slot.pointee.state.insert(.shutdown)
        if state.isDisjoint(with: [.connecting, .sending]) { shutDown(slot) }
    }

    package mutating func close(_ token: Token) {
        let slot = slots.require(token)
        precondition(!slot.pointee.state.contains(.closing), "a token is closed once")
        slot.pointee.state.insert(.closing)
        // BOUND: the buffers held for this slot.
        while let held = buffers.release(from: &slot.pointee.held) {
            buffers.provide(held.identifier, to: queue)
        }
        let state = slot.pointee.state
        if state.contains(.receiveArmed) && !state.contains(.cancelling) {
            submitCancel(UringTag(.receive, token))
        }
        if state.contains(.sendArmed) { submitCancel(UringTag(.send, token)) }
        if state.contains(.acceptArmed) { submitCancel(UringTag(.accept, token)) }
        if state.contains(.connectArmed) { submitCancel(UringTag(.connect, token)) }
        if state.contains(.writableArmed) { submitCancel(UringTag(.writable, token)) }
        if state.contains(.resetArmed) { submitCancel(UringTag(.reset, token)) }
        finishIfIdle(slot)
    }
}
