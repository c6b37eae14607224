// Which of several descriptors are ready, for C libraries that read and write themselves.

import CLinux
import Glibc

/// Watches descriptors that others own and says which can be read from or written to.
///
/// Level-triggered: what was not read or written is reported again. A descriptor that its owner
/// closes is forgotten by the kernel. One thread owns it. Allocations: none after init.
package struct ReadinessPoller: ~Copyable {
    /// What one descriptor is ready for.
    package struct Readiness {
        /// The number it is watched by.
        package let index: Int
        /// Something can be read: bytes, the end of the stream or an error.
        package let isReadable: Bool
        /// Something can be written; reported only where that was asked for.
        package let isWritable: Bool
    }

    // BOUND: descriptors reported by one wait; the others follow with the next.
    private static let eventCapacity: Int32 = 256

    private let epoll: FileDescriptor
    private let events: UnsafeMutablePointer<aero_epoll_event>

    /// A poller without descriptors.
    /// - Throws: `Errno` of epoll_create1(2).
    package init() throws(Errno) {
        epoll = FileDescriptor(owning: try Syscall.check(aero_epoll_create()))
        events = .allocate(capacity: Int(Self.eventCapacity))
    }

    deinit { events.deallocate() }

    /// Begins to watch a descriptor, which is closed on exec from now on: libraries leave that out.
    ///
    /// - Parameters:
    ///   - descriptor: Open, and closed by its owner.
    ///   - index: The number to report it by.
    ///   - output: Whether to report that it can be written to.
    /// - Throws: `Errno` of fcntl(2) or epoll_ctl(2).
    package func watch(_ descriptor: Int32, index: Int, output: Bool) throws(Errno) {
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw Errno(rawValue: errno) }
        try control(AERO_EPOLL_ADD, descriptor, index, output)
    }

    /// Changes whether to report that a descriptor can be written to.
    ///
    /// - Parameters: As of `watch`, of a descriptor that is watched.
    /// - Throws: `Errno` of epoll_ctl(2).
    package func change(_ descriptor: Int32, index: Int, output: Bool) throws(Errno) {
        try control(AERO_EPOLL_MODIFY, descriptor, index, output)
    }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ index: Int, _ output: Bool
    ) throws(Errno) {
        let interest = AERO_EPOLL_INPUT | AERO_EPOLL_PEER_HANGUP
        try Syscall.check(
            aero_epoll_control(
                epoll.rawValue, operation, descriptor,
                output ? interest | AERO_EPOLL_OUTPUT : interest, UInt64(index)))
    }

    /// Waits until a descriptor is ready or the time is over.
    ///
    /// - Parameter timeoutNanoseconds: 0 to look only; below zero for ever.
    /// - Returns: How many are ready; ask for each by its position.
    /// - Throws: `Errno` of epoll_pwait2(2).
    package mutating func wait(timeoutNanoseconds: Int64) throws(Errno) -> Int {
        let count = aero_epoll_wait(
            epoll.rawValue, events, Self.eventCapacity, timeoutNanoseconds)
        guard count != -EINTR else { return 0 }
        return Int(try Syscall.check(count))
    }

    /// One of those that the last wait found ready.
    package subscript(position: Int) -> Readiness {
        let event = events[position]
        let ends = AERO_EPOLL_PEER_HANGUP | AERO_EPOLL_HANGUP | AERO_EPOLL_ERROR
        return Readiness(
            index: Int(event.data), isReadable: event.events & (AERO_EPOLL_INPUT | ends) != 0,
            isWritable: event.events & AERO_EPOLL_OUTPUT != 0)
    }
}
