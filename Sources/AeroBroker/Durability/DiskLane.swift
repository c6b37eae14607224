// Work with a disk that no event loop waits for: handed over, done elsewhere, collected.

import AeroIO
import AeroMemory

/// Does jobs for one shard, one at a time.
///
/// A boundary for tests: a simulation decides when a job is done and how it ends.
internal protocol DiskLane<Job, Outcome>: AnyObject {
    associatedtype Job: Sendable
    associatedtype Outcome: Sendable

    /// Takes a job on. Only once the one before has been returned by `next`.
    func submit(_ job: Job)

    /// The end of the job that was taken on, when it is there.
    func next() -> Outcome?

    /// Waits for the job under way; `next` still returns its end. Nothing is submitted after it.
    func finish()
}

/// A lane with a thread of its own.
internal final class DiskThread<Job: Sendable, Outcome: Sendable>: DiskLane {
    /// A nil is the end of the thread.
    private var jobs: SPSCRing<Job?>.Producer
    private var outcomes: SPSCRing<Outcome>.Consumer
    private let thread: JoinHandle
    private var hasEnded = false

    /// - Parameters:
    ///   - name: Of the thread, up to 15 bytes.
    ///   - waker: Wakes the shard when a job is done.
    ///   - body: Does a job, on the thread.
    /// - Throws: `Errno` when there is no thread to be had.
    init(
        name: String, waker: Waker, _ body: @escaping @Sendable (Job) -> Outcome
    ) throws(Errno) {
        let jobs = SPSCRing<Job?>.make(capacity: 2, waiting: .block)
        let outcomes = SPSCRing<Outcome>.make(capacity: 2)
        let worker = DiskWorker(
            jobs: jobs.consumer, outcomes: outcomes.producer, waker: waker, body)
        thread = try SystemThread.start(name: name) { worker.run() }
        self.jobs = jobs.producer
        self.outcomes = outcomes.consumer
    }

    func submit(_ job: Job) {
        precondition(!hasEnded, "no job is handed over after the end")
        let rejected = jobs.tryPush(job)
        precondition(rejected == nil, "one job at a time")
    }

    func next() -> Outcome? { outcomes.tryPop() }

    func finish() {
        let rejected = jobs.tryPush(nil)
        precondition(rejected == nil, "a ring of two has room for a job and the end")
        hasEnded = true
        thread.join()
    }
}

/// The thread's end of the rings.
///
/// SAFETY: made by the shard's thread and used by the lane's thread alone from then on.
private final class DiskWorker<Job: Sendable, Outcome: Sendable>: @unchecked Sendable {
    private var jobs: SPSCRing<Job?>.Consumer
    private var outcomes: SPSCRing<Outcome>.Producer
    private let waker: Waker
    private let body: @Sendable (Job) -> Outcome

    init(
        jobs: consuming SPSCRing<Job?>.Consumer,
        outcomes: consuming SPSCRing<Outcome>.Producer, waker: Waker,
        _ body: @escaping @Sendable (Job) -> Outcome
    ) {
        self.jobs = jobs
        self.outcomes = outcomes
        self.waker = waker
        self.body = body
    }

    /// Works until it is told to end, or the shard's end of the ring is gone.
    func run() {
        while let job = jobs.pop() ?? nil {
            let rejected = outcomes.tryPush(body(job))
            precondition(rejected == nil, "the end of the job before was collected")
            waker.wake()
        }
    }
}
