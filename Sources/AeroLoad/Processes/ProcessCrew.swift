// The workers of a run in processes of their own.

import AeroIO
import HDRHistogram

/// Starts the processes, gives them their start and takes in what they send.
///
/// What has to be known while the load runs is in memory that all share (`RunCoordination`);
/// intervals and ledgers come by pipe. See decision 0028.
final class ProcessCrew: LoadCrew {
    private let plan: LoadPlan
    private let coordination: RunCoordination
    private var processes: [LoadProcess] = []
    /// When the last result is due.
    private var deadlineNanoseconds = Int64.max
    private var isStopped = false

    // BOUND: longer than any driver takes to connect.
    private static let readyNanoseconds: Int64 = 60_000_000_000
    /// How long to wait for a word before looking whether anybody still wants the run.
    private static let lookNanoseconds: Int64 = 20_000_000
    /// For the last sends and for results that travel, beyond what the drain may take.
    private static let graceNanoseconds: Int64 = 15_000_000_000

    init(
        _ plan: LoadPlan, _ how: GeneratorProcesses, _ coordination: RunCoordination
    ) throws(LoadRunError) {
        self.plan = plan
        self.coordination = coordination
        for number in 0..<how.count {
            let share = plan.share(ofProcess: number, of: how.count)
            var arguments =
                how.arguments + [
                    "--memory", how.memory.path, "--share", "\(number)/\(how.count)",
                    "--run-id", plan.runId,
                ]
            if !how.cores.isEmpty {
                let cores = how.cores[share].map { "\($0)" }.joined(separator: ",")
                arguments += ["--cores", cores]
            }
            var options = ChildProcessOptions(path: how.path, arguments: arguments)
            // It ends when this process does, however that happens: the pipe then closes.
            options.input = .pipe
            do throws(Errno) {
                processes.append(try LoadProcess(options, share: share))
            } catch {
                abandon()
                throw .driver(DriverError("start \(how.path)", "\(error)"))
            }
        }
    }

    /// The processes, in the order of their workers.
    var processIdentifiers: [Int32] { processes.map(\.processIdentifier) }

    func awaitReadiness(_ isInterrupted: () -> Bool) throws(LoadRunError) {
        let deadline = MonotonicClock.nowNanoseconds() + Self.readyNanoseconds
        for number in processes.indices {
            try awaitReadiness(of: number, deadline, isInterrupted)
        }
    }

    private func awaitReadiness(
        of number: Int, _ deadlineNanoseconds: Int64, _ isInterrupted: () -> Bool
    ) throws(LoadRunError) {
        let process = processes[number]
        // BOUND: ends with a word of the process, with its end, or at the deadline.
        while true {
            let now = MonotonicClock.nowNanoseconds()
            let look = min(deadlineNanoseconds, now + Self.lookNanoseconds)
            switch process.next(deadlineNanoseconds: look) {
            case .ready: return
            case .failed(let error): throw .driver(error)
            case nil where !process.isDone && now < deadlineNanoseconds:
                if isInterrupted() {
                    throw .driver(DriverError("wait for process \(number)", "interrupted"))
                }
            case .interval, .results, nil:
                process.die("it was not ready in time")
                throw .driver(error(number))
            }
        }
    }

    func begin(_ window: RecordingWindow) throws(HistogramError) -> RunCollection {
        var collection = try RunCollection(plan.scenario)
        for _ in processes { collection.expectProcess() }
        deadlineNanoseconds =
            window.measureEndNanoseconds + coordination.drainNanosecondsMax
            + Self.graceNanoseconds
        coordination.begin(atNanoseconds: window.startNanoseconds)
        return collection
    }

    func feed(_ collection: inout RunCollection) throws(HistogramError) {
        let now = MonotonicClock.nowNanoseconds()
        if coordination.isStopping, !isStopped {
            isStopped = true
            deadlineNanoseconds = min(
                deadlineNanoseconds,
                now + RunCoordination.stoppedDrainNanosecondsMax + Self.graceNanoseconds)
        }
        for (number, process) in processes.enumerated() where !process.isDone {
            while let message = process.next(deadlineNanoseconds: now) {
                guard case .interval(let interval) = message, collection.fits(interval) else {
                    process.die("it said something out of turn")
                    break
                }
                try collection.take(interval, ofProcess: number)
            }
            if now >= deadlineNanoseconds { process.die("it gave no result in time") }
            guard process.isDone else { continue }
            collection.finish(process: number)
            // What the others would still measure is not the scenario's load.
            if process.death != nil { coordination.giveUp() }
        }
    }

    func results() -> [WorkerResult?] {
        letGo()
        return processes.flatMap { process -> [WorkerResult?] in
            guard let results = process.results else {
                return [WorkerResult?](repeating: nil, count: process.share.count)
            }
            return results
        }
    }

    var loss: DriverError? {
        processes.firstIndex { $0.death != nil }.map(error)
    }

    private func error(_ number: Int) -> DriverError {
        let process = processes[number]
        return DriverError(
            "go on without process \(number) of the generator (\(process.processIdentifier))",
            "\(process.death ?? "it is not ready"); what it had sent counts as foreign, what it "
                + "had received as lost")
    }

    func abandon() {
        coordination.stop()
        letGo()
    }

    /// All end at once and are waited for together.
    private func letGo() {
        for process in processes { process.release() }
        let deadline = MonotonicClock.nowNanoseconds() + LoadProcess.exitNanoseconds
        for process in processes { process.end(deadlineNanoseconds: deadline) }
    }
}
