// The poller over epoll.

import CLinux
import Glibc

/// Readiness turned into completions: what is ready is done inside `next()`.
///
/// Edge-triggered, each descriptor registered once for both directions: no epoll_ctl per message,
/// and none when a send blocks. The socket is asked again only after an edge, unless a receive
/// filled its whole buffer; a short one means drained. One message in and one out cost three
/// system calls: epoll_wait, recv and send.
package struct EpollPoller: Poller, ~Copyable {
    /// Marks the eventfd's events; no token may be equal to it.
    static let wakeDatum = UInt64.max

    let configuration: PollerConfiguration
    let epoll: FileDescriptor
    let signal: WakeSignal
    var slots: SlotTable<EpollSlot>
    let events: UnsafeMutablePointer<aero_epoll_event>
    var eventCount = 0
    var eventCursor = 0
    /// The memory every receive goes to.
    let scratch: UnsafeMutableRawPointer
    var fileSender = FileSender()
    var acceptRest = AcceptRest()
    /// A `.woken` to deliver.
    var isWoken = false
    /// The last wait was answered without asking the kernel.
    var hasSkippedKernel = false
    /// What the poller has done so far.
    package internal(set) var statistics = PollerStatistics()

    /// A poller without descriptors.
    /// - Throws: `Errno` of epoll_create1(2) or eventfd(2).
    package init(configuration: PollerConfiguration = PollerConfiguration()) throws(Errno) {
        precondition(configuration.eventCapacity > 0, "a wait takes at least one event")
        precondition(configuration.receiveByteCount > 0, "a receive takes at least one byte")
        let signal = try WakeSignal()
        let epoll = FileDescriptor(owning: try Syscall.check(aero_epoll_create()))
        try Syscall.check(
            aero_epoll_control(
                epoll.rawValue, AERO_EPOLL_ADD, signal.descriptor, Self.edgeEvents, Self.wakeDatum))
        self.configuration = configuration
        self.signal = signal
        self.epoll = epoll
        slots = SlotTable(limit: configuration.slotCountLimit)
        events = .allocate(capacity: configuration.eventCapacity)
        scratch = .allocate(byteCount: configuration.receiveByteCount, alignment: 4096)
    }

    deinit {
        for index in 0..<slots.capacity {
            let slot = slots.base[index]
            slot.vectors?.deallocate()
            if slot.isOpen && slot.descriptor >= 0 { Syscall.close(slot.descriptor) }
        }
        events.deallocate()
        scratch.deallocate()
    }

    /// Input and the peer's end, once per change.
    private static let edgeEvents = AERO_EPOLL_INPUT | AERO_EPOLL_PEER_HANGUP | AERO_EPOLL_EDGE

    package var waker: Waker { Waker(signal: signal) }

    package mutating func addListener(
        _ descriptor: consuming FileDescriptor, token: Token
    ) throws(Errno) {
        try add(descriptor, token: token, events: Self.edgeEvents, state: .listener)
    }

    package mutating func addConnection(
        _ descriptor: consuming FileDescriptor, token: Token, isConnecting: Bool
    ) throws(Errno) {
        let events = Self.edgeEvents | AERO_EPOLL_OUTPUT
        try add(
            descriptor, token: token, events: events,
            state: isConnecting ? [.receiving, .connecting] : [.receiving, .writable])
    }

    private mutating func add(
        _ descriptor: consuming FileDescriptor, token: Token, events: UInt32, state: EpollSlot.State
    ) throws(Errno) {
        let slot = slots.open(token)
        let status = aero_epoll_control(
            epoll.rawValue, AERO_EPOLL_ADD, descriptor.rawValue, events, token.rawValue)
        guard status >= 0 else {
            slot.pointee.isOpen = false
            throw Syscall.error(-status)
        }
        slot.pointee.descriptor = descriptor.release()
        slot.pointee.state = state
    }

    package mutating func setReceiving(_ token: Token, _ isOn: Bool) {
        let slot = slots.require(token)
        precondition(!slot.pointee.state.contains(.listener), "only connections receive")
        if isOn {
            slot.pointee.state.insert(.receiving)
            if slot.pointee.state.contains(.readable) { slots.enqueue(token.index) }
        } else {
            slot.pointee.state.remove(.receiving)
            if slot.pointee.state.contains(.broken) { slots.enqueue(token.index) }
        }
    }

    package mutating func send(_ token: Token, _ vectors: UnsafeBufferPointer<SendVector>) {
        precondition(
            vectors.count <= PollerConfiguration.sendVectorLimit, "too many vectors in a send")
        guard let first = vectors.baseAddress else {
            preconditionFailure("a send has at least one vector")
        }
        let slot = beginSend(token)
        // A connection that failed keeps the send until it is closed.
        if !slot.pointee.state.isDisjoint(with: [.failing, .dead]) { return }
        if slot.pointee.maySend && attemptSend(slot, first, count: vectors.count) {
            slots.enqueue(token.index)
            return
        }
        keep(vectors, in: slot)
    }

    package mutating func sendFile(_ token: Token, _ slice: FileSlice) {
        precondition(slice.byteCount > 0, "a send has at least one byte")
        let slot = beginSend(token)
        if !slot.pointee.state.isDisjoint(with: [.failing, .dead]) { return }
        slot.pointee.file = slice
        if slot.pointee.maySend && attemptSend(slot, slice) { slots.enqueue(token.index) }
    }

    private mutating func beginSend(_ token: Token) -> UnsafeMutablePointer<EpollSlot> {
        let slot = slots.require(token)
        precondition(
            slot.pointee.state.isDisjoint(with: [.listener, .sending, .closing]),
            "one send at a time, on an open connection")
        slot.pointee.state.insert(.sending)
        return slot
    }

    /// Copies the vectors of a send that has to wait; allocates when a slot has no room for them.
    private func keep(
        _ vectors: UnsafeBufferPointer<SendVector>, in slot: UnsafeMutablePointer<EpollSlot>
    ) {
        if vectors.count > slot.pointee.vectorCapacity {
            slot.pointee.vectors?.deallocate()
            slot.pointee.vectors = .allocate(capacity: vectors.count)
            slot.pointee.vectorCapacity = vectors.count
        }
        guard let source = vectors.baseAddress else { return }
        slot.pointee.vectors?.update(from: source, count: vectors.count)
        slot.pointee.vectorCount = vectors.count
    }

    package mutating func shutdownWriting(_ token: Token) {
        let slot = slots.require(token)
        let state = slot.pointee.state
        precondition(
            state.isDisjoint(with: [.listener, .closing]), "only open connections are shut down")
        let isWaiting =
            state.contains(.connecting)
            || (state.contains(.sending) && !state.contains(.sent))
        slot.pointee.state.insert(.shutdown)
        if !isWaiting { shutDown(slot) }
    }

    package mutating func close(_ token: Token) {
        let slot = slots.require(token)
        precondition(!slot.pointee.state.contains(.closing), "a token is closed once")
        // Taken out of the set by hand: a copy of the descriptor in a child process between fork
        // and exec would keep the registration alive beyond the close.
        let status = aero_epoll_control(
            epoll.rawValue, AERO_EPOLL_DELETE, slot.pointee.descriptor, 0, 0)
        precondition(status == 0, "an open slot's descriptor is in the epoll set")
        Syscall.close(slot.pointee.descriptor)
        slot.pointee.descriptor = -1
        slot.pointee.state.insert(.closing)
        slots.enqueue(token.index)
        acceptRest.expire()
    }
}
