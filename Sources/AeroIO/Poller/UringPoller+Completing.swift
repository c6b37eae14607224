// How the io_uring poller turns the kernel's completions into its own.

import CLinux
import Glibc

extension UringPoller {
    package mutating func next() -> Completion? {
        recycle()
        if isWoken {
            isWoken = false
            statistics.wakeCount &+= 1
            return .woken
        }
        // BOUND: each round uses up a queue entry or a completion.
        while true {
            if let index = slots.dequeue() {
                if let completion = complete(slots.slot(index)) { return completion }
            } else if let entry = queue.take() {
                if let completion = translate(entry) { return completion }
            } else {
                return nil
            }
        }
    }

    private mutating func translate(_ entry: UringQueue.Entry) -> Completion? {
        let tag = UringTag(rawValue: entry.tag)
        let operation = tag.operation
        let isLast = entry.is_last
        switch operation {
        case .cancel: return nil
        case .wake:
            if isLast { isWakeArmed = false }
            return nil
        case .receive, .send, .accept, .connect, .writable, .reset: break
        }
        let slot = slots.slot(tag.index)
        precondition(
            slot.pointee.isOpen && tag.names(slot.pointee.token),
            "no operation outlives its token")
        switch operation {
        case .receive: return finishReceive(slot, entry, isLast: isLast)
        case .send: return finishSend(slot, entry.result)
        case .accept: return finishAccept(slot, entry.result, isLast: isLast)
        case .writable:
            finishWritable(slot)
            return nil
        case .reset:
            finishReset(slot)
            return nil
        case .connect, .cancel, .wake: return finishConnect(slot, entry.result)
        }
    }

    /// Reports what a slot was queued for, and queues it again if there may be more.
    private mutating func complete(_ slot: UnsafeMutablePointer<UringSlot>) -> Completion? {
        let state = slot.pointee.state
        let token = slot.pointee.token
        if state.contains(.closing) { return finishClose(slot) }
        if state.contains(.dead) { return nil }
        if state.contains(.sent) {
            if slot.pointee.hasMore { slots.enqueue(token.index) }
            return reportSend(slot, slot.pointee.sentByteCount)
        }
        if state.contains(.receiving) && slot.pointee.hasHeldBytes {
            slots.enqueue(token.index)
            return releaseHeld(slot)
        }
        if state.isSuperset(of: [.receiving, .endHeld]) && !state.contains(.ended) {
            slot.pointee.state.insert(.ended)
            // A failed send has no more to wait for; its failure says more than the end.
            if !state.contains(.failing) { return .endOfStream(token) }
        }
        // A failed send waits for the last of the receive, unless reads are withheld. A send that
        // the kernel took after the read had failed gets no `.sent`, so it, too, has to be told.
        let hasDeadSend =
            state.contains(.sending) && state.isDisjoint(with: [.sendArmed, .writableArmed])
        let mayReport =
            state.contains(.receiving)
            ? !state.contains(.receiveArmed) : state.contains(.sendFailed) || hasDeadSend
        guard state.contains(.failing) && mayReport else { return nil }
        slot.pointee.state.remove(.failing)
        slot.pointee.state.insert(.dead)
        return .failed(token, Errno(rawValue: slot.pointee.failure))
    }

    private mutating func finishClose(_ slot: UnsafeMutablePointer<UringSlot>) -> Completion? {
        // Queued for something else, before the kernel's last completion.
        guard slot.pointee.descriptor < 0 else { return nil }
        slot.pointee.vectors?.deallocate()
        slot.pointee.vectors = nil
        slot.pointee.copied?.deallocate()
        slot.pointee.copied = nil
        slot.pointee.file = nil
        slot.pointee.isOpen = false
        return .closed(slot.pointee.token)
    }

    private mutating func finishReceive(
        _ slot: UnsafeMutablePointer<UringSlot>, _ entry: UringQueue.Entry, isLast: Bool
    ) -> Completion? {
        statistics.receiveCount &+= 1
        if isLast { slot.pointee.state.subtract([.receiveArmed, .cancelling]) }
        let buffer = entry.buffer
        let isDiscarded = !slot.pointee.state.isDisjoint(with: [.closing, .dead])
        if isDiscarded || entry.result <= 0 {
            if buffer >= 0 { buffers.provide(buffer, to: queue) }
            if isDiscarded {
                if slot.pointee.state.contains(.closing) { finishIfIdle(slot) }
                return nil
            }
            return endReceive(slot, entry.result)
        }
        if slot.pointee.wantsReceive { armReceive(slot) }
        let bytes = buffers.bytes(buffer, count: Int(entry.result))
        let isFailingLast = isLast && slot.pointee.state.contains(.failing)
        if slot.pointee.state.contains(.receiving) && !slot.pointee.hasHeldBytes {
            if isFailingLast { slots.enqueue(slot.pointee.token.index) }
            lentBuffer = buffer
            return .received(slot.pointee.token, bytes)
        }
        if slot.pointee.copiedByteCount == 0 && buffers.mayHold {
            buffers.hold(buffer, length: entry.result, in: &slot.pointee.held)
        } else {
            slot.pointee.copy(bytes)
            buffers.provide(buffer, to: queue)
        }
        if slot.pointee.state.contains(.receiving) { slots.enqueue(slot.pointee.token.index) }
        return nil
    }

    /// The last completion of a receive, without bytes.
    private mutating func endReceive(
        _ slot: UnsafeMutablePointer<UringSlot>, _ result: Int32
    ) -> Completion? {
        let index = slot.pointee.token.index
        switch -result {
        case 0:
            slot.pointee.state.insert(.endHeld)
            slots.enqueue(index)
        case ENOBUFS:
            statistics.wouldBlockCount &+= 1
            // A failing one is not armed again, and has its failure to report.
            if slot.pointee.state.contains(.failing) {
                slots.enqueue(index)
            } else {
                starved.append(index)
            }
        case ECANCELED, EINTR, EAGAIN:
            if slot.pointee.wantsReceive { armReceive(slot) }
            if slot.pointee.state.contains(.failing) { slots.enqueue(index) }
        case let code:
            fail(slot, code, ofSend: false)
        }
        return nil
    }

    /// The oldest withheld bytes, lent until the next call.
    private mutating func releaseHeld(_ slot: UnsafeMutablePointer<UringSlot>) -> Completion {
        let token = slot.pointee.token
        if let held = buffers.release(from: &slot.pointee.held) {
            lentBuffer = held.identifier
            return .received(token, buffers.bytes(held.identifier, count: Int(held.length)))
        }
        let bytes = UnsafeRawBufferPointer(
            start: slot.pointee.copied, count: slot.pointee.copiedByteCount)
        lentCopy = slot.pointee.copied
        slot.pointee.copied = nil
        slot.pointee.copiedByteCount = 0
        slot.pointee.copiedCapacity = 0
        return .received(token, bytes)
    }

    private mutating func finishSend(
        _ slot: UnsafeMutablePointer<UringSlot>, _ result: Int32
    ) -> Completion? {
        statistics.sendCount &+= 1
        slot.pointee.state.remove(.sendArmed)
        if slot.pointee.state.contains(.closing) {
            finishIfIdle(slot)
            return nil
        }
        if !slot.pointee.state.isDisjoint(with: [.dead, .failing]) {
            slots.enqueue(slot.pointee.token.index)
            return nil
        }
        guard result > 0 else {
            fail(slot, result == 0 ? EPIPE : -result, ofSend: true)
            return nil
        }
        return reportSend(slot, Int(result))
    }

    /// The socket takes something of a file again, or is dead, which the attempt will find.
    private mutating func finishWritable(_ slot: UnsafeMutablePointer<UringSlot>) {
        slot.pointee.state.remove(.writableArmed)
        if slot.pointee.state.contains(.closing) {
            finishIfIdle(slot)
        } else if !slot.pointee.state.isDisjoint(with: [.dead, .failing]) {
            slots.enqueue(slot.pointee.token.index)
        } else if let file = slot.pointee.file {
            attemptSend(slot, file)
        }
    }

    /// The peer has reset the connection, or both ends have ended it.
    private mutating func finishReset(_ slot: UnsafeMutablePointer<UringSlot>) {
        slot.pointee.state.remove(.resetArmed)
        if slot.pointee.state.contains(.closing) {
            finishIfIdle(slot)
        } else if slot.pointee.state.isDisjoint(with: [.receiving, .dead]) {
            if slot.pointee.state.contains(.failing) {
                // A receive that was being withheld has taken the error off the socket.
                fail(slot, slot.pointee.failure, ofSend: true)
            } else if let error = Syscall.pendingError(slot.pointee.descriptor) {
                fail(slot, error.rawValue, ofSend: true)
            }
        }
    }

    private mutating func reportSend(
        _ slot: UnsafeMutablePointer<UringSlot>, _ byteCount: Int
    ) -> Completion {
        slot.pointee.state.subtract([.sending, .sent])
        slot.pointee.file = nil
        if slot.pointee.state.contains(.shutdown) { shutDown(slot) }
        return .sent(slot.pointee.token, byteCount: byteCount)
    }

    private mutating func finishAccept(
        _ slot: UnsafeMutablePointer<UringSlot>, _ result: Int32, isLast: Bool
    ) -> Completion? {
        statistics.acceptCount &+= 1
        let token = slot.pointee.token
        if isLast { slot.pointee.state.remove(.acceptArmed) }
        if slot.pointee.state.contains(.closing) {
            if result >= 0 { Syscall.close(result) }
            finishIfIdle(slot)
            return nil
        }
        if result >= 0 {
            if isLast { armAccept(slot) }
            return .accepted(listener: token, descriptor: result)
        }
        let error = Syscall.error(-result)
        if AcceptRest.concernsOneConnection(error) || error == .wouldBlock || error == .interrupted
        {
            if isLast { armAccept(slot) }
            return nil
        }
        let now = MonotonicClock.nowNanoseconds()
        acceptRest.add(token, untilNanoseconds: now + configuration.acceptRetryNanoseconds)
        return .failed(token, error)
    }

    private mutating func finishConnect(
        _ slot: UnsafeMutablePointer<UringSlot>, _ result: Int32
    ) -> Completion? {
        let token = slot.pointee.token
        slot.pointee.state.remove(.connectArmed)
        if slot.pointee.state.contains(.closing) {
            finishIfIdle(slot)
            return nil
        }
        let pollError = result < 0 ? Syscall.error(-result) : nil
        if let error = Syscall.pendingError(slot.pointee.descriptor) ?? pollError {
            slot.pointee.state.insert(.dead)
            return .failed(token, error)
        }
        slot.pointee.state.remove(.connecting)
        if slot.pointee.wantsReceive { armReceive(slot) }
        if let vectors = slot.pointee.vectors {
            startSend(slot, vectors, count: slot.pointee.vectorCount)
            vectors.deallocate()
            slot.pointee.vectors = nil
        } else if let file = slot.pointee.file {
            attemptSend(slot, file)
        } else if slot.pointee.state.contains(.shutdown) {
            shutDown(slot)
        }
        return .connected(token)
    }
}
