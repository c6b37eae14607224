// A worker's thread and what is said between it and the collecting thread.

import AeroIO
import AeroMemory

/// What a worker is given when the load begins.
@usableFromInline package struct WorkerStart: ~Copyable, Sendable {
    let recorder: IntervalRecorder
    @usableFromInline package let window: RecordingWindow
}

/// What a worker gives back at its end.
@usableFromInline package struct WorkerResult: Sendable {
    let ledgers: WorkerLedgers
    let usage: WorkerUsage
    let failure: DriverError?

    @usableFromInline package init(
        ledgers: WorkerLedgers, usage: WorkerUsage, failure: DriverError?
    ) {
        self.ledgers = ledgers
        self.usage = usage
        self.failure = failure
    }
}

/// What a worker says before the load begins.
@usableFromInline package enum WorkerReadiness: Sendable {
    case ready
    case failed(DriverError)
}

/// The collecting thread's end of a worker.
final class WorkerThread {
    var thread: JoinHandle?
    private var readiness: SPSCRing<WorkerReadiness>.Consumer
    private var starts: SPSCRing<WorkerStart>.Producer?
    private var results: SPSCRing<WorkerResult>.Consumer

    private init(
        _ readiness: consuming SPSCRing<WorkerReadiness>.Consumer,
        _ starts: consuming SPSCRing<WorkerStart>.Producer,
        _ results: consuming SPSCRing<WorkerResult>.Consumer
    ) {
        self.readiness = readiness
        self.starts = consume starts
        self.results = results
    }

    static func makePair() -> (WorkerThread, WorkerMailbox) {
        let readiness = SPSCRing<WorkerReadiness>.make(capacity: 1, waiting: .block)
        let starts = SPSCRing<WorkerStart>.make(capacity: 1, waiting: .block)
        let results = SPSCRing<WorkerResult>.make(capacity: 1, waiting: .block)
        return (
            WorkerThread(readiness.consumer, starts.producer, results.consumer),
            WorkerMailbox(readiness.producer, starts.consumer, results.producer)
        )
    }

    func awaitReadiness() throws(LoadRunError) {
        switch readiness.pop() {
        case .ready: return
        case .failed(let error): throw .driver(error)
        case nil: preconditionFailure("a worker ended without a word")
        }
    }

    func begin(_ start: consuming WorkerStart) {
        guard starts?.tryPush(start) == nil else {
            preconditionFailure("a worker is started once")
        }
    }

    func awaitResult() -> WorkerResult {
        guard let result = results.pop() else {
            preconditionFailure("a worker ended without its result")
        }
        thread?.join()
        return result
    }

    /// The run will not begin: lets the worker go and waits for it.
    func abandon() {
        starts = nil
        thread?.join()
    }
}

/// The worker thread's end.
///
/// SAFETY: made by the collecting thread, then used by the worker's thread alone.
@usableFromInline package final class WorkerMailbox: @unchecked Sendable {
    private var readiness: SPSCRing<WorkerReadiness>.Producer
    private var starts: SPSCRing<WorkerStart>.Consumer
    private var results: SPSCRing<WorkerResult>.Producer

    fileprivate init(
        _ readiness: consuming SPSCRing<WorkerReadiness>.Producer,
        _ starts: consuming SPSCRing<WorkerStart>.Consumer,
        _ results: consuming SPSCRing<WorkerResult>.Producer
    ) {
        self.readiness = readiness
        self.starts = starts
        self.results = results
    }

    @usableFromInline package func report(_ word: WorkerReadiness) { _ = readiness.tryPush(word) }

    /// Waits for the start; nil when the run was given up.
    @usableFromInline package func awaitStart() -> WorkerStart? { starts.pop() }

    @usableFromInline package func report(_ result: WorkerResult) { _ = results.tryPush(result) }
}
