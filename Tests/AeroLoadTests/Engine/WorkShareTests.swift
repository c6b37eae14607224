// What a load thread does counts as work, and what it looks for in vain does not.

import AeroIO
import AeroLoad
import Testing

/// Takes everything at once. Each poll is one look that finds no message.
private struct LookingWorker: DriverWorker, ~Copyable {
    /// What a look does to the time.
    let look: (_ untilNanoseconds: Int64) -> Void
    /// Whether a look finds a part of a message.
    let findsParts: Bool
    private let room = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16)

    init(findsParts: Bool, look: @escaping (Int64) -> Void) {
        self.look = look
        self.findsParts = findsParts
    }

    deinit { room.deallocate() }

    mutating func claim(
        producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? { room }

    mutating func commit(producer: Int, nowNanoseconds: Int64) {}

    mutating func flush(nowNanoseconds: Int64) {}

    mutating func poll<Sink: DriverSink & ~Copyable>(
        untilNanoseconds: Int64, into sink: inout Sink
    ) throws(DriverError) {
        look(untilNanoseconds)
        if findsParts { sink.moved() }
    }

    mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {}
}

@Suite(.timeLimit(.minutes(10))) struct WorkShareTests {
    private static func usage<Clock: LoadClock>(
        _ load: String, duration: String, clock: Clock, startNanoseconds: Int64,
        findsParts: Bool = false, look: @escaping (Int64) -> Void
    ) throws -> WorkerUsage {
        let scenario = try VirtualRun.scenario(
            load: load, duration: duration,
            ["classes.main.groups=0", "classes.main.acks=0", "interval=100ms"])
        let plan = LoadPlan(scenario, runId: "look")
        let window = RecordingWindow(scenario, startNanoseconds: startNanoseconds)
        let ends = try IntervalRecorder.make(classCount: 1, window: window)
        var worker = LoadWorker(
            driver: LookingWorker(findsParts: findsParts, look: look),
            record: WorkerRecord(
                plan.assignments[0], plan, recorder: ends.recorder,
                startNanoseconds: startNanoseconds),
            clock: clock, bodies: MessageBodies(scenario), window: window,
            coordination: RunCoordination(workerCount: 1, drainNanoseconds: 0),
            deliveriesPerSend: [0])
        try worker.run()
        let usage = worker.usage
        _ = worker.finish()
        return usage
    }

    /// Looks of 2 us until a message is due.
    private static func spinNanoseconds(
        _ load: String, lookNanoseconds: Int64 = 2_000, findsParts: Bool = false
    ) throws -> Int64 {
        let clock = VirtualClock()
        let usage = try usage(
            load, duration: "1s", clock: clock, startNanoseconds: VirtualRun.startNanoseconds,
            findsParts: findsParts
        ) { until in
            let now = clock.nowNanoseconds()
            clock.advance(to: max(now, min(until, now + lookNanoseconds)))
        }
        return try #require(usage.end).spinNanoseconds - #require(usage.start).spinNanoseconds
    }

    @Test func turnsThatFindNothingAreSpun() throws {
        // Of each millisecond all but the turn that sends.
        let spun = try Self.spinNanoseconds("{ schedule: constant, rate: 1000/s }")
        #expect(spun >= 995_000_000 && spun <= 999_000_000, "\(spun)")
    }

    /// Of a large message many looks find a part before one finds it whole.
    @Test func turnsThatMoveBytesAreNot() throws {
        let spun = try Self.spinNanoseconds(
            "{ schedule: constant, rate: 1000/s }", findsParts: true)
        #expect(spun == 0)
    }

    @Test func turnsThatSendAreNot() throws {
        let spun = try Self.spinNanoseconds("{ schedule: constant, rate: 500k/s }")
        // At the ends of intervals a look comes between two messages; nobody collects them here, so
        // that the ends are many.
        #expect(spun < 1_000_000, "\(spun)")
    }

    /// A driver that sleeps until shortly before a message is due uses no core meanwhile.
    @Test func sleepIsNoSpin() throws {
        let spun = try Self.spinNanoseconds(
            "{ schedule: constant, rate: 1000/s }", lookNanoseconds: 900_000)
        #expect(spun == 0)
    }

    @Test func aThreadThatWaitsForItsScheduleHasAReserve() throws {
        let usage = try Self.usage(
            "{ schedule: constant, rate: 1000/s }", duration: "500ms", clock: SystemLoadClock(),
            startNanoseconds: MonotonicClock.nowNanoseconds()
        ) { _ in }
        let share = try #require(usage.workShare)
        #expect(share < 0.5, "\(share)")
    }

    /// A saturated thread is at work for as long as it has a core.
    @Test func aThreadThatAlwaysSendsHasNone() throws {
        let usage = try Self.usage(
            "{ schedule: maximum, in-flight: 64 }", duration: "500ms", clock: SystemLoadClock(),
            startNanoseconds: MonotonicClock.nowNanoseconds()
        ) { _ in }
        let (start, end) = (try #require(usage.start), try #require(usage.end))
        let ran =
            end.thread.userNanoseconds + end.thread.systemNanoseconds
            - start.thread.userNanoseconds - start.thread.systemNanoseconds
        let share = try #require(usage.workShare)
        let elapsed = end.atNanoseconds - start.atNanoseconds
        #expect(share >= min(1, Double(ran) / Double(elapsed)) * 0.99)
    }
}
