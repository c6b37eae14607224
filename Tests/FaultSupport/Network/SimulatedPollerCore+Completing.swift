// How a simulated poller turns what happened into completions.

import AeroIO

extension SimulatedPollerCore {
    /// Does something for a slot a little later, unless it is used for something else by then.
    internal func deferred(
        _ token: Token, _ action: @escaping (SimulatedPollerCore, Int) -> Void
    ) {
        network.scheduler.after(network.deferral()) { [weak self] in
            guard let self, Int(token.index) < slots.count,
                slots[Int(token.index)].isOpen, slots[Int(token.index)].token == token
            else { return }
            action(self, Int(token.index))
        }
    }

    /// The memory of the send in flight may be read from here on.
    internal func submit(_ index: Int) {
        guard !slots[index].isClosing else { return }
        slots[index].isSubmitted = true
        if !slots[index].isConnecting { attemptSend(index) }
        notice(UInt32(index))
    }

    private func attemptSend(_ index: Int) {
        guard let vectors = slots[index].vectors, slots[index].isSubmitted,
            slots[index].sentByteCount == nil, let end = slots[index].end
        else { return }
        statistics.sendCount &+= 1
        switch vectors.withUnsafeBufferPointer({ end.send($0) }) {
        case .moved(let count): slots[index].sentByteCount = count
        case .wouldBlock: statistics.wouldBlockCount &+= 1
        case .failed(let error): slots[index].failure = error
        }
    }

    internal func shutDownWritingIfIdle(_ index: Int) {
        let slot = slots[index]
        let isSending = slot.vectors != nil && slot.sentByteCount == nil
        guard slot.wantsShutdown, !slot.isConnecting, !isSending else { return }
        slots[index].wantsShutdown = false
        if let error = slot.end?.shutDownWriting() {
            slots[index].failure = slots[index].failure ?? error
            notice(UInt32(index))
        }
    }

    /// The system lets go of a slot that its user has closed.
    internal func finishClosing(_ index: Int) {
        // Some of a send in flight may still have left.
        if network.conditions.isDeferring, slots[index].isSubmitted { attemptSend(index) }
        slots[index].end?.close()
        if let listener = slots[index].listener { network.close(listener) }
        slots[index].mayReportClosed = true
        notice(UInt32(index))
    }

    /// Does one thing for a slot, and queues it again if there may be more to do.
    internal func complete(_ index: Int) -> Completion? {
        let slot = slots[index]
        if slot.isClosing {
            guard slot.mayReportClosed else { return nil }
            slots[index] = SimulatedSlot()
            return .closed(slot.token)
        }
        if let listener = slot.listener { return accept(listener, slot.token) }
        guard let end = slot.end, !slot.isDead else { return nil }
        if slot.isConnecting { return finishConnect(end, index) }
        if slot.failure == nil, let completion = finishSend(index) { return completion }
        // A reset is not withheld with the reads.
        if !slot.isReceiving, slots[index].failure == nil { slots[index].failure = end.failure }
        if slot.isReceiving, !slot.hasEnded, let completion = receive(end, index) {
            return completion
        }
        guard let failure = slots[index].failure else { return nil }
        slots[index].isDead = true
        return .failed(slot.token, failure)
    }

    private func accept(_ listener: SimulatedListener, _ token: Token) -> Completion? {
        guard !listener.queue.isEmpty else { return nil }
        statistics.acceptCount &+= 1
        let end = listener.queue.removeFirst()
        // To the end of the queue: connections get their turn during a burst.
        notice(token.index)
        return .accepted(listener: token, descriptor: network.descriptor(of: end))
    }

    private func finishConnect(_ end: SimulatedEnd, _ index: Int) -> Completion? {
        if let failure = end.failure {
            slots[index].isDead = true
            return .failed(slots[index].token, failure)
        }
        guard !end.isConnecting else { return nil }
        slots[index].isConnecting = false
        attemptSend(index)
        shutDownWritingIfIdle(index)
        notice(UInt32(index))
        return .connected(slots[index].token)
    }

    private func finishSend(_ index: Int) -> Completion? {
        if slots[index].sentByteCount == nil { attemptSend(index) }
        guard let count = slots[index].sentByteCount else { return nil }
        slots[index].vectors = nil
        slots[index].sentByteCount = nil
        shutDownWritingIfIdle(index)
        notice(UInt32(index))
        return .sent(slots[index].token, byteCount: count)
    }

    private func receive(_ end: SimulatedEnd, _ index: Int) -> Completion? {
        let token = slots[index].token
        let memory = lend()
        if !end.hasSomething { return nil }
        statistics.receiveCount &+= 1
        switch end.receive(into: memory) {
        case .moved(0):
            slots[index].hasEnded = true
            // A failed send has no more to wait for; a receiver of the end gets it as well.
            if slots[index].failure != nil { return nil }
            return .endOfStream(token)
        case .moved(let count):
            notice(token.index)
            return .received(token, lent(count))
        case .wouldBlock: return nil
        case .failed(let error):
            slots[index].failure = slots[index].failure ?? error
            return nil
        }
    }
}
