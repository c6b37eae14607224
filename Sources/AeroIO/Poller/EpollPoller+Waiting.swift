// How the epoll poller sleeps, spins and wakes.

import CLinux
import Glibc

extension EpollPoller {
    package mutating func wait(timeoutNanoseconds: Int64) throws(Errno) {
        // Edges that weren't looked at yet would be lost.
        if eventCursor < eventCount { return }
        var timeout = timeoutNanoseconds
        if !acceptRest.isEmpty { timeout = endRests(timeout) }
        if slots.hasQueued || isWoken {
            // Deliver first what needs no system call, but never twice in a row: the sockets of
            // others must not starve behind a caller that always has something queued.
            hasSkippedKernel.toggle()
            if hasSkippedKernel { return }
            timeout = 0
        } else {
            hasSkippedKernel = false
        }
        if timeout != 0 && configuration.spinNanoseconds > 0 {
            if try spin(timeoutNanoseconds: timeout) { return }
            if timeout > 0 { timeout = max(1, timeout - configuration.spinNanoseconds) }
        }
        if timeout != 0 && !signal.prepareToSleep() { timeout = 0 }
        // On a throw the thread is awake again too.
        defer { if signal.takeNotification() { isWoken = true } }
        try collect(timeoutNanoseconds: timeout)
    }

    /// Polls until something comes or the spin, or the wait, is over; true when the wait is.
    private mutating func spin(timeoutNanoseconds: Int64) throws(Errno) -> Bool {
        let isWholeWait =
            timeoutNanoseconds > 0 && timeoutNanoseconds <= configuration.spinNanoseconds
        let duration = isWholeWait ? timeoutNanoseconds : configuration.spinNanoseconds
        let deadline = MonotonicClock.nowNanoseconds() + duration
        // BOUND: ends at the deadline.
        repeat {
            try collect(timeoutNanoseconds: 0)
            if signal.isNotified && signal.takeNotification() { isWoken = true }
            if eventCount > 0 || isWoken { return true }
        } while MonotonicClock.nowNanoseconds() < deadline
        return isWholeWait
    }

    /// One epoll_pwait2.
    private mutating func collect(timeoutNanoseconds: Int64) throws(Errno) {
        statistics.waitCount &+= 1
        eventCursor = 0
        eventCount = 0
        let count = aero_epoll_wait(
            epoll.rawValue, events, Int32(configuration.eventCapacity), timeoutNanoseconds)
        if count >= 0 {
            eventCount = Int(count)
        } else if count != -EINTR {
            throw Syscall.error(-count)
        }
    }

    /// Queues the listeners whose rest is over, and gives the time to the next such end.
    private mutating func endRests(_ timeoutNanoseconds: Int64) -> Int64 {
        let now = MonotonicClock.nowNanoseconds()
        for token in acceptRest.takeDue(nowNanoseconds: now) {
            guard let slot = slots.find(token) else { continue }
            slot.pointee.state.remove(.resting)
            slots.enqueue(token.index)
        }
        return acceptRest.shorten(timeoutNanoseconds, nowNanoseconds: now)
    }
}
