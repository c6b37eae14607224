// One worker's whole run in virtual time.

import AeroLoad
import HDRHistogram
import Testing

/// Collects a worker's intervals on the worker's own thread, between its turns.
final class VirtualCollection {
    private var collector: IntervalCollector
    private(set) var record: RunRecord
    private(set) var failure: HistogramError?

    init(
        _ collector: consuming IntervalCollector, classCount: Int, measuresStages: Bool = false
    ) throws {
        self.collector = collector
        record = try RunRecord(classCount: classCount, measuresStages: measuresStages)
    }

    func drain() {
        do throws(HistogramError) {
            _ = try collector.drain { interval throws(HistogramError) in
                try record.absorb(interval)
            }
        } catch {
            failure = error
        }
    }
}

/// What a virtual run left behind.
struct VirtualOutcome {
    let scenario: Scenario
    let window: RecordingWindow
    let record: RunRecord
    let ledgers: WorkerLedgers
    let usage: WorkerUsage
    let failure: DriverError?
    let target: VirtualTarget
    /// When the run was over.
    let endNanoseconds: Int64

    var counts: IntervalCounts { record.classes[0].counts }

    /// The verdict of each group of the first class.
    var verdicts: [LedgerVerdict] {
        (0..<scenario.classes[0].groupCount).map {
            LedgerVerdict(send: ledgers.sends[0], receive: ledgers.receives[$0])
        }
    }

    /// The histogram that the target's own list of samples of the window makes.
    func expected(_ series: LatencySeries, isWarmup: Bool = false) throws -> Histogram {
        var histogram = try Histogram(
            lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000_000,
            significantDigits: 3)
        for sample in target.samples[series.index]
        where (sample.intendedNanoseconds < window.measureStartNanoseconds) == isWarmup {
            histogram.record(sample.latency)
        }
        return histogram
    }
}

/// A warm-up that is ended early: when that is said, and when the window begins.
struct WarmupCutOrder {
    let orderedNanoseconds: Int64
    let measureNanoseconds: Int64
}

enum VirtualRun {
    /// When the load begins, on the virtual clock.
    static let startNanoseconds: Int64 = 5_000_000_000

    /// The drain is long enough for every latency of the models.
    static let drainNanoseconds: Int64 = 2_000_000_000

    static func run(
        _ scenario: Scenario, _ model: VirtualModel = VirtualModel(), stopNanoseconds: Int64? = nil,
        cut: WarmupCutOrder? = nil
    ) throws -> VirtualOutcome {
        try #require(scenario.workerCount == 1)
        let plan = LoadPlan(scenario, runId: "virtual")
        let clock = VirtualClock()
        let window = RecordingWindow(scenario, startNanoseconds: startNanoseconds)
        let ends = try IntervalRecorder.make(classCount: scenario.classes.count, window: window)
        let collection = try VirtualCollection(
            ends.collector, classCount: scenario.classes.count)
        let coordination = RunCoordination(workerCount: 1, drainNanoseconds: drainNanoseconds)
        let target = VirtualTarget(model, clock, scenario, plan.assignments[0])
        target.turn = {
            collection.drain()
            if let stopNanoseconds, clock.nowNanoseconds() >= stopNanoseconds {
                coordination.stop()
            }
            if let cut, clock.nowNanoseconds() >= cut.orderedNanoseconds {
                coordination.measure(fromNanoseconds: cut.measureNanoseconds)
            }
        }
        var worker = LoadWorker(
            driver: VirtualWorker(target: target),
            record: WorkerRecord(
                plan.assignments[0], plan, recorder: ends.recorder,
                startNanoseconds: startNanoseconds),
            clock: clock, bodies: MessageBodies(scenario), window: window,
            coordination: coordination,
            deliveriesPerSend: scenario.classes.map { Int64($0.groupCount) })
        var failure: DriverError?
        do throws(DriverError) { try worker.run() } catch { failure = error }
        let usage = worker.usage
        let ledgers = worker.finish()
        collection.drain()
        try #require(collection.failure == nil)
        return VirtualOutcome(
            scenario: scenario,
            window: cut.map { window.measuring(from: $0.measureNanoseconds) } ?? window,
            record: collection.record, ledgers: ledgers,
            usage: usage, failure: failure, target: target,
            endNanoseconds: clock.nowNanoseconds())
    }

    /// A scenario with one class.
    static func scenario(
        load: String, duration: String = "10s", warmup: String = "0s", _ more: [String] = []
    ) throws -> Scenario {
        try ScenarioFixture.parse(
            """
            name: virtual
            duration: \(duration)
            warmup: \(warmup)
            interval: 1s
            classes:
              - name: main
                message-size: 64B
                load: \(load)
            """, overrides: more)
    }
}
