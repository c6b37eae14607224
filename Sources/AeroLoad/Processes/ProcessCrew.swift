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
    /// When the last result is due; nil before the window is over.
    private var deadlineNanoseconds: Int64?
    private var windowEndNanoseconds = Int64.max

    // BOUND: longer than any driver takes to connect.
    private static let readyNanoseconds: Int64 = 60_000_000_000
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

    func awaitReadiness() throws(LoadRunError) {
        let deadline = MonotonicClock.nowNanoseconds() + Self.readyNanoseconds
        for (number, process) in processes.enumerated() {
            switch process.next(deadlineNanoseconds: deadline) {
            case .ready: continue
            case .failed(let error): throw .driver(error)
            case .interval, .results, nil:
                process.die(process.isDone ? nil : "it was not ready in time")
                throw .driver(error(number))
            }
        }
    }

    func begin(_ window: RecordingWindow) throws(HistogramError) -> RunCollection {
        var collection = try RunCollection(plan.scenario)
        for _ in processes { collection.expectProcess() }
        windowEndNanoseconds = window.measureEndNanoseconds
        coordination.begin(atNanoseconds: window.startNanoseconds)
        return collection
    }

    func feed(_ collection: inout RunCollection) throws(HistogramError) {
        let now = MonotonicClock.nowNanoseconds()
        if deadlineNanoseconds == nil, now >= windowEndNanoseconds || coordination.isStopping {
            deadlineNanoseconds =
                now + coordination.drainNanosecondsMax + Self.graceNanoseconds
        }
        for (number, process) in processes.enumerated() where !process.isDone {
            while let message = process.next(deadlineNanoseconds: now) {
                guard case .interval(let interval) = message, collection.fits(interval) else {
                    process.die("it said something out of turn")
                    break
                }
                try collection.take(interval, ofProcess: number)
            }
            if let deadlineNanoseconds, now >= deadlineNanoseconds {
                process.die("it gave no result in time")
            }
            guard process.isDone else { continue }
            collection.finish(process: number)
            // What the others would still measure is not the scenario's load.
            if process.death != nil { coordination.giveUp() }
        }
    }

    func results() -> [WorkerResult] {
        for process in processes { process.end() }
        return processes.flatMap { $0.results ?? [] }
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
        for process in processes { process.end() }
    }
}
