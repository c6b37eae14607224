// A target whose latencies and faults are known, to check the instrument itself.

import AeroIO
package import AeroLoad
import Synchronization

/// Answers every message at a time that its `TargetModel` says, inside the worker that sent it.
///
/// There is no socket, so that what a run reports beyond the plan is the scheduling of the
/// generator's own thread, and the target can keep its own record of it. It runs with one worker.
package struct TruthDriver: LoadDriver {
    package static let name = "truth"

    private let logPath: String?
    private let figures = TruthFigures()

    /// - Parameter logPath: Where the target's own record goes (see `TruthLog`); nil for nowhere.
    package init(logPath: String? = nil) { self.logPath = logPath }

    package func prepare(_ plan: LoadPlan) throws(DriverError) {
        guard plan.assignments.count == 1 else {
            throw DriverError(
                "run the truth driver with \(plan.assignments.count) workers",
                "its messages stay on their thread; set workers to 1")
        }
        let model = plan.scenario.target ?? .plain
        for each in plan.scenario.classes {
            if logPath != nil, each.stampForm != .full {
                throw DriverError(
                    "record messages of \(each.messageByteCount) bytes",
                    "the record holds stamps of 32 bytes; set message-size to 32B or more")
            }
            if model.faultPeriods[.misroute] != nil, each.destinationCount < 2 {
                throw DriverError(
                    "misroute messages of class \(each.name)",
                    "there is no other partition; set partitions to 2 or more")
            }
        }
    }

    package func work(_ seat: WorkerSeat) { seat.run(makeWorker) }

    private func makeWorker(
        _ assignment: WorkerAssignment, _ plan: LoadPlan
    ) throws(DriverError) -> TruthWorker<SystemTruthClock> {
        TruthWorker(
            assignment, plan, clock: SystemTruthClock(), figures: figures,
            log: logPath.map { TruthLog(path: $0) })
    }

    /// After the run: how many faults of each kind were planted.
    package func statistics() throws(DriverError) -> [String: Int64] {
        if let failure = figures.failure { throw failure }
        return figures.values
    }

    package func cleanUp(_ plan: LoadPlan) throws(DriverError) {}
}

/// What the worker leaves for `statistics`.
final class TruthFigures: Sendable {
    private let state = Mutex<(values: [String: Int64], failure: DriverError?)>(([:], nil))

    var values: [String: Int64] { state.withLock { $0.values } }
    var failure: DriverError? { state.withLock { $0.failure } }

    /// Keeps the counts of a worker that is done.
    func store(_ values: [String: Int64]) { state.withLock { $0.values = values } }

    /// Keeps why the record could not be written.
    func store(_ failure: DriverError) { state.withLock { $0.failure = failure } }
}
