// A run from start to end: workers up, window, drain, account.

public import AeroIO
import AeroMemory
package import HDRHistogram

/// The monotonic clock as a worker's clock.
@usableFromInline package struct SystemLoadClock: LoadClock {
    @usableFromInline package init() {}

    @inlinable package func nowNanoseconds() -> Int64 { MonotonicClock.nowNanoseconds() }
}

/// Why a run could not be made.
package enum LoadRunError: Error, Equatable, Sendable {
    /// The target or a connection to it.
    case driver(DriverError)
    /// A thread could not be started.
    case thread(Errno)
    /// The recording could not be set up or merged.
    case recording(HistogramError)
}

/// Choices of a run that are not the scenario's.
package struct LoadRunOptions: Sendable {
    /// How long to wait for messages under way after the window.
    @usableFromInline package var drainNanoseconds: Int64 = 10_000_000_000
    /// The core for each worker, by index; nil leaves the choice to the kernel.
    package var cores: [Int?] = []
    /// Time between the last worker's readiness and the start of the load.
    package var leadNanoseconds: Int64 = 20_000_000
    /// Asked after each interval of an automatic warm-up whether it may end, on the collecting
    /// thread.
    package var endsWarmup: @Sendable (IntervalRecord) -> Bool = { _ in false }
    /// Told of the time plan before the load begins, and again when the warm-up is cut, on the
    /// collecting thread.
    package var onWindow: @Sendable (RecordingWindow) -> Void = { _ in }
    /// Told of the processes that the workers are in, as soon as they run; not called for threads
    /// of the own process.
    package var onProcesses: @Sendable ([Int32]) -> Void = { _ in }

    @usableFromInline package init() {}
}

/// Runs a plan against a driver.
package struct LoadRun: Sendable {
    private let plan: LoadPlan
    private let driver: any LoadDriver
    private let options: LoadRunOptions
    private let processes: GeneratorProcesses?
    private let coordination: RunCoordination

    /// - Parameters:
    ///   - plan: What is run.
    ///   - driver: What it is run against.
    ///   - options: Choices that are not the scenario's.
    ///   - processes: Where the workers are; nil for threads of this process.
    @usableFromInline package init(
        _ plan: LoadPlan, driver: any LoadDriver, options: LoadRunOptions = LoadRunOptions(),
        processes: GeneratorProcesses? = nil
    ) {
        self.plan = plan
        self.driver = driver
        self.options = options
        self.processes = processes
        coordination = RunCoordination(
            workerCount: plan.assignments.count, drainNanoseconds: options.drainNanoseconds,
            memory: processes?.memory)
    }

    /// Runs to the end. Blocks the calling thread, which collects what the workers record.
    ///
    /// - Parameters:
    ///   - isInterrupted: Asked several times a second; true ends the window early.
    ///   - progress: Called after each interval that all workers have handed over.
    ///   - onCollected: Called when everything is in; processes of workers are still there.
    /// - Throws: When the run could not begin; what happens later is part of the outcome.
    package func run(
        isInterrupted: () -> Bool, progress: (RunRecord, IntervalRecord) -> Void,
        onCollected: () -> Void = {}
    ) throws(LoadRunError) -> LoadOutcome {
        do throws(DriverError) { try driver.prepare(plan) } catch { throw .driver(error) }
        let promises: [TargetPromise]
        let crew: any LoadCrew
        do throws(LoadRunError) {
            promises = try readPromises()
            crew = try makeCrew()
        } catch {
            _ = cleanUp()
            throw error
        }
        do throws(LoadRunError) {
            try crew.awaitReadiness(isInterrupted)
            let before = try readStatistics()
            let (record, window, interrupted) = try collect(crew, isInterrupted, progress)
            onCollected()
            return assemble(record, window, crew, promises, before, interrupted)
        } catch {
            crew.abandon()
            // The run's own error tells more than what cleaning up after it runs into.
            _ = cleanUp()
            throw error
        }
    }

    /// What the names of load threads begin with; the worker's number follows.
    package static let threadNamePrefix = "load-"

    private func makeCrew() throws(LoadRunError) -> any LoadCrew {
        guard let processes else {
            return try ThreadCrew(
                plan, plan.assignments.indices, driver, coordination, cores: options.cores)
        }
        let crew = try ProcessCrew(plan, processes, coordination)
        options.onProcesses(crew.processIdentifiers)
        return crew
    }

    private func collect(
        _ crew: any LoadCrew, _ isInterrupted: () -> Bool,
        _ progress: (RunRecord, IntervalRecord) -> Void
    ) throws(LoadRunError) -> (RunRecord, RecordingWindow, interruptedNanoseconds: Int64?) {
        var window = RecordingWindow(
            plan.scenario,
            startNanoseconds: MonotonicClock.nowNanoseconds() + options.leadNanoseconds)
        options.onWindow(window)
        do throws(HistogramError) {
            var collection = try crew.begin(window)
            func follow(_ record: RunRecord, _ interval: IntervalRecord) {
                progress(record, interval)
                cutWarmup(&window, after: interval)
            }
            let interrupted = try collection.drainToEnd(
                isInterrupted, follow, feed: crew.feed
            ) { coordination.stop() }
            return (collection.finish(), window, interrupted)
        } catch {
            throw .recording(error)
        }
    }

    /// Lets the window begin with the next interval but one, if the warm-up may end.
    private func cutWarmup(_ window: inout RecordingWindow, after interval: IntervalRecord) {
        guard plan.scenario.isWarmupAutomatic, interval.phase == .warmup,
            coordination.measureStartNanoseconds == .max, options.endsWarmup(interval)
        else { return }
        let cut = window.nextCut(afterNanoseconds: MonotonicClock.nowNanoseconds())
        guard cut < window.measureStartNanoseconds else { return }
        window = window.measuring(from: cut)
        coordination.measure(fromNanoseconds: cut)
        options.onWindow(window)
    }

    private func assemble(
        _ record: RunRecord, _ window: RecordingWindow, _ crew: any LoadCrew,
        _ promises: [TargetPromise], _ before: TargetFigures, _ interruptedNanoseconds: Int64?
    ) -> LoadOutcome {
        let byWorker = crew.results()
        let results = byWorker.compactMap { $0 }
        var incidents = IncidentLog()
        for result in results { incidents.merge(result.ledgers.incidents) }
        var after = TargetFigures(values: [:])
        var targetFailure: DriverError?
        do throws(DriverError) {
            after = TargetFigures(values: try driver.statistics())
        } catch {
            targetFailure = error
            incidents.note("\(error)", count: 1, nowNanoseconds: MonotonicClock.nowNanoseconds())
        }
        if let error = cleanUp() {
            incidents.note("\(error)", count: 1, nowNanoseconds: MonotonicClock.nowNanoseconds())
        }
        let failure = crew.loss ?? results.lazy.compactMap(\.failure).first
        let ending: RunEnding =
            if let failure { .failed(failure) } else {
                interruptedNanoseconds == nil ? .completed : .interrupted
            }
        let ended = results.compactMap(\.usage.end?.atNanoseconds).min()
        return LoadOutcome(
            record: record, window: window,
            measuredEndNanoseconds: min(
                ended ?? window.startNanoseconds, window.measureEndNanoseconds),
            ending: ending, verdicts: LedgerMerge.verdicts(plan.scenario, results.map(\.ledgers)),
            usages: byWorker.map { $0?.usage ?? WorkerUsage() }, incidents: incidents,
            failedCount: results.reduce(0) { $0 + $1.ledgers.failedCount },
            unansweredCount: results.reduce(0) { $0 + $1.ledgers.unansweredCount },
            unsentCount: results.reduce(0) { $0 + $1.ledgers.unsentCount },
            refusedCount: results.reduce(0) { $0 + $1.ledgers.refusedCount },
            inFlightArea: results.reduce(0) { $0 + $1.ledgers.inFlightArea },
            stages: StageOutcome(
                plan, window, results.compactMap(\.ledgers.stages), incidents,
                keptIndex: record.kept.index),
            drainCutCount: results.count(where: \.ledgers.isDrainCut),
            strayTokenCount: results.reduce(0) { $0 + $1.ledgers.strayTokenCount },
            deferredRotationCount: results.reduce(0) { $0 + $1.ledgers.deferredRotationCount },
            targetFailure: targetFailure, promises: promises,
            statistics: (before.values, after.values),
            statisticsNanoseconds: after.atNanoseconds - before.atNanoseconds)
    }

    private func readPromises() throws(LoadRunError) -> [TargetPromise] {
        do throws(DriverError) { return try driver.promises(plan) } catch { throw .driver(error) }
    }

    private func readStatistics() throws(LoadRunError) -> TargetFigures {
        do throws(DriverError) {
            return TargetFigures(values: try driver.statistics())
        } catch {
            throw .driver(error)
        }
    }

    /// Topics that could not be removed carry the run's id and disturb no other run.
    private func cleanUp() -> DriverError? {
        do throws(DriverError) {
            try driver.cleanUp(plan)
            return nil
        } catch {
            return error
        }
    }
}

/// What a target said of itself, and when.
private struct TargetFigures {
    let values: [String: Int64]
    let atNanoseconds = MonotonicClock.nowNanoseconds()
}

/// Joins what workers of one run noted.
enum LedgerMerge {
    /// Verdicts by class and group.
    static func verdicts(_ scenario: Scenario, _ workers: [WorkerLedgers]) -> [[LedgerVerdict]] {
        guard let first = workers.first else { return [] }
        var sends = first.sends
        var receives = first.receives
        for worker in workers.dropFirst() {
            for index in sends.indices { sends[index].merge(worker.sends[index]) }
            for index in receives.indices { receives[index].merge(worker.receives[index]) }
        }
        var verdicts: [[LedgerVerdict]] = []
        var nextReceive = 0
        for (classIndex, each) in scenario.classes.enumerated() {
            verdicts.append(
                (0..<each.groupCount).map { group in
                    LedgerVerdict(send: sends[classIndex], receive: receives[nextReceive + group])
                })
            nextReceive += each.groupCount
        }
        return verdicts
    }
}
