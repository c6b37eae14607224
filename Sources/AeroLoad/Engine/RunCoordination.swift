// What the workers of a run tell each other: start, stop, and when everything has arrived.

import Synchronization

/// Shared by all workers and whoever started them. Nothing in it is touched per message.
@usableFromInline package final class RunCoordination: Sendable {
    /// How long a worker waits at most for messages under way after the window.
    @usableFromInline package let drainNanoseconds: Int64

    private let workerCount: Int
    private let stopping = Atomic<Bool>(false)
    private let measureStart = Atomic<Int64>(.max)
    private let givenUp = Atomic<Bool>(false)
    private let finishedSending = Atomic<Int>(0)
    private let expected = Atomic<Int64>(0)
    private let received = Atomic<Int64>(0)

    /// - Parameters:
    ///   - workerCount: Workers of the run.
    ///   - drainNanoseconds: How long to wait for stragglers.
    @usableFromInline package init(workerCount: Int, drainNanoseconds: Int64) {
        self.workerCount = workerCount
        self.drainNanoseconds = drainNanoseconds
    }

    /// Asks the workers to end the window now.
    package func stop() { stopping.store(true, ordering: .relaxed) }

    /// A worker failed: what the others would still measure is not the scenario's load, and what
    /// they would wait for may never come.
    @usableFromInline package func giveUp() {
        givenUp.store(true, ordering: .relaxed)
        stop()
    }

    /// Ends the warm-up early: the window begins at a time that is still to come.
    @usableFromInline package func measure(fromNanoseconds nanoseconds: Int64) {
        measureStart.store(nanoseconds, ordering: .relaxed)
    }

    /// When the window begins, once that was decided; `Int64.max` until then. Relaxed: the value
    /// is all there is to it.
    @usableFromInline package var measureStartNanoseconds: Int64 {
        measureStart.load(ordering: .relaxed)
    }

    /// Relaxed: the flag carries no data.
    @usableFromInline package var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// A worker has sent its last message.
    ///
    /// - Parameter expecting: Deliveries that its messages will make.
    @usableFromInline package func finishSending(expecting: Int64) {
        expected.wrappingAdd(expecting, ordering: .relaxed)
        // Releasing: the expectation above is counted in before the worker counts as finished;
        // pairs with the acquiring load in `isDrained`.
        finishedSending.wrappingAdd(1, ordering: .releasing)
    }

    /// A worker received more messages.
    @usableFromInline package func addReceived(_ count: Int64) {
        received.wrappingAdd(count, ordering: .relaxed)
    }

    /// True when all workers have finished sending and as much has arrived as was sent, or when a
    /// worker failed.
    ///
    /// Repeated messages count here, so that a lost one may hide behind a repeated one; then the
    /// ledger, which looks at each, says so.
    @usableFromInline package var isDrained: Bool {
        givenUp.load(ordering: .relaxed)
            || finishedSending.load(ordering: .acquiring) == workerCount
                && received.load(ordering: .relaxed) >= expected.load(ordering: .relaxed)
    }
}
