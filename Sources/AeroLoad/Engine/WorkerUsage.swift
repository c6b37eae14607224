// What a load-generating thread used of the machine while it measured.

package import AeroIO
package import AeroMemory

/// A worker thread's use of the machine at the edges of the measured window.
@usableFromInline package struct WorkerUsage: Sendable {
    /// Which edge of the window.
    @usableFromInline enum Edge { case start, end }

    /// Running totals of a thread.
    @usableFromInline package struct Reading: Sendable {
        /// When it was taken.
        package let atNanoseconds: Int64
        /// CPU time and context switches.
        package let thread: ThreadUsage
        /// Allocations of the thread; nil where the executable does not count them.
        package let allocations: AllocationCount?
        /// Messages sent by then.
        package let sentCount: Int64
        /// Messages received by then.
        package let receivedCount: Int64
        /// Messages of the window in flight times nanoseconds, summed until then.
        package let inFlightArea: Double
        /// Time until then in which it looked for something to do, found nothing and did not sleep.
        package let spinNanoseconds: Int64
    }

    /// When the measured window began; nil when the run ended before.
    @usableFromInline package private(set) var start: Reading?
    /// When it ended.
    package private(set) var end: Reading?

    @usableFromInline init() {}

    init(start: Reading?, end: Reading?) {
        self.start = start
        self.end = end
    }

    mutating func mark(
        _ edge: Edge, sentCount: Int64, receivedCount: Int64, inFlightArea: Double,
        spinNanoseconds: Int64
    ) {
        let reading = Reading(
            atNanoseconds: MonotonicClock.nowNanoseconds(), thread: ThreadUsage.current,
            allocations: AllocationCounter.currentThread(), sentCount: sentCount,
            receivedCount: receivedCount, inFlightArea: inFlightArea,
            spinNanoseconds: spinNanoseconds)
        switch edge {
        case .start: start = reading
        case .end: end = reading
        }
    }
    /// Share of the measured window that the thread spent at work on a core: sending, receiving,
    /// and polling that had something to give. Polling in vain until a message is due is no work.
    ///
    /// - Returns: From 0 to 1; nil when the window never opened.
    package var workShare: Double? {
        guard let start, let end, end.atNanoseconds > start.atNanoseconds else { return nil }
        let ran =
            end.thread.userNanoseconds - start.thread.userNanoseconds
            + end.thread.systemNanoseconds - start.thread.systemNanoseconds
        let work = ran - (end.spinNanoseconds - start.spinNanoseconds)
        let length = end.atNanoseconds - start.atNanoseconds
        return min(1, max(0, Double(work) / Double(length)))
    }
}
