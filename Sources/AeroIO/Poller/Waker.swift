// Waking a poller from another thread.

import CLinux
import Synchronization

/// Wakes one poller's thread; copies wake the same one. Usable after the poller has gone.
package struct Waker: Sendable {
    let signal: WakeSignal

    /// Makes the poller report `.woken` in its current or next wait.
    ///
    /// Writes made before this call are visible to the thread that gets that `.woken`. Calls that
    /// come before it are coalesced; only one that finds the thread asleep makes a system call.
    package func wake() { signal.wake() }
}

extension Waker {
    /// A waker for a poller outside this module, which never sleeps but asks `takeWake`.
    /// - Throws: `Errno` of eventfd(2).
    package init() throws(Errno) { signal = try WakeSignal() }

    /// True when a wake came that was not taken yet; it stays for `takeWake`.
    package var isPending: Bool { signal.isNotified }

    /// True once for all wakes that came before. The poller's thread only.
    package func takeWake() -> Bool { signal.takeNotification() }
}

/// The shared state of a poller and its wakers.
///
/// The state goes awake -> asleep -> awake by the poller, and from either to notified by a waker.
/// All transitions are read-modify-write operations on one word, so either the waker sees
/// "asleep" and writes the eventfd, or the poller sees "notified" and doesn't sleep.
final class WakeSignal: Sendable {
    private static let awake: UInt8 = 0
    private static let asleep: UInt8 = 1
    private static let notified: UInt8 = 2

    /// The eventfd. Watched edge-triggered and never read: each write is an edge.
    let descriptor: Int32
    private let state = Atomic<UInt8>(WakeSignal.awake)

    init() throws(Errno) { descriptor = try Syscall.check(aero_eventfd()) }

    deinit { Syscall.close(descriptor) }

    func wake() {
        // Releases the caller's writes; pairs with the acquiring exchange in `takeNotification`.
        let before = state.exchange(Self.notified, ordering: .acquiringAndReleasing)
        if before == Self.asleep { interruptSleep() }
    }

    private func interruptSleep() {
        var one: UInt64 = 1
        // SAFETY: lent for the call only.
        let outcome = withUnsafeBytes(of: &one) { Syscall.write(descriptor, $0) }
        guard case .moved = outcome else {
            // BOUND: EAGAIN would need 2^64 writes to one eventfd.
            preconditionFailure("an eventfd takes a write of one")
        }
    }

    /// Announces a sleep; false when a wake came before, and the poller must not sleep.
    func prepareToSleep() -> Bool {
        // Releasing, so that a waker that sees "asleep" also sees an eventfd that is watched.
        state.compareExchange(
            expected: Self.awake, desired: Self.asleep, ordering: .acquiringAndReleasing
        ).exchanged
    }

    /// True when a wake came, without taking it: for loops that spin.
    var isNotified: Bool { state.load(ordering: .relaxed) == Self.notified }

    /// Ends a sleep, or none; true once for all wakes that came before.
    func takeNotification() -> Bool {
        // Nothing to take and nothing to end: spares the locked instruction.
        if state.load(ordering: .relaxed) == Self.awake { return false }
        // Acquires what wakers wrote; pairs with the releasing exchange in `wake`.
        return state.exchange(Self.awake, ordering: .acquiringAndReleasing) == Self.notified
    }
}
