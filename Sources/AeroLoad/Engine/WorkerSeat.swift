// One worker's place in a run: what its thread does from start to end.

/// Everything a worker's thread needs but its driver.
///
/// SAFETY: made by the collecting thread, then used by the worker's thread alone.
@usableFromInline package final class WorkerSeat: @unchecked Sendable {
    @usableFromInline let assignment: WorkerAssignment
    @usableFromInline let plan: LoadPlan
    @usableFromInline let coordination: RunCoordination
    @usableFromInline let mailbox: WorkerMailbox

    init(
        _ assignment: WorkerAssignment, _ plan: LoadPlan, _ coordination: RunCoordination,
        _ mailbox: WorkerMailbox
    ) {
        self.assignment = assignment
        self.plan = plan
        self.coordination = coordination
        self.mailbox = mailbox
    }

    /// Connects, waits for the start, runs the load and reports.
    ///
    /// - Parameter connect: Makes the clients of the worker, ready to send and receive.
    @inlinable package func run<Clients: DriverWorker & ~Copyable>(
        _ connect: (WorkerAssignment, LoadPlan) throws(DriverError) -> Clients
    ) {
        do throws(DriverError) {
            let clients = try connect(assignment, plan)
            // Made before the start is agreed on: large bodies, and tables of keys, would take time
            // from the window.
            let bodies = MessageBodies(plan.scenario)
            let sources = MessageSource.list(plan.scenario, assignment)
            mailbox.report(.ready)
            guard let start = mailbox.awaitStart() else { return }
            let window = start.window
            var worker = LoadWorker(
                driver: clients, record: makeRecord(start, sources), clock: SystemLoadClock(),
                bodies: bodies, window: window, coordination: coordination,
                deliveriesPerSend: deliveriesPerSend)
            var failure: DriverError?
            do throws(DriverError) {
                try worker.run()
            } catch {
                failure = error
                coordination.giveUp()
            }
            let usage = worker.usage
            let ledgers = worker.finish()
            mailbox.report(WorkerResult(ledgers: ledgers, usage: usage, failure: failure))
        } catch {
            mailbox.report(.failed(error))
        }
    }

    @usableFromInline func makeRecord(
        _ start: consuming WorkerStart, _ sources: [MessageSource?]
    ) -> WorkerRecord {
        let startNanoseconds = start.window.startNanoseconds
        return WorkerRecord(
            assignment, plan, recorder: start.recorder, startNanoseconds: startNanoseconds,
            sources: sources)
    }

    /// How many groups get each message of a class.
    @usableFromInline var deliveriesPerSend: [Int64] {
        plan.scenario.classes.map { Int64($0.groupCount) }
    }
}
