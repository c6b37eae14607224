// As many messages as the schedule has, each at its time.

import AeroLoad
import Testing

/// Takes everything at once and compares each message with the schedule; keeps nothing.
private struct ScheduleWorker: DriverWorker, ~Copyable {
    let clock: VirtualClock
    let expected: UnsafeMutablePointer<ArrivalCursor>
    let tally: Tally
    private let room = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16)

    final class Tally {
        var sentCount: Int64 = 0
        var wrongTimeCount: Int64 = 0
        var lateCount: Int64 = 0
    }

    init(_ clock: VirtualClock, _ schedule: ArrivalSchedule, _ tally: Tally) {
        self.clock = clock
        self.tally = tally
        expected = .allocate(capacity: 1)
        expected.initialize(to: schedule.cursor())
    }

    deinit {
        room.deallocate()
        expected.deallocate()
    }

    mutating func claim(
        producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? { room }

    mutating func commit(producer: Int, nowNanoseconds: Int64) {
        let due = VirtualRun.startNanoseconds + expected.pointee.intendedNanoseconds
        let intended = Int64(bigEndian: room.load(fromByteOffset: 16, as: Int64.self))
        if intended != due { tally.wrongTimeCount += 1 }
        if clock.nowNanoseconds() != due { tally.lateCount += 1 }
        tally.sentCount += 1
        expected.pointee.advance()
    }

    mutating func flush(nowNanoseconds: Int64) {}

    mutating func poll<Sink: DriverSink & ~Copyable>(
        untilNanoseconds: Int64, into sink: inout Sink
    ) throws(DriverError) {
        clock.advance(to: max(clock.nowNanoseconds(), untilNanoseconds))
    }

    mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {}
}

// Ten million messages in an unoptimised build take their time.
@Suite(.timeLimit(.minutes(10))) struct LoadRateTests {
    @Test(arguments: [
        ("1/s", "constant"), ("1k/s", "constant"), ("1M/s", "constant"), ("1/s", "poisson"),
        ("1k/s", "poisson"), ("100k/s", "poisson"),
    ])
    func everyArrivalOfTenSecondsIsSentAtItsTime(rate: String, schedule: String) throws {
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: \(schedule), rate: \(rate) }",
            ["classes.main.groups=0", "classes.main.acks=0", "classes.main.message-size=32B"])
        let seed = ArrivalSchedule.classSeed(scenarioSeed: scenario.seed, classIndex: 0)
        let arrivals = try #require(ArrivalSchedule(scenario.classes[0].load, seed: seed))
        let plan = LoadPlan(scenario, runId: "virtual")
        let window = RecordingWindow(
            scenario, startNanoseconds: VirtualRun.startNanoseconds)
        let ends = try IntervalRecorder.make(classCount: 1, window: window)
        let clock = VirtualClock()
        let tally = ScheduleWorker.Tally()
        var worker = LoadWorker(
            driver: ScheduleWorker(clock, arrivals, tally),
            record: WorkerRecord(
                plan.assignments[0], plan, recorder: ends.recorder,
                startNanoseconds: window.startNanoseconds),
            clock: clock, bodies: MessageBodies(scenario), window: window,
            coordination: RunCoordination(workerCount: 1, drainNanoseconds: 0),
            deliveriesPerSend: [0])
        try worker.run()
        let expected = arrivals.arrivalCount(beforeNanoseconds: 10_000_000_000)
        #expect(tally.sentCount == expected)
        #expect(tally.wrongTimeCount == 0 && tally.lateCount == 0)
        #expect(worker.record.sentCount == expected)
        let ledgers = worker.finish()
        #expect(ledgers.sends[0].sentCount == expected)
        guard schedule == "constant", let perSecond = scenario.classes[0].load.rate else { return }
        #expect(Double(expected) == perSecond.messagesPerSecond * 10)
    }
}
