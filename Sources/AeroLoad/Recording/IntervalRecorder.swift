// Records the samples of one worker, interval by interval.

package import HDRHistogram

/// The worker's end of the recording: takes every sample and hands over full intervals.
///
/// No sample can be lost without a trace. A latency that does not fit its histogram is counted as
/// out of range; when the collector is late, the interval simply grows (`deferredRotationCount`),
/// though never across the ends of the warm-up and of the window; and a recorder that goes away
/// hands over what it holds.
///
/// Latencies belong to the phase of the message's *intended* send: a warm-up message that arrives
/// during the measured window stays out of it, and a message of the window that arrives during the
/// drain is part of it. Counts belong to the moment they happened.
/// - Thread: one worker. Allocations: none after `make`.
@usableFromInline package struct IntervalRecorder: ~Copyable {
    @usableFromInline let exchange: IntervalExchange
    private var window: RecordingWindow
    /// Knows when the warm-up was found to be over; nil for a recorder on its own.
    private var coordination: RunCoordination?
    /// Takes everything, except latencies of warm-up messages.
    @usableFromInline var current: IntervalBuffer
    /// Takes latencies of warm-up messages: the current interval, or the last one of the warm-up,
    /// which stays open for stragglers.
    @usableFromInline var warmup: IntervalBuffer
    private var currentIndex: Int
    private var warmupIndex: Int
    private var ordinal = 1
    @usableFromInline var measureStartNanoseconds: Int64
    @usableFromInline let seriesCount: Int

    /// When the current interval ends; every recording call checks it, an idle loop should too.
    @inlinable package var nextRotationNanoseconds: Int64 { rotationNanoseconds }
    @usableFromInline var rotationNanoseconds: Int64
    /// How often an interval could not be handed over on time because the collector was late.
    package private(set) var deferredRotationCount = 0

    // BOUND: the current interval, the open warm-up one, the drain's, and two for the collector.
    static let bufferCount = 5

    /// Makes the two ends of a worker's recording.
    ///
    /// - Parameters:
    ///   - classCount: Classes of the scenario.
    ///   - window: The time plan, the same for all workers.
    ///   - measuresStages: Whether there are series for stages, too.
    /// - Throws: What the histograms' constructor throws; not with the built-in configuration.
    /// - Allocations: about 6.6 MiB for each class, 16 MiB with stages.
    package static func make(
        classCount: Int, window: RecordingWindow, measuresStages: Bool = false
    ) throws(HistogramError) -> IntervalRecording {
        let exchange = try IntervalExchange(
            classCount: classCount,
            seriesCount: LatencySeries.count + (measuresStages ? StageSeries.count : 0),
            bufferCount: bufferCount)
        return IntervalRecording(
            recorder: IntervalRecorder(exchange, window), collector: IntervalCollector(exchange))
    }

    private init(_ exchange: IntervalExchange, _ window: RecordingWindow) {
        guard let index = exchange.takeFree(keeping: 0) else {
            preconditionFailure("a new exchange has free buffers")
        }
        self.exchange = exchange
        self.window = window
        measureStartNanoseconds = window.measureStartNanoseconds
        seriesCount = exchange.seriesCount
        let slot = window.slot(atNanoseconds: window.startNanoseconds)
        current = exchange.buffer(index)
        current.header.pointee = IntervalBuffer.Header(
            index: slot.index, phase: slot.phase, startNanoseconds: window.startNanoseconds,
            endNanoseconds: slot.endNanoseconds, ordinal: 0)
        warmup = current
        currentIndex = index
        warmupIndex = index
        rotationNanoseconds = slot.endNanoseconds
    }

    deinit {
        if warmupIndex != currentIndex { exchange.publish(warmupIndex) }
        exchange.publish(currentIndex)
        exchange.finish()
    }

    /// Follows what the workers of a run agree on: a rotation that finds the warm-up over goes on
    /// by the plan with the shorter one. The interval under way ends as it would have.
    @usableFromInline mutating func follow(_ coordination: RunCoordination) {
        self.coordination = coordination
    }

    /// Asked at each rotation, and so before any sample that is of the window, whoever rotates.
    private mutating func cutWarmup() {
        guard let start = coordination?.measureStartNanoseconds,
            start < window.measureStartNanoseconds
        else { return }
        window = window.measuring(from: start)
        measureStartNanoseconds = start
    }

    /// Hands over everything that is still open; the load and its drain are over.
    ///
    /// A recorder that is dropped instead hands over the same, with its interval's planned end.
    package consuming func finish(atNanoseconds nowNanoseconds: Int64) {
        rotateIfDue(atNanoseconds: nowNanoseconds)
        current.header.pointee.endNanoseconds = nowNanoseconds
    }
}

/// Both ends of one worker's recording.
@frozen @usableFromInline package struct IntervalRecording: ~Copyable {
    /// For the worker thread.
    @usableFromInline package var recorder: IntervalRecorder
    /// For the collecting thread.
    @usableFromInline package var collector: IntervalCollector
}

// SAFETY: the recorder is moved to its worker once; what it shares with the collector is the
// exchange, which says who owns each buffer.
extension IntervalRecorder: @unchecked Sendable {}

extension IntervalRecorder {
    /// Closes the current interval if its time is over.
    ///
    /// Every recording call does this by itself; an idle loop calls it so that intervals without
    /// samples are handed over too.
    @inlinable package mutating func rotateIfDue(atNanoseconds nowNanoseconds: Int64) {
        if nowNanoseconds >= rotationNanoseconds { rotate(nowNanoseconds) }
    }

    /// Free buffers a rotation must leave, so that the phases to come begin on time whatever the
    /// collector does: one each for the window and for the drain.
    private static func reserve(from phase: RunPhase, to next: RunPhase) -> Int {
        switch next {
        case .warmup: 2
        case .measure: 1
        case .drain: phase == .drain ? 1 : 0
        }
    }

    @usableFromInline mutating func rotate(_ nowNanoseconds: Int64) {
        cutWarmup()
        let slot = window.slot(atNanoseconds: nowNanoseconds)
        let phase = current.header.pointee.phase
        guard let index = exchange.takeFree(keeping: Self.reserve(from: phase, to: slot.phase))
        else {
            deferredRotationCount += 1
            rotationNanoseconds = nowNanoseconds + window.intervalNanoseconds / 16 + 1
            return
        }
        current.header.pointee.endNanoseconds = nowNanoseconds
        let next = exchange.buffer(index)
        next.header.pointee = IntervalBuffer.Header(
            index: slot.index, phase: slot.phase, startNanoseconds: nowNanoseconds,
            endNanoseconds: slot.endNanoseconds, ordinal: ordinal)
        let isLeavingWarmup = phase == .warmup && slot.phase != .warmup
        if !isLeavingWarmup {
            // Warm-up latencies must never go into a buffer that was handed over.
            if warmupIndex == currentIndex { (warmup, warmupIndex) = (next, index) }
            exchange.publish(currentIndex)
        }
        (current, currentIndex) = (next, index)
        ordinal += 1
        rotationNanoseconds = slot.endNanoseconds
    }
}
