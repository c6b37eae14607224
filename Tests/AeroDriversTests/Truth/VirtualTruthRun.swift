// A run against the truth driver's target in virtual time: no scheduling, so no noise.

import AeroDrivers
import AeroLoad
import HDRHistogram
import Synchronization
import Testing

/// Time passes only while somebody waits for it.
final class VirtualTruthClock: TruthClock, Sendable {
    private let time: Atomic<Int64>
    /// Called whenever time has passed.
    private let passed: @Sendable (Int64) -> Void

    init(startNanoseconds: Int64, passed: @escaping @Sendable (Int64) -> Void = { _ in }) {
        time = Atomic(startNanoseconds)
        self.passed = passed
    }

    func nowNanoseconds() -> Int64 { time.load(ordering: .relaxed) }

    func wait(untilNanoseconds: Int64) {
        guard untilNanoseconds > nowNanoseconds() else { return }
        time.store(untilNanoseconds, ordering: .relaxed)
        passed(untilNanoseconds)
    }
}

/// Collects on the worker's own thread, between its turns.
///
/// SAFETY: used by one thread only.
final class TruthCollection: @unchecked Sendable {
    private var collector: IntervalCollector
    private(set) var record: RunRecord

    init(_ collector: consuming IntervalCollector) throws {
        self.collector = collector
        record = try RunRecord(classCount: 1)
    }

    func drain() {
        do throws(HistogramError) {
            _ = try collector.drain { interval throws(HistogramError) in
                try record.absorb(interval)
            }
        } catch {
            Issue.record("\(error)")
        }
    }
}

/// What a virtual run left behind.
struct VirtualTruthRun {
    let record: RunRecord
    let verdicts: [LedgerVerdict]
    let unansweredCount: Int64

    /// Runs one class in virtual time.
    ///
    /// - Parameter overrides: Beyond 2,000 messages a second for ten seconds after one of warm-up.
    init(_ overrides: [String]) throws {
        let text = """
            name: virtual-truth
            driver: truth
            duration: 10s
            warmup: 1s
            classes:
              - name: main
                message-size: 64B
                load: { schedule: constant, rate: 2k/s }
            """
        let scenario = try Scenario.parse(
            Array(text.utf8), fileName: "virtual.yaml", overrides: overrides)
        let plan = LoadPlan(scenario, runId: "virtual")
        let start: Int64 = 5_000_000_000
        let window = RecordingWindow(scenario, startNanoseconds: start)
        let ends = try IntervalRecorder.make(classCount: 1, window: window)
        let collection = try TruthCollection(ends.collector)
        let clock = VirtualTruthClock(startNanoseconds: start - 1_000) { _ in collection.drain() }
        var worker = LoadWorker(
            driver: TruthWorker(plan.assignments[0], plan, clock: clock),
            record: WorkerRecord(
                plan.assignments[0], plan, recorder: ends.recorder, startNanoseconds: start),
            clock: clock, bodies: MessageBodies(scenario), window: window,
            coordination: RunCoordination(workerCount: 1, drainNanoseconds: 2_000_000_000),
            deliveriesPerSend: [Int64(scenario.classes[0].groupCount)])
        do throws(DriverError) { try worker.run() } catch { Issue.record("\(error)") }
        let ledgers = worker.finish()
        collection.drain()
        record = collection.record
        unansweredCount = ledgers.unansweredCount
        verdicts = ledgers.receives.map { LedgerVerdict(send: ledgers.sends[0], receive: $0) }
    }

    /// A percentile of the measured window, ns.
    func value(_ series: LatencySeries, _ percentile: Double) -> Int64 {
        record.classes[0].histogram(series).value(atPercentile: percentile)
    }
}
