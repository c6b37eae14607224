// How the io_uring poller sleeps, spins and wakes.

extension UringPoller {
    package mutating func wait(timeoutNanoseconds: Int64) throws(Errno) {
        recycle()
        hasSent = false
        var timeout = timeoutNanoseconds
        if !starved.isEmpty { rearmStarved() }
        if !acceptRest.isEmpty { timeout = endRests(timeout) }
        if !isWakeArmed {
            isWakeArmed = true
            queue.watch(signal.descriptor, tag: UringTag(.wake))
        }
        if slots.hasQueued || isWoken || queue.hasCompletion { timeout = 0 }
        if timeout != 0 && configuration.spinNanoseconds > 0 {
            if try spin(timeoutNanoseconds: timeout) { return }
            if timeout > 0 { timeout = max(1, timeout - configuration.spinNanoseconds) }
        }
        if timeout != 0 && !signal.prepareToSleep() { timeout = 0 }
        // On a throw the thread is awake again too.
        defer { if signal.takeNotification() { isWoken = true } }
        if timeout == 0 {
            if try queue.poll() { noteSubmission() }
        } else {
            try queue.sleep(timeoutNanoseconds: timeout)
            noteSubmission()
        }
    }

    /// Polls until something comes or the spin, or the wait, is over; true when the wait is.
    private mutating func spin(timeoutNanoseconds: Int64) throws(Errno) -> Bool {
        let isWholeWait =
            timeoutNanoseconds > 0 && timeoutNanoseconds <= configuration.spinNanoseconds
        let duration = isWholeWait ? timeoutNanoseconds : configuration.spinNanoseconds
        let deadline = MonotonicClock.nowNanoseconds() + duration
        // BOUND: ends at the deadline.
        repeat {
            if try queue.poll() { noteSubmission() }
            if signal.isNotified && signal.takeNotification() { isWoken = true }
            if isWoken || queue.hasCompletion { return true }
        } while MonotonicClock.nowNanoseconds() < deadline
        return isWholeWait
    }

    /// The kernel was entered with everything that was filled.
    private mutating func noteSubmission() {
        statistics.waitCount &+= 1
        if queue.pendingCount == 0 { messages.removeAll() }
    }

    /// Takes back what the last `.received` lent.
    @inline(__always)
    mutating func recycle() {
        if lentBuffer != UringBuffers.none {
            buffers.provide(lentBuffer, to: queue)
            lentBuffer = UringBuffers.none
        }
        if let copy = lentCopy {
            copy.deallocate()
            lentCopy = nil
        }
    }

    /// Receives again where no buffer was free: all but the held ones are with the kernel now.
    private mutating func rearmStarved() {
        for index in starved {
            let slot = slots.slot(index)
            if slot.pointee.isOpen && slot.pointee.wantsReceive { armReceive(slot) }
        }
        starved.removeAll(keepingCapacity: true)
    }

    /// Accepts again where the rest is over, and gives the time to the next such end.
    private mutating func endRests(_ timeoutNanoseconds: Int64) -> Int64 {
        let now = MonotonicClock.nowNanoseconds()
        for token in acceptRest.takeDue(nowNanoseconds: now) {
            guard let slot = slots.find(token) else { continue }
            if slot.pointee.state.isDisjoint(with: [.closing, .acceptArmed]) { armAccept(slot) }
        }
        return acceptRest.shorten(timeoutNanoseconds, nowNanoseconds: now)
    }
}
