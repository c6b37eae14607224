// A whole run of one worker in virtual time.

import AeroLoad
import HDRHistogram

/// What a virtual run left behind.
struct VirtualRun {
    static let start: Int64 = 1_000_000_000

    let scenario: Scenario
    let record: RunRecord
    let ledgers: WorkerLedgers
    let target: VirtualTarget
    let failure: DriverError?

    /// Runs a scenario of one class against a virtual target.
    ///
    /// - Parameters:
    ///   - lines: The class's keys behind its name.
    ///   - duration: Of the measured window.
    ///   - drainNanoseconds: How long stragglers are waited for.
    ///   - prepare: Sets the target up.
    init(
        _ lines: String, duration: String = "10s", drainNanoseconds: Int64 = 1_000_000_000,
        _ prepare: (VirtualTarget) -> Void = { _ in }
    ) throws {
        let keys = lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        let text = """
            name: virtual
            duration: \(duration)
            warmup: 0s
            classes:
              - name: main
            \(keys)

            """
        scenario = try Scenario.parse(Array(text.utf8), fileName: "virtual.yaml", overrides: [])
        let plan = LoadPlan(scenario, runId: "t")
        let clock = VirtualClock(Self.start)
        let target = VirtualTarget(clock, plan)
        prepare(target)
        let window = RecordingWindow(scenario, startNanoseconds: Self.start)
        let recording = try IntervalRecorder.make(classCount: 1, window: window)
        var collector = recording.collector
        let assignment = plan.assignments[0]
        var worker = LoadWorker(
            driver: VirtualDriver(target, assignment),
            record: WorkerRecord(
                assignment, plan, recorder: recording.recorder, startNanoseconds: Self.start),
            clock: clock, bodies: MessageBodies(scenario), window: window,
            coordination: RunCoordination(workerCount: 1, drainNanoseconds: drainNanoseconds),
            deliveriesPerSend: [Int64(scenario.classes[0].groupCount)])
        var failure: DriverError?
        do throws(DriverError) { try worker.run() } catch { failure = error }
        ledgers = worker.finish()
        var record = try RunRecord(classCount: 1)
        let isFinished = try collector.drain { (interval) throws(HistogramError) in
            try record.absorb(interval)
        }
        precondition(isFinished, "a finished worker has handed everything over")
        self.record = record
        self.target = target
        self.failure = failure
    }

    /// All counts of the run.
    var counts: IntervalCounts { record.classes[0].counts }

    func histogram(_ series: LatencySeries) -> Histogram { record.classes[0].histogram(series) }

    func verdict(group: Int = 0) -> LedgerVerdict {
        LedgerVerdict(send: ledgers.sends[0], receive: ledgers.receives[group])
    }
}
