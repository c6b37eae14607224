// Whole runs on real threads: how they begin, end, and fail.

import AeroIO
import AeroLoad
import Synchronization
import Testing

/// What a driver is to do wrong.
private struct DriverFaults: Sendable {
    var prepareFails = false
    var promisesFail = false
    /// Index of the worker whose clients cannot connect.
    var unconnectedWorker: Int?
    /// Index of the worker that fails after its first hundred messages.
    var failingWorker: Int?
    var laterStatisticsFail = false
    var cleanUpFails = false
}

/// Takes every message, and acknowledges nothing.
private struct SinkDriver: LoadDriver {
    static let name = "sink"

    let faults: DriverFaults
    let calls = Calls()

    final class Calls: Sendable {
        let prepared = Atomic<Int>(0)
        let asked = Atomic<Int>(0)
        let cleanedUp = Atomic<Int>(0)
    }

    func prepare(_ plan: LoadPlan) throws(DriverError) {
        calls.prepared.add(1, ordering: .relaxed)
        if faults.prepareFails { throw DriverError("prepare", "no") }
    }

    func promises(_ plan: LoadPlan) throws(DriverError) -> [TargetPromise] {
        if faults.promisesFail { throw DriverError("promise", "no") }
        return plan.scenario.classes.map { _ in Self.promise }
    }

    static let promise = TargetPromise(
        durability: nil, acknowledgement: "none", ordering: "none", groups: "none",
        batching: "none")

    func work(_ seat: WorkerSeat) { seat.run(makeWorker) }

    private func makeWorker(
        _ assignment: WorkerAssignment, _ plan: LoadPlan
    ) throws(DriverError) -> SinkWorker {
        if faults.unconnectedWorker == assignment.worker { throw DriverError("connect", "no") }
        return SinkWorker(failsAfter: faults.failingWorker == assignment.worker ? 100 : .max)
    }

    func statistics() throws(DriverError) -> [String: Int64] {
        let earlier = calls.asked.add(1, ordering: .relaxed).oldValue
        if earlier > 0, faults.laterStatisticsFail { throw DriverError("ask", "no") }
        return ["asked": Int64(earlier)]
    }

    func cleanUp(_ plan: LoadPlan) throws(DriverError) {
        calls.cleanedUp.add(1, ordering: .relaxed)
        if faults.cleanUpFails { throw DriverError("clean up", "no") }
    }
}

private struct SinkWorker: DriverWorker, ~Copyable {
    private let room = UnsafeMutableRawPointer.allocate(byteCount: 1 << 10, alignment: 16)
    private let failsAfter: Int
    private var sentCount = 0

    init(failsAfter: Int) { self.failsAfter = failsAfter }

    deinit { room.deallocate() }

    mutating func claim(
        producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? { room }

    mutating func commit(producer: Int, nowNanoseconds: Int64) { sentCount += 1 }

    mutating func flush(nowNanoseconds: Int64) {}

    mutating func poll<Sink: DriverSink & ~Copyable>(
        untilNanoseconds: Int64, into sink: inout Sink
    ) throws(DriverError) {
        if sentCount >= failsAfter { throw DriverError("go on", "no") }
        let until = min(untilNanoseconds, MonotonicClock.nowNanoseconds() + 1_000_000)
        while MonotonicClock.nowNanoseconds() < until {}
    }

    mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {}
}

@Suite(.serialized, .timeLimit(.minutes(10))) struct LoadRunTests {
    private static func plan(duration: String) throws -> LoadPlan {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal,
            overrides: [
                "duration=\(duration)", "warmup=0s", "interval=100ms", "workers=2",
                "classes.main.producers=2", "classes.main.acks=0", "classes.main.groups=0",
                "classes.main.load.rate=10k/s",
            ])
        return LoadPlan(scenario, runId: "r1")
    }

    private static func run(
        _ driver: SinkDriver, duration: String, isInterrupted: () -> Bool = { false },
        progress: (RunRecord, IntervalRecord) -> Void = { _, _ in }
    ) throws(any Error) -> LoadOutcome {
        try LoadRun(plan(duration: duration), driver: driver)
            .run(isInterrupted: isInterrupted, progress: progress)
    }

    @Test func aRunIsPreparedMeasuredAndCleanedUp() throws {
        let driver = SinkDriver(faults: DriverFaults())
        var reported: [Int] = []
        let outcome = try Self.run(
            driver, duration: "300ms", progress: { reported.append($1.index) })
        #expect(outcome.ending == .completed)
        #expect(driver.calls.prepared.load(ordering: .relaxed) == 1)
        #expect(driver.calls.cleanedUp.load(ordering: .relaxed) == 1)
        #expect(outcome.statistics.before == ["asked": 0])
        #expect(outcome.statistics.after == ["asked": 1])
        #expect(outcome.promises == [SinkDriver.promise])
        #expect(outcome.record.classes[0].counts.sent + outcome.unsentCount == 3_000)
        #expect(outcome.usages.count == 2 && outcome.usages.allSatisfy { $0.end != nil })
        #expect(outcome.measuredEndNanoseconds == outcome.window.measureEndNanoseconds)
        #expect(Set(reported).count == reported.count)
        #expect(reported.sorted() == outcome.record.intervals.map(\.index))
        #expect(outcome.incidents.entries.isEmpty)
    }

    @Test func aRunThatCannotBeginSaysWhy() throws {
        var faults = DriverFaults()
        faults.prepareFails = true
        #expect(throws: LoadRunError.driver(DriverError("prepare", "no"))) {
            _ = try Self.run(SinkDriver(faults: faults), duration: "1h")
        }
    }

    @Test func aTargetThatCannotSayWhatItPromisesIsCleanedUp() throws {
        var faults = DriverFaults()
        faults.promisesFail = true
        let driver = SinkDriver(faults: faults)
        #expect(throws: LoadRunError.driver(DriverError("promise", "no"))) {
            _ = try Self.run(driver, duration: "1h")
        }
        #expect(driver.calls.cleanedUp.load(ordering: .relaxed) == 1)
    }

    /// The other worker waits for the start, and is let go.
    @Test(arguments: [0, 1]) func oneWorkerThatCannotConnectEndsTheRun(worker: Int) throws {
        var faults = DriverFaults()
        faults.unconnectedWorker = worker
        let driver = SinkDriver(faults: faults)
        #expect(throws: LoadRunError.driver(DriverError("connect", "no"))) {
            _ = try Self.run(driver, duration: "1h")
        }
        #expect(driver.calls.cleanedUp.load(ordering: .relaxed) == 1)
    }

    /// What is left of the hour would not be a measurement.
    @Test(arguments: [0, 1]) func oneWorkerThatFailsEndsTheRunForAll(worker: Int) throws {
        var faults = DriverFaults()
        faults.failingWorker = worker
        let outcome = try Self.run(SinkDriver(faults: faults), duration: "1h")
        #expect(outcome.ending == .failed(DriverError("go on", "no")))
        #expect(outcome.record.classes[0].counts.sent >= 100)
        #expect(outcome.usages.allSatisfy { $0.end != nil })
        #expect(outcome.measuredEndNanoseconds < outcome.window.measureEndNanoseconds)
        #expect(outcome.measuredEndNanoseconds > outcome.window.startNanoseconds)
    }

    @Test func anInterruptionEndsTheWindow() throws {
        let reportedCount = Atomic<Int>(0)
        let outcome = try Self.run(
            SinkDriver(faults: DriverFaults()), duration: "1h",
            isInterrupted: { reportedCount.load(ordering: .relaxed) >= 2 },
            progress: { _, _ in reportedCount.add(1, ordering: .relaxed) })
        #expect(outcome.ending == .interrupted)
        #expect(outcome.measuredEndNanoseconds < outcome.window.measureEndNanoseconds)
        #expect(outcome.record.classes[0].counts.sent > 0)
    }

    @Test func whatFailsAfterwardsIsAnIncident() throws {
        var faults = DriverFaults()
        faults.laterStatisticsFail = true
        faults.cleanUpFails = true
        let outcome = try Self.run(SinkDriver(faults: faults), duration: "100ms")
        #expect(outcome.ending == .completed && outcome.statistics.after.isEmpty)
        #expect(outcome.targetFailure == DriverError("ask", "no"))
        #expect(
            outcome.incidents.entries.map(\.text) == ["cannot ask: no", "cannot clean up: no"])
    }
}
