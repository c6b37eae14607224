// What the io_uring poller asks of the kernel.

import Glibc

extension UringPoller {
    /// Begins a multishot receive.
    func armReceive(_ slot: UnsafeMutablePointer<UringSlot>) {
        slot.pointee.state.insert(.receiveArmed)
        queue.receive(slot.pointee.descriptor, tag: UringTag(.receive, slot.pointee.token))
    }

    /// Begins a multishot accept.
    func armAccept(_ slot: UnsafeMutablePointer<UringSlot>) {
        slot.pointee.state.insert(.acceptArmed)
        queue.accept(slot.pointee.descriptor, tag: UringTag(.accept, slot.pointee.token))
    }

    /// Waits for the end of a connect in progress.
    func armConnect(_ slot: UnsafeMutablePointer<UringSlot>) {
        slot.pointee.state.insert(.connectArmed)
        queue.waitWritable(slot.pointee.descriptor, tag: UringTag(.connect, slot.pointee.token))
    }

    /// Waits for a reset while reads are withheld, when no receive would tell of it. Once begun it
    /// goes on until the reset or the close: a connection that is held back now and then pays once.
    func armReset(_ slot: UnsafeMutablePointer<UringSlot>) {
        guard slot.pointee.state.isDisjoint(with: [.resetArmed, .connecting, .dead]) else { return }
        slot.pointee.state.insert(.resetArmed)
        queue.waitBroken(slot.pointee.descriptor, tag: UringTag(.reset, slot.pointee.token))
    }

    /// Ends the receive, if there is one; its last completion says when it has.
    func cancelReceive(_ slot: UnsafeMutablePointer<UringSlot>) {
        let state = slot.pointee.state
        guard state.contains(.receiveArmed) && !state.contains(.cancelling) else { return }
        slot.pointee.state.insert(.cancelling)
        submitCancel(UringTag(.receive, slot.pointee.token))
    }

    /// Asks for the end of an operation. By its tag, not by descriptor: a number is used again
    /// sooner than a tag.
    func submitCancel(_ target: UringTag) {
        queue.cancel(target, tag: UringTag(.cancel))
    }

    /// Sends at once if nothing else was sent in this turn, else submits.
    mutating func startSend(
        _ slot: UnsafeMutablePointer<UringSlot>, _ vectors: UnsafePointer<iovec>, count: Int
    ) {
        if hasSent {
            submitSend(slot, vectors, count: count)
            return
        }
        hasSent = true
        switch Syscall.send(slot.pointee.descriptor, vectors, count: count) {
        case .moved(let byteCount):
            statistics.sendCount &+= 1
            slot.pointee.sentByteCount = byteCount
            slot.pointee.state.insert(.sent)
            slots.enqueue(slot.pointee.token.index)
        case .wouldBlock:
            statistics.wouldBlockCount &+= 1
            submitSend(slot, vectors, count: count)
        case .failed(let error):
            fail(slot, error.rawValue, ofSend: true)
        }
    }

    /// Submits a send, which waits inside the kernel if it has to.
    private mutating func submitSend(
        _ slot: UnsafeMutablePointer<UringSlot>, _ vectors: UnsafePointer<iovec>, count: Int
    ) {
        slot.pointee.state.insert(.sendArmed)
        let tag = UringTag(.send, slot.pointee.token)
        let descriptor = slot.pointee.descriptor
        if count == 1 {
            // A submission's length is 32 bits wide; what is beyond is a partial send.
            let byteCount = min(vectors.pointee.iov_len, Int(Int32.max))
            queue.send(descriptor, vectors.pointee.iov_base, byteCount: byteCount, tag: tag)
            return
        }
        if !messages.hasRoom(forVectors: count) {
            queue.submit()
            messages.removeAll()
        }
        let message = messages.append(vectors, count: count)
        queue.send(descriptor, message: message, tag: tag)
    }

    /// Sends of a file what the socket takes, at once: io_uring would do the same, on a thread of
    /// the kernel's. Waits for the socket to become writable when it takes nothing.
    mutating func attemptSend(_ slot: UnsafeMutablePointer<UringSlot>, _ file: FileSlice) {
        switch fileSender.attempt(file, to: slot.pointee.descriptor) {
        case .moved(let byteCount):
            statistics.sendCount &+= 1
            slot.pointee.sentByteCount = byteCount
            slot.pointee.state.insert(.sent)
            slots.enqueue(slot.pointee.token.index)
        case .wouldBlock:
            statistics.wouldBlockCount &+= 1
            slot.pointee.state.insert(.writableArmed)
            let tag = UringTag(.writable, slot.pointee.token)
            queue.waitWritable(slot.pointee.descriptor, tag: tag)
        case .failed(let error):
            fail(slot, error.rawValue, ofSend: true)
        }
    }

    /// Closes the descriptor once the kernel has no operation on it, and queues the `.closed`.
    mutating func finishIfIdle(_ slot: UnsafeMutablePointer<UringSlot>) {
        guard slot.pointee.state.isDisjoint(with: .armed) else { return }
        Syscall.close(slot.pointee.descriptor)
        slot.pointee.descriptor = -1
        slots.enqueue(slot.pointee.token.index)
        acceptRest.expire()
    }

    /// Sends the end of the stream; a refusal means that the connection is dead.
    mutating func shutDown(_ slot: UnsafeMutablePointer<UringSlot>) {
        slot.pointee.state.remove(.shutdown)
        do { try Syscall.shutdownWriting(slot.pointee.descriptor) } catch {
            fail(slot, error.rawValue, ofSend: true)
        }
    }

    /// Notes that the connection is dead; `complete` reports it when its turn has come.
    mutating func fail(_ slot: UnsafeMutablePointer<UringSlot>, _ code: Int32, ofSend: Bool) {
        if !slot.pointee.state.contains(.failing) { slot.pointee.failure = code }
        slot.pointee.state.insert(ofSend ? [.failing, .sendFailed] : .failing)
        // What the peer sent before it went is reported first: the receive's last completion
        // comes after it.
        cancelReceive(slot)
        slots.enqueue(slot.pointee.token.index)
    }
}
