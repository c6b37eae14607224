// What the workers of a run tell each other: start, stop, and when everything has arrived.

public import AeroIO
import Synchronization

/// Shared by all workers of a run and whoever started them, in one process or in several. Nothing
/// in it is touched per message.
@usableFromInline package final class RunCoordination: Sendable {
    /// How long a worker waits at most for messages under way after the window.
    @usableFromInline package let drainNanoseconds: Int64

    /// How long a drain may last in which messages keep arriving.
    @usableFromInline package var drainNanosecondsMax: Int64 { 6 * drainNanoseconds }

    /// How long a run that was stopped, in the window or in the drain, waits for what is under way.
    @inlinable package static var stoppedDrainNanosecondsMax: Int64 { 1_000_000_000 }

    private let workerCount: Int64
    /// Keeps the cells mapped; nil where they are this process's own.
    private let memory: SharedMemory?
    // SAFETY: points to one atomic for each `Cell`: in `memory`, or allocated by init and freed by
    // deinit. Other processes map the same memory and use it through this type alone.
    private nonisolated(unsafe) let cells: UnsafeMutablePointer<Atomic<Int64>>

    /// The numbers that are shared, by their place.
    private enum Cell: Int, CaseIterable {
        case workerCount, drain
        case start, measureStart, isStopping, isGivenUp, finishedSending, expected, received
    }

    /// Bytes that the cells take at the beginning of shared memory.
    package static let byteCount = Cell.allCases.count * MemoryLayout<Atomic<Int64>>.stride

    /// The coordination of a run, before it begins.
    ///
    /// - Parameters:
    ///   - workerCount: Workers of the run, of all its processes.
    ///   - drainNanoseconds: How long to wait for stragglers.
    ///   - memory: Of at least `byteCount` bytes; nil for a run of one process.
    @usableFromInline package init(
        workerCount: Int, drainNanoseconds: Int64, memory: SharedMemory? = nil
    ) {
        self.workerCount = Int64(workerCount)
        self.drainNanoseconds = drainNanoseconds
        self.memory = memory
        cells = Self.cells(memory)
        for cell in Cell.allCases { (cells + cell.rawValue).initialize(to: Atomic(0)) }
        set(.workerCount, self.workerCount)
        set(.drain, drainNanoseconds)
        measure(fromNanoseconds: .max)
    }

    /// The coordination that the process which started this one has made.
    ///
    /// - Parameter memory: As that process has it.
    package init(joining memory: SharedMemory) {
        self.memory = memory
        let cells = Self.cells(memory)
        self.cells = cells
        workerCount = cells[Cell.workerCount.rawValue].load(ordering: .relaxed)
        drainNanoseconds = cells[Cell.drain.rawValue].load(ordering: .relaxed)
    }

    private static func cells(_ memory: SharedMemory?) -> UnsafeMutablePointer<Atomic<Int64>> {
        guard let memory else { return .allocate(capacity: Cell.allCases.count) }
        precondition(memory.byteCount >= byteCount, "memory for every cell")
        return memory.start.assumingMemoryBound(to: Atomic<Int64>.self)
    }

    deinit {
        guard memory == nil else { return }
        cells.deinitialize(count: Cell.allCases.count)
        cells.deallocate()
    }

    /// Relaxed, as all that is not said to be otherwise: each value is all there is to it.
    private func value(_ cell: Cell) -> Int64 { cells[cell.rawValue].load(ordering: .relaxed) }

    private func set(_ cell: Cell, _ value: Int64) {
        cells[cell.rawValue].store(value, ordering: .relaxed)
    }

    private func add(_ cell: Cell, _ count: Int64) {
        cells[cell.rawValue].wrappingAdd(count, ordering: .relaxed)
    }

    /// Says when the load begins: by the monotonic clock, which is one for all processes.
    package func begin(atNanoseconds nanoseconds: Int64) { set(.start, nanoseconds) }

    /// When the load begins; nil until that was decided.
    package var startNanoseconds: Int64? {
        let start = value(.start)
        return start > 0 ? start : nil
    }

    /// Asks the workers to end the window now.
    package func stop() { set(.isStopping, 1) }

    /// A worker failed: what the others would still measure is not the scenario's load, and what
    /// they would wait for may never come.
    @usableFromInline package func giveUp() {
        set(.isGivenUp, 1)
        stop()
    }

    /// Ends the warm-up early: the window begins at a time that is still to come.
    @usableFromInline package func measure(fromNanoseconds nanoseconds: Int64) {
        set(.measureStart, nanoseconds)
    }

    /// When the window begins, once that was decided; `Int64.max` until then.
    @usableFromInline package var measureStartNanoseconds: Int64 { value(.measureStart) }

    /// Whether the window is to end now.
    @usableFromInline package var isStopping: Bool { value(.isStopping) != 0 }

    /// A worker has sent its last message.
    ///
    /// - Parameter expecting: Deliveries that its messages will make.
    @usableFromInline package func finishSending(expecting: Int64) {
        add(.expected, expecting)
        // Releasing: the expectation above is counted in before the worker counts as finished;
        // pairs with the acquiring load in `isDrained`.
        cells[Cell.finishedSending.rawValue].wrappingAdd(1, ordering: .releasing)
    }

    /// A worker received more messages.
    @usableFromInline package func addReceived(_ count: Int64) { add(.received, count) }

    /// True when all workers have finished sending and as much has arrived as was sent, or when a
    /// worker failed.
    ///
    /// Repeated messages count here, so that a lost one may hide behind a repeated one; then the
    /// ledger, which looks at each, says so.
    @usableFromInline package var isDrained: Bool {
        value(.isGivenUp) != 0
            || cells[Cell.finishedSending.rawValue].load(ordering: .acquiring) == workerCount
                && value(.received) >= value(.expected)
    }
}
