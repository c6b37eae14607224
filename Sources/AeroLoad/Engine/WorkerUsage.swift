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
    }

    /// When the measured window began; nil when the run ended before.
    @usableFromInline package private(set) var start: Reading?
    /// When it ended.
    package private(set) var end: Reading?

    @usableFromInline init() {}

    mutating func mark(
        _ edge: Edge, sentCount: Int64, receivedCount: Int64, inFlightArea: Double
    ) {
        let reading = Reading(
            atNanoseconds: MonotonicClock.nowNanoseconds(), thread: ThreadUsage.current,
            allocations: AllocationCounter.currentThread(), sentCount: sentCount,
            receivedCount: receivedCount, inFlightArea: inFlightArea)
        switch edge {
        case .start: start = reading
        case .end: end = reading
        }
    }
}
