// A thread that does nothing but sleep, and notes how late it wakes up.

import Synchronization

/// Watches for hiccups: moments in which a thread with nothing to do could not run.
///
/// What held it up (other processes, the hypervisor, the kernel) held up the threads beside it,
/// too, as far as they were ready. Costs about half a percent of a core at one wake-up a
/// millisecond.
/// Source: Tene's jHiccup.
package final class ControlThread: Sendable {
    /// One wake-up.
    package struct Tick: Sendable {
        /// When, ns of the monotonic clock.
        package let nowNanoseconds: Int64
        /// How much later than asked for.
        package let overshootNanoseconds: Int64

        /// - Parameters: as the properties.
        package init(nowNanoseconds: Int64, overshootNanoseconds: Int64) {
            self.nowNanoseconds = nowNanoseconds
            self.overshootNanoseconds = overshootNanoseconds
        }
    }

    private let stopping = Atomic<Bool>(false)
    private let handle = Mutex<JoinHandle?>(nil)

    private init() {}

    /// Starts a control thread.
    ///
    /// - Parameters:
    ///   - name: As the kernel shows it.
    ///   - periodNanoseconds: How long it sleeps at a time.
    ///   - onTick: Called on the thread after each sleep.
    /// - Throws: As `SystemThread.start`.
    package static func start(
        name: String, periodNanoseconds: Int64, onTick: @escaping @Sendable (Tick) -> Void
    ) throws(Errno) -> ControlThread {
        let control = ControlThread()
        let thread = try SystemThread.start(name: name) {
            control.run(periodNanoseconds, onTick)
        }
        control.handle.withLock { $0 = thread }
        return control
    }

    private func run(_ period: Int64, _ onTick: (Tick) -> Void) {
        var before = MonotonicClock.nowNanoseconds()
        // Relaxed: the flag carries no data.
        while !stopping.load(ordering: .relaxed) {
            SystemThread.sleep(nanoseconds: period)
            let now = MonotonicClock.nowNanoseconds()
            onTick(Tick(nowNanoseconds: now, overshootNanoseconds: max(0, now - before - period)))
            // What the callback takes is no hiccup.
            before = MonotonicClock.nowNanoseconds()
        }
    }

    /// Ends the thread and waits for it; more than once is harmless.
    package func stop() {
        stopping.store(true, ordering: .relaxed)
        let thread = handle.withLock { $0.take() }
        thread?.join()
    }
}
