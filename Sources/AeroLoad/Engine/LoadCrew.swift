// Who makes the load of a run.

import AeroIO
import HDRHistogram

/// The workers of a run, wherever they are; belongs to the collecting thread.
///
/// A crew is made when the target is prepared. Then `awaitReadiness`, `begin`, `feed` until the
/// collection has everything, and `results`; or `abandon` at any time before `begin`.
protocol LoadCrew: AnyObject {
    /// Waits until every worker is connected.
    ///
    /// - Parameter isInterrupted: Asked several times a second where nobody else asks; true gives
    ///   up.
    func awaitReadiness(_ isInterrupted: () -> Bool) throws(LoadRunError)

    /// Gives the start away.
    ///
    /// - Returns: Where the intervals of the workers arrive.
    func begin(_ window: RecordingWindow) throws(HistogramError) -> RunCollection

    /// Brings in what does not come into the collection by itself.
    func feed(_ collection: inout RunCollection) throws(HistogramError)

    /// What the workers leave behind, by their numbers; nil for one that is gone with its process.
    /// Waits for those that have not ended.
    func results() -> [WorkerResult?]

    /// Why the crew is not what it was: a part of it is gone, with what it had noted.
    var loss: DriverError? { get }

    /// The run will not begin: lets the workers go and waits for them.
    func abandon()
}

/// Workers on threads of this process.
final class ThreadCrew: LoadCrew {
    private let plan: LoadPlan
    private var workers: [WorkerThread] = []

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - plan: The run.
    ///   - share: Workers of it that are this crew's.
    ///   - driver: Connects them.
    ///   - coordination: Of all workers of the run.
    ///   - cores: The core for each worker of the run, by index; nil leaves it to the kernel.
    init(
        _ plan: LoadPlan, _ share: Range<Int>, _ driver: any LoadDriver,
        _ coordination: RunCoordination, cores: [Int?]
    ) throws(LoadRunError) {
        self.plan = plan
        for assignment in plan.assignments[share] {
            let core = cores.indices.contains(assignment.worker) ? cores[assignment.worker] : nil
            let (worker, mailbox) = WorkerThread.makePair()
            let seat = WorkerSeat(assignment, plan, coordination, mailbox)
            do throws(Errno) {
                worker.thread = try SystemThread.start(
                    name: "\(LoadRun.threadNamePrefix)\(assignment.worker)", core: core
                ) { driver.work(seat) }
            } catch {
                abandon()
                throw .thread(error)
            }
            workers.append(worker)
        }
    }

    /// Drivers look themselves whether they are interrupted.
    func awaitReadiness(_ isInterrupted: () -> Bool) throws(LoadRunError) {
        for worker in workers { try worker.awaitReadiness() }
    }

    func begin(_ window: RecordingWindow) throws(HistogramError) -> RunCollection {
        let classCount = plan.scenario.classes.count
        let measuresStages = plan.scenario.stages != nil
        var collection = try RunCollection(plan.scenario)
        for worker in workers {
            let recording = try IntervalRecorder.make(
                classCount: classCount, window: window, measuresStages: measuresStages)
            collection.add(recording.collector)
            worker.begin(WorkerStart(recorder: recording.recorder, window: window))
        }
        return collection
    }

    /// Threads hand over by themselves.
    func feed(_ collection: inout RunCollection) throws(HistogramError) {}

    func results() -> [WorkerResult?] { workers.map { $0.awaitResult() } }

    /// A thread does not go without its process.
    var loss: DriverError? { nil }

    func abandon() {
        for worker in workers { worker.abandon() }
    }
}
