// What a simulated poller knows and does, shared between it and the simulation around it.

package import AeroIO
import AeroMemory

/// A listener or connection of a simulated poller.
internal struct SimulatedSlot {
    var token = Token(rawValue: 0)
    var isOpen = false
    var isQueued = false
    var listener: SimulatedListener?
    var end: SimulatedEnd?
    var isReceiving = true
    var isConnecting = false
    /// The vectors of the send in flight; nil without one.
    var vectors: [SendVector]?
    /// What the vectors show when it is a file that is sent.
    var fileMemory: FileMemory?
    /// True once the poller may read the memory of the send in flight.
    var isSubmitted = false
    /// What the send in flight moved, once it is over.
    var sentByteCount: Int?
    /// Shut down writing once the send is over.
    var wantsShutdown = false
    var hasEnded = false
    var failure: Errno?
    var isDead = false
    var isClosing = false
    /// True once `.closed` may be reported.
    var mayReportClosed = false
}

/// The state behind a `SimulatedPoller`: the simulation looks at it between the owner's turns.
package final class SimulatedPollerCore {
    /// Told when something is to be reported that was not before; set by whoever runs the owner.
    package var whenReady: (() -> Void)?
    /// Wakes the poller's owner.
    package let waker: Waker
    /// What it did so far.
    package internal(set) var statistics = PollerStatistics()

    internal let network: SimulatedNetwork
    internal let configuration: PollerConfiguration
    internal var slots: [SimulatedSlot] = []
    internal var isWoken = false
    private var queue: [UInt32] = []
    private var queueHead = 0
    private let scratch: UnsafeMutableRawBufferPointer
    private var lentCount = 0
    private var isDown = false

    internal init(
        network: SimulatedNetwork, configuration: PollerConfiguration
    ) throws(Errno) {
        self.network = network
        self.configuration = configuration
        waker = try Waker()
        scratch = .allocate(byteCount: configuration.receiveByteCount, alignment: 64)
    }

    deinit { scratch.deallocate() }

    /// True when `next` has something to report, as far as that is known without trying.
    package var isReady: Bool { queueHead < queue.count || isWoken || waker.isPending }

    /// Connections and listeners that are open or wait for their `.closed`.
    package var openCount: Int { slots.count { $0.isOpen } }

    // MARK: - The queue of slots with something to report

    /// Something may be to report for this slot.
    internal func notice(_ index: UInt32) {
        guard slots[Int(index)].isOpen, !slots[Int(index)].isQueued else { return }
        slots[Int(index)].isQueued = true
        queue.append(index)
        whenReady?()
    }

    internal func takeQueued() -> UInt32? {
        guard queueHead < queue.count else {
            queue.removeAll(keepingCapacity: true)
            queueHead = 0
            return nil
        }
        let index = queue[queueHead]
        queueHead += 1
        slots[Int(index)].isQueued = false
        return index
    }

    // MARK: - Slots

    internal func open(_ token: Token) -> Int {
        precondition(token.rawValue != .max, "this token is reserved")
        let index = Int(token.index)
        precondition(index < configuration.slotCountLimit, "token index beyond the limit")
        while slots.count <= index { slots.append(SimulatedSlot()) }
        precondition(!slots[index].isOpen, "the token's index is still in use")
        slots[index] = SimulatedSlot()
        slots[index].token = token
        slots[index].isOpen = true
        return index
    }

    internal func require(_ token: Token) -> Int {
        let index = Int(token.index)
        guard index < slots.count, slots[index].isOpen, slots[index].token == token else {
            preconditionFailure("the token names nothing this poller watches")
        }
        return index
    }

    /// Watches a connection that exists.
    internal func watch(_ end: SimulatedEnd, _ index: Int) {
        slots[index].end = end
        slots[index].isConnecting = end.isConnecting
        end.watcher = EndWatcher(poller: self, index: UInt32(index))
        // Something may have come, or happened, before.
        notice(UInt32(index))
    }

    // MARK: - Memory of receives

    /// Lends the memory of one receive; what was lent before must not be read any more, and looks
    /// like nothing that was ever sent.
    internal func lend() -> UnsafeMutableRawBufferPointer {
        takeBack()
        return scratch
    }

    internal func takeBack() {
        for position in 0..<lentCount { scratch[position] = 0xDD }
        lentCount = 0
    }

    internal func lent(_ count: Int) -> UnsafeRawBufferPointer {
        lentCount = count
        return UnsafeRawBufferPointer(rebasing: scratch[..<count])
    }

    // MARK: - The end

    /// Closes everything, as the system does for a process that has ended.
    package func shutDown() {
        guard !isDown else { return }
        isDown = true
        whenReady = nil
        for index in slots.indices where slots[index].isOpen {
            slots[index].end?.close()
            if let listener = slots[index].listener { network.close(listener) }
            slots[index] = SimulatedSlot()
        }
        queue.removeAll()
        queueHead = 0
    }
}

/// Bytes of a file on their way out.
internal final class FileMemory {
    let bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int) { bytes = .allocate(byteCount: byteCount, alignment: 16) }

    deinit { bytes.deallocate() }
}
