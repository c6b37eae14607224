// The rings between one shard and the others.

import AeroIO
import AeroMemory
import Synchronization

/// How many bytes of batches the receiving end of one direction has taken so far.
///
/// Written by the receiving shard alone, read by the sending one; a sum that orders nothing.
internal final class LinkTally: Sendable {
    private let sum = Atomic<Int>(0)

    var byteCount: Int { sum.load(ordering: .relaxed) }

    func add(_ byteCount: Int) {
        sum.store(sum.load(ordering: .relaxed) &+ byteCount, ordering: .relaxed)
    }
}

/// Both directions between this shard and one other shard.
internal final class ShardLink {
    private var outbound: SPSCRing<ShardMessage>.Producer
    private var inbound: SPSCRing<ShardMessage>.Consumer
    /// Messages that found the ring full, oldest first.
    // BOUND: what arrives in one turn of the loop; while any waits, the loop retries at once.
    private var overflow: [ShardMessage] = []
    private let peer: WakerSlot
    private let outboundTally: LinkTally
    private let inboundTally: LinkTally
    private var postedByteCount = 0
    private var peerWaker: Waker?
    private var hasPosted = false

    init(
        outbound: consuming SPSCRing<ShardMessage>.Producer,
        inbound: consuming SPSCRing<ShardMessage>.Consumer, peer: WakerSlot,
        outboundTally: LinkTally, inboundTally: LinkTally
    ) {
        self.outbound = outbound
        self.inbound = inbound
        self.peer = peer
        self.outboundTally = outboundTally
        self.inboundTally = inboundTally
    }

    /// Bytes of batches that were posted and that the peer has not taken yet.
    var waitingByteCount: Int { postedByteCount - outboundTally.byteCount }

    /// True while messages wait because the peer is behind.
    var isCongested: Bool { !overflow.isEmpty }

    /// Sends a message; it is seen after `flush`.
    func post(_ message: ShardMessage) {
        hasPosted = true
        postedByteCount += message.batchByteCount
        if overflow.isEmpty, let refused = outbound.tryPush(message) {
            overflow.append(refused)
        } else if !overflow.isEmpty {
            overflow.append(message)
        }
    }

    /// Retries what found the ring full and wakes the peer if anything is new.
    func flush() {
        var sentCount = 0
        while sentCount < overflow.count, outbound.tryPush(overflow[sentCount]) == nil {
            sentCount += 1
        }
        overflow.removeFirst(sentCount)
        guard hasPosted || sentCount > 0 else { return }
        hasPosted = false
        if peerWaker == nil { peerWaker = peer.current }
        peerWaker?.wake()
    }

    /// The next message from the peer.
    func receive() -> ShardMessage? {
        guard let message = inbound.tryPop() else { return nil }
        let byteCount = message.batchByteCount
        if byteCount > 0 { inboundTally.add(byteCount) }
        return message
    }
}
