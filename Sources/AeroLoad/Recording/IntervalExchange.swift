// Hands interval buffers between one recording and one collecting thread.

import HDRHistogram
import Synchronization

/// The buffers of one worker, each owned by one side at a time.
///
/// A buffer goes free -> recording (worker) -> filled (worker) -> free (collector). There is no
/// lock and no allocation; neither side ever waits for the other.
@usableFromInline final class IntervalExchange: Sendable {
    /// Who may touch a buffer.
    private enum State {
        /// Nobody; the worker may take it.
        static let free = 0
        /// The worker.
        static let recording = 1
        /// The collector.
        static let filled = 2
    }

    @usableFromInline let classCount: Int
    /// Histograms of a class: those of `LatencySeries`, and of `StageSeries` if it measures stages.
    @usableFromInline let seriesCount: Int
    let bufferCount: Int
    // SAFETY: written by init, freed by deinit; what the handles point to is touched only by the
    // side that the buffer's state names, and states change with release and acquire.
    private nonisolated(unsafe) let buffers: UnsafeMutablePointer<IntervalBuffer>
    // SAFETY: points to `bufferCount` atomics, allocated by init and freed by deinit.
    private nonisolated(unsafe) let states: UnsafeMutablePointer<Atomic<Int>>
    /// Set by the worker after its last buffer.
    private let isFinishedFlag = Atomic<Bool>(false)

    init(classCount: Int, seriesCount: Int, bufferCount: Int) throws(HistogramError) {
        self.classCount = classCount
        self.seriesCount = seriesCount
        self.bufferCount = bufferCount
        buffers = .allocate(capacity: bufferCount)
        states = .allocate(capacity: bufferCount)
        for index in 0..<bufferCount {
            (buffers + index).initialize(
                to: try IntervalBuffer.allocate(
                    classCount: classCount, seriesCount: seriesCount))
            (states + index).initialize(to: Atomic(State.free))
        }
    }

    deinit {
        for index in 0..<bufferCount {
            buffers[index].deallocate(classCount: classCount, seriesCount: seriesCount)
        }
        buffers.deallocate()
        states.deinitialize(count: bufferCount)
        states.deallocate()
    }
}

// The worker's side.
extension IntervalExchange {
    func buffer(_ index: Int) -> IntervalBuffer { buffers[index] }

    /// Takes a free buffer, if more than `reserve` are free. Worker only.
    func takeFree(keeping reserve: Int) -> Int? {
        var found: Int?
        var freeCount = 0
        for index in 0..<bufferCount {
            // Acquiring: pairs with the releasing store in `giveBack`, so the reset is seen.
            if states[index].load(ordering: .acquiring) == State.free {
                freeCount += 1
                found = index
            }
        }
        guard let found, freeCount > reserve else { return nil }
        // Relaxed: only the worker takes free buffers, and the collector ignores this state.
        states[found].store(State.recording, ordering: .relaxed)
        return found
    }

    /// Hands a filled buffer to the collector. Worker only.
    func publish(_ index: Int) {
        // Releasing: pairs with the acquiring load in `nextFilled`, so the samples are seen.
        states[index].store(State.filled, ordering: .releasing)
    }

    /// Says that nothing follows. Worker only.
    func finish() {
        // Releasing: pairs with the acquiring load in `isFinished`, after the last `publish`.
        isFinishedFlag.store(true, ordering: .releasing)
    }
}

// The collector's side.
extension IntervalExchange {
    /// The filled buffer that was filled first. Collector only.
    func nextFilled() -> Int? {
        var oldest: Int?
        for index in 0..<bufferCount {
            // Acquiring: pairs with the releasing store in `publish`.
            guard states[index].load(ordering: .acquiring) == State.filled else { continue }
            let ordinal = buffers[index].header.pointee.ordinal
            if let oldest, buffers[oldest].header.pointee.ordinal < ordinal { continue }
            oldest = index
        }
        return oldest
    }

    /// Empties a collected buffer for the worker. Collector only.
    func giveBack(_ index: Int) {
        buffers[index].reset(classCount: classCount, seriesCount: seriesCount)
        // Releasing: pairs with the acquiring load in `takeFree`.
        states[index].store(State.free, ordering: .releasing)
    }

    /// Whether the worker has handed over its last buffer.
    var isFinished: Bool { isFinishedFlag.load(ordering: .acquiring) }
}
