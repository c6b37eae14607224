// One end of a simulated connection: what the kernel would keep for a socket.

package import AeroIO
import Glibc

/// What wants to know when an end has something new.
internal struct EndWatcher {
    weak var poller: SimulatedPollerCore?
    let index: UInt32
}

/// What a call on an end did.
package enum EndResult: Equatable {
    /// So many bytes; none at the end of the stream.
    case moved(Int)
    /// Nothing now.
    case wouldBlock
    /// The connection is dead.
    case failed(Errno)
}

/// Stands between a sender and the network, and may change what passes: a planted bug.
package protocol StreamTap: AnyObject {
    /// Takes bytes from the sender; gives those that go on.
    func pass(_ bytes: UnsafeRawBufferPointer) -> [UInt8]
}

/// An end of a connection, driven by a poller or by hand; never blocks.
package final class SimulatedEnd {
    /// Which connection it belongs to, counted from the first of the network.
    package let number: Int
    /// What it connected to; 0 for the other end.
    internal var port: UInt16 = 0
    /// Bytes on their way to this end.
    internal var inbound: SimulatedStream
    /// Kept until both ends are over.
    internal var peer: SimulatedEnd?
    internal var watcher: EndWatcher?
    /// What this end sends goes through here.
    internal var tap: (any StreamTap)?
    internal private(set) var isClosed = false
    /// Why everything fails from here on: the peer's reset has arrived, or nobody answered.
    internal var failure: Errno?
    /// The first send or receive after a reset says so, later sends find a broken pipe.
    private var hasReportedFailure = false
    internal var isConnecting = false
    private var isWriteShut = false
    private unowned let network: SimulatedNetwork

    internal init(number: Int, capacity: Int, network: SimulatedNetwork) {
        self.number = number
        self.network = network
        inbound = SimulatedStream(capacity: capacity)
    }

    /// True once this end was closed by its owner.
    package var isOver: Bool { isClosed }

    /// Wakes who watches this end.
    internal func notify() { watcher?.poller?.notice(watcher?.index ?? 0) }

    // MARK: - What a socket does

    /// Receives up to `memory.count` bytes.
    package func receive(into memory: UnsafeMutableRawBufferPointer) -> EndResult {
        let there = min(inbound.readableCount, memory.count)
        if there > 0 {
            let percent = network.conditions.partialReceivePercent
            let count = network.portion(of: there, percent: percent)
            inbound.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[..<count]))
            let sender = peer
            network.later { sender?.notify() }
            return .moved(count)
        }
        if inbound.hasEndArrived { return .moved(0) }
        if let failure {
            hasReportedFailure = true
            return .failed(failure)
        }
        return .wouldBlock
    }

    /// Sends a part of the bytes, as far as there is room.
    package func send(_ vectors: UnsafeBufferPointer<SendVector>) -> EndResult {
        if let failure {
            defer { hasReportedFailure = true }
            return .failed(hasReportedFailure ? .brokenPipe : failure)
        }
        guard !isWriteShut, !isClosed, let peer else { return .failed(.brokenPipe) }
        let total = vectors.reduce(0) { $0 + $1.iov_len }
        let room = min(total, peer.inbound.freeCount)
        guard room > 0 else { return .wouldBlock }
        let count = network.portion(of: room, percent: network.conditions.partialSendPercent)
        var left = count
        for vector in vectors where left > 0 {
            let taken = min(vector.iov_len, left)
            let bytes = UnsafeRawBufferPointer(start: vector.iov_base, count: taken)
            if let tap {
                tap.pass(bytes).withUnsafeBytes { peer.inbound.write($0) }
            } else {
                peer.inbound.write(bytes)
            }
            left -= taken
        }
        network.transport(to: peer)
        return .moved(count)
    }

    /// Sends the end of the stream; receiving goes on.
    package func shutDownWriting() -> Errno? {
        if let failure { return failure }
        guard !isWriteShut, let peer else { return .notConnected }
        isWriteShut = true
        network.transportEnd(to: peer)
        return nil
    }

    /// Closes this end. Bytes that nobody read make it a reset, as with TCP.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        watcher = nil
        let hasUnread = inbound.readableCount > 0
        inbound.dropAll()
        if let peer, failure == nil {
            if hasUnread {
                network.transportReset(to: peer)
            } else if !isWriteShut {
                network.transportEnd(to: peer)
            }
        }
        network.ended(self)
    }

    /// Closes this end with a reset instead of an end of stream.
    package func reset() {
        guard !isClosed else { return }
        isClosed = true
        watcher = nil
        inbound.dropAll()
        if let peer, failure == nil { network.transportReset(to: peer) }
        network.ended(self)
    }

    // MARK: - What the network does to it

    /// Nobody will ever have this end.
    internal func abandon() { isClosed = true }

    /// The peer's reset is here: what has not arrived never will.
    internal func fail(_ error: Errno) {
        guard !isClosed, failure == nil else { return }
        inbound.dropUnarrived()
        failure = error
        isConnecting = false
        notify()
    }
}

extension SimulatedEnd {
    /// True when a receive would find bytes, the end or a failure.
    internal var hasSomething: Bool {
        inbound.readableCount > 0 || inbound.hasEndArrived || failure != nil
    }
}
