// How the epoll poller turns readiness into completions.

import CLinux
import Glibc

extension EpollPoller {
    package mutating func next() -> Completion? {
        if isWoken {
            isWoken = false
            statistics.wakeCount &+= 1
            return .woken
        }
        // BOUND: each round uses up a queue entry or an event; a slot is queued again only with
        // something to report.
        while true {
            // Events first: they come to an end, and a caller that leaves off early would see none
            // while a socket that is always readable queues itself again and again.
            if eventCursor < eventCount {
                let event = events + eventCursor
                eventCursor += 1
                guard let index = note(event) else { continue }
                if let completion = complete(index) { return completion }
            } else if let index = slots.dequeue() {
                if let completion = complete(index) { return completion }
            } else {
                return nil
            }
        }
    }

    /// Puts an event into its slot; nil when there is nobody (any more) to tell.
    private func note(_ event: UnsafeMutablePointer<aero_epoll_event>) -> UInt32? {
        let datum = event.pointee.data
        if datum == Self.wakeDatum { return nil }
        guard let slot = slots.find(Token(rawValue: datum)) else { return nil }
        let flags = event.pointee.events
        let end = AERO_EPOLL_PEER_HANGUP | AERO_EPOLL_HANGUP | AERO_EPOLL_ERROR
        let fatal = AERO_EPOLL_HANGUP | AERO_EPOLL_ERROR
        if flags & end != 0 { slot.pointee.state.insert([.hangup, .readable]) }
        if flags & fatal != 0 { slot.pointee.state.insert(.broken) }
        if flags & AERO_EPOLL_INPUT != 0 { slot.pointee.state.insert(.readable) }
        if flags & (AERO_EPOLL_OUTPUT | fatal) != 0 { slot.pointee.state.insert(.writable) }
        // A slot in the queue is served in its turn.
        return slot.pointee.isQueued ? nil : UInt32(truncatingIfNeeded: datum)
    }

    /// Does one thing for a slot, and queues it again if there may be more to do.
    private mutating func complete(_ index: UInt32) -> Completion? {
        let slot = slots.slot(index)
        let state = slot.pointee.state
        if state.contains(.closing) { return finishClose(slot) }
        if state.contains(.listener) { return accept(slot) }
        if state.contains(.dead) { return nil }
        if state.contains(.connecting) { return finishConnect(slot) }
        if state.contains(.sending) && !state.contains(.failing) {
            if let completion = finishSend(slot) { return completion }
        }
        if mayReceive(slot.pointee.state) {
            if let completion = receive(slot) { return completion }
        }
        if slot.pointee.state.contains(.broken) { noteReset(slot) }
        if slot.pointee.state.contains(.failing) {
            slot.pointee.state.remove(.failing)
            slot.pointee.state.insert(.dead)
            return .failed(slot.pointee.token, Errno(rawValue: slot.pointee.failure))
        }
        return nil
    }

    /// Asks a connection whose reads are withheld what is wrong with it: a receive would tell, but
    /// there is none. A connection that both ends have ended in order is not failing.
    private func noteReset(_ slot: UnsafeMutablePointer<EpollSlot>) {
        guard slot.pointee.state.isDisjoint(with: [.receiving, .failing]),
            let error = Syscall.pendingError(slot.pointee.descriptor)
        else { return }
        slot.pointee.failure = error.rawValue
        slot.pointee.state.insert(.failing)
    }

    @inline(__always)
    private func mayReceive(_ state: EpollSlot.State) -> Bool {
        state.isSuperset(of: [.receiving, .readable]) && !state.contains(.ended)
    }

    private mutating func finishClose(_ slot: UnsafeMutablePointer<EpollSlot>) -> Completion {
        slot.pointee.vectors?.deallocate()
        slot.pointee.vectors = nil
        slot.pointee.file = nil
        slot.pointee.isOpen = false
        return .closed(slot.pointee.token)
    }

    private mutating func accept(_ slot: UnsafeMutablePointer<EpollSlot>) -> Completion? {
        let token = slot.pointee.token
        let isReady =
            slot.pointee.state.contains(.readable) && !slot.pointee.state.contains(.resting)
        guard isReady else { return nil }
        // BOUND: each round takes a connection that died off the kernel's queue.
        while true {
            statistics.acceptCount &+= 1
            do {
                guard let descriptor = try Syscall.accept(slot.pointee.descriptor) else {
                    statistics.wouldBlockCount &+= 1
                    slot.pointee.state.remove(.readable)
                    return nil
                }
                // To the end of the queue: connections get their turn during a burst.
                slots.enqueue(token.index)
                return .accepted(listener: token, descriptor: descriptor)
            } catch {
                if AcceptRest.concernsOneConnection(error) { continue }
                slot.pointee.state.insert(.resting)
                let now = MonotonicClock.nowNanoseconds()
                acceptRest.add(
                    token, untilNanoseconds: now + configuration.acceptRetryNanoseconds)
                return .failed(token, error)
            }
        }
    }

    private mutating func finishConnect(_ slot: UnsafeMutablePointer<EpollSlot>) -> Completion? {
        guard slot.pointee.state.contains(.writable) else { return nil }
        let token = slot.pointee.token
        if let error = Syscall.pendingError(slot.pointee.descriptor) {
            slot.pointee.state.insert(.dead)
            return .failed(token, error)
        }
        slot.pointee.state.remove(.connecting)
        if slot.pointee.state.contains(.shutdown) && !slot.pointee.state.contains(.sending) {
            shutDown(slot)
        }
        slots.enqueue(token.index)
        return .connected(token)
    }

    /// Reports a send that is over, or tries one that had to wait.
    private mutating func finishSend(_ slot: UnsafeMutablePointer<EpollSlot>) -> Completion? {
        if !slot.pointee.state.contains(.sent) {
            // An attempt may find the connection dead.
            guard slot.pointee.state.contains(.writable), attemptKeptSend(slot),
                slot.pointee.state.contains(.sent)
            else { return nil }
        }
        slot.pointee.state.subtract([.sending, .sent])
        slot.pointee.file = nil
        if slot.pointee.state.contains(.shutdown) { shutDown(slot) }
        // Queued only if there is a reason: this is the hot path.
        if mayReceive(slot.pointee.state) || slot.pointee.state.contains(.failing) {
            slots.enqueue(slot.pointee.token.index)
        }
        return .sent(slot.pointee.token, byteCount: slot.pointee.sentByteCount)
    }

    /// Tries to send what had to wait; false when it has to wait on.
    private mutating func attemptKeptSend(_ slot: UnsafeMutablePointer<EpollSlot>) -> Bool {
        if let file = slot.pointee.file { return attemptSend(slot, file) }
        guard let vectors = slot.pointee.vectors else { return false }
        return attemptSend(slot, vectors, count: slot.pointee.vectorCount)
    }

    /// Tries to send; false when it has to wait for the socket to become writable.
    mutating func attemptSend(
        _ slot: UnsafeMutablePointer<EpollSlot>, _ vectors: UnsafePointer<iovec>, count: Int
    ) -> Bool {
        let result = Syscall.send(slot.pointee.descriptor, vectors, count: count)
        if case .moved(let byteCount) = result {
            var total = 0
            for index in 0..<count { total += vectors[index].iov_len }
            // A short send means full: the next waits for the edge instead of trying in vain.
            if byteCount < total { slot.pointee.state.remove(.writable) }
        }
        return finishAttempt(slot, result)
    }

    /// Tries to send a file. A short send may also come from the file, and then no edge would
    /// ever follow: so the socket counts as writable until it refuses.
    mutating func attemptSend(
        _ slot: UnsafeMutablePointer<EpollSlot>, _ file: FileSlice
    ) -> Bool {
        finishAttempt(slot, fileSender.attempt(file, to: slot.pointee.descriptor))
    }

    @inline(__always)
    private mutating func finishAttempt(
        _ slot: UnsafeMutablePointer<EpollSlot>, _ result: TransferResult
    ) -> Bool {
        statistics.sendCount &+= 1
        switch result {
        case .moved(let byteCount):
            slot.pointee.sentByteCount = byteCount
            slot.pointee.state.insert(.sent)
            return true
        case .wouldBlock:
            statistics.wouldBlockCount &+= 1
            slot.pointee.state.remove(.writable)
            return false
        case .failed(let error):
            slot.pointee.failure = error.rawValue
            // What the peer sent before it went is still readable, and is reported first.
            slot.pointee.state.insert([.failing, .hangup, .readable])
            return true
        }
    }

    private mutating func receive(_ slot: UnsafeMutablePointer<EpollSlot>) -> Completion? {
        statistics.receiveCount &+= 1
        let capacity = configuration.receiveByteCount
        let token = slot.pointee.token
        switch Syscall.receive(slot.pointee.descriptor, into: scratch, capacity: capacity) {
        case .moved(0):
            slot.pointee.state.insert(.ended)
            // A failed send has no more to wait for; a receiver of the end gets it as well.
            if slot.pointee.state.contains(.failing) { return nil }
            return .endOfStream(token)
        case .moved(let count):
            let isDrained = count < capacity && !slot.pointee.state.contains(.hangup)
            if isDrained {
                slot.pointee.state.remove(.readable)
            } else {
                slots.enqueue(token.index)
            }
            return .received(token, UnsafeRawBufferPointer(start: scratch, count: count))
        case .wouldBlock:
            statistics.wouldBlockCount &+= 1
            slot.pointee.state.remove(.readable)
            return nil
        case .failed(let error):
            if !slot.pointee.state.contains(.failing) { slot.pointee.failure = error.rawValue }
            slot.pointee.state.insert(.failing)
            return nil
        }
    }

    /// Sends the end of the stream; a refusal means that the connection is dead.
    func shutDown(_ slot: UnsafeMutablePointer<EpollSlot>) {
        slot.pointee.state.remove(.shutdown)
        do { try Syscall.shutdownWriting(slot.pointee.descriptor) } catch {
            slot.pointee.failure = error.rawValue
            slot.pointee.state.insert(.failing)
        }
    }
}
