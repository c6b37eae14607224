// Where one thread sleeps until another one wakes it.

import Glibc
import Synchronization

/// A place for one sleeper, without lost wake-ups.
///
/// The sleeper announces itself (`isParked`), then looks once more whether it may go on; the waker
/// changes what the sleeper looks at, then looks whether somebody is parked. All four accesses are
/// sequentially consistent, so in their single order either the waker sees the sleeper or the
/// sleeper sees the change. The mutex covers the gap between the sleeper's look and its sleep.
struct ParkingSpot: ~Copyable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private let isParked = Atomic<Bool>(false)

    init() {
        // A pthread object must not move, so each has an address of its own.
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        check(pthread_mutex_init(mutex, nil))
        check(pthread_cond_init(condition, nil))
    }

    deinit {
        check(pthread_cond_destroy(condition))
        check(pthread_mutex_destroy(mutex))
        condition.deallocate()
        mutex.deallocate()
    }

    /// Sleeps until `isReady` holds.
    ///
    /// - Parameter isReady: Reads the watched state with sequentially consistent loads.
    borrowing func park(until isReady: () -> Bool) {
        check(pthread_mutex_lock(mutex))
        // Before the first `isReady`; pairs with the load in `wakeIfParked`.
        isParked.store(true, ordering: .sequentiallyConsistent)
        // BOUND: until the other end publishes or closes; a round more per spurious wake-up.
        while !isReady() { check(pthread_cond_wait(condition, mutex)) }
        // Relaxed: a waker that still sees true only signals in vain.
        isParked.store(false, ordering: .relaxed)
        check(pthread_mutex_unlock(mutex))
    }

    /// Wakes the sleeper if there is one.
    ///
    /// The caller has changed the watched state by a sequentially consistent store before.
    borrowing func wakeIfParked() {
        // After the caller's store; pairs with the store in `park`.
        guard isParked.load(ordering: .sequentiallyConsistent) else { return }
        // Taken and dropped so that the sleeper is either asleep already or yet to look.
        check(pthread_mutex_lock(mutex))
        check(pthread_cond_signal(condition))
        check(pthread_mutex_unlock(mutex))
    }

    private borrowing func check(_ code: Int32) {
        precondition(code == 0, "a pthread call on an owned, initialised object failed")
    }
}
