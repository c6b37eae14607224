// The truth driver's target and its clients: one thread, one clock.

package import AeroLoad

/// Holds every message until its time, then acknowledges and delivers it.
package struct TruthWorker<Clock: TruthClock>: DriverWorker, ~Copyable {
    // BOUND: messages under way; a target that holds more takes no others until it has answered.
    private static var slotCountMax: Int { 1 << 18 }
    private static var memoryByteCountMax: Int { 256 << 20 }

    let clock: Clock
    private let figures: TruthFigures
    private let log: TruthLog?
    private var plan: TruthPlan
    private var queue: TruthQueue
    let memory: UnsafeMutableRawPointer
    let stride: Int
    private let freeSlots: UnsafeMutablePointer<Int32>
    private let tokenCell: UnsafeMutablePointer<UInt32>
    private var freeCount: Int
    private var claimed = (token: UInt32(0), destination: 0, byteCount: 0)
    private var arrivedCount: Int64 = 0
    let producers: [(classIndex: Int, wantsAcknowledgement: Bool)]
    /// By class and destination: the consumers that get each message.
    let consumers: [[[Int]]]
    /// Messages that wait to be overtaken, and since when.
    var heldBack: [TruthMessage] = []
    var planted: [Int64]
    let bitRandom: CounterRandom

    package init(_ assignment: WorkerAssignment, _ plan: LoadPlan, clock: Clock) {
        self.init(assignment, plan, clock: clock, figures: TruthFigures(), log: nil)
    }

    init(
        _ assignment: WorkerAssignment, _ plan: LoadPlan, clock: Clock, figures: TruthFigures,
        log: TruthLog?
    ) {
        self.clock = clock
        self.figures = figures
        self.log = log
        let scenario = plan.scenario
        self.plan = TruthPlan(scenario.target ?? .plain, seed: scenario.seed)
        let largest = scenario.classes.map(\.messageByteCount).max() ?? 1
        stride = (largest + 63) / 64 * 64
        let slotCount = max(1, min(Self.slotCountMax, Self.memoryByteCountMax / stride))
        memory = .allocate(byteCount: stride * slotCount, alignment: 64)
        queue = TruthQueue(capacity: slotCount)
        freeSlots = .allocate(capacity: slotCount)
        tokenCell = .allocate(capacity: 1)
        tokenCell.initialize(to: 0)
        for index in 0..<slotCount {
            // The slot freed last is used first: a short queue stays in the cache.
            (freeSlots + index).initialize(to: Int32(slotCount - 1 - index))
        }
        freeCount = slotCount
        producers = assignment.producers.map {
            ($0.classIndex, scenario.classes[$0.classIndex].acknowledgement != .none)
        }
        var consumers = scenario.classes.map { [[Int]](repeating: [], count: $0.destinationCount) }
        for (index, consumer) in assignment.consumers.enumerated() {
            for destination in consumer.destinations {
                consumers[consumer.classIndex][destination].append(index)
            }
        }
        self.consumers = consumers
        planted = Array(repeating: 0, count: TargetFault.allCases.count)
        bitRandom = CounterRandom(seed: ~scenario.seed)
    }

    deinit {
        memory.deallocate()
        freeSlots.deallocate()
        tokenCell.deallocate()
    }

    package mutating func claim(
        producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? {
        guard freeCount > 0 else { return nil }
        claimed = (token, destination, byteCount)
        return memory + Int(freeSlots[freeCount - 1]) * stride
    }

    package mutating func commit(producer: Int, nowNanoseconds: Int64) {
        freeCount -= 1
        let (due, fault) = plan.next(nowNanoseconds: nowNanoseconds)
        queue.insert(
            TruthMessage(
                dueNanoseconds: due, index: arrivedCount, slot: freeSlots[freeCount],
                producer: Int32(truncatingIfNeeded: producer),
                destination: Int32(truncatingIfNeeded: claimed.destination),
                byteCount: Int32(truncatingIfNeeded: claimed.byteCount),
                arrivedNanoseconds: nowNanoseconds,
                token: producers[producer].wantsAcknowledgement ? claimed.token : nil,
                fault: fault))
        arrivedCount += 1
    }

    package mutating func flush(nowNanoseconds: Int64) {}

    package mutating func poll<Sink: DriverSink & ~Copyable>(
        untilNanoseconds: Int64, into sink: inout Sink
    ) throws(DriverError) {
        let now = clock.nowNanoseconds()
        if queue.firstNanoseconds > now {
            clock.wait(untilNanoseconds: min(queue.firstNanoseconds, untilNanoseconds))
        }
        answer(now: clock.nowNanoseconds(), &sink)
        releaseOverdue(&sink)
    }

    /// What still waits stays unanswered: an answer before its time would be no answer to plan.
    package mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {
        var figures: [String: Int64] = ["target.messages": arrivedCount]
        for (index, fault) in TargetFault.allCases.enumerated() where planted[index] > 0 {
            figures["target.\(fault.rawValue)"] = planted[index]
        }
        if let log { figures["target.unrecorded"] = log.unrecordedCount }
        self.figures.store(figures)
        do throws(DriverError) { try log?.write() } catch { self.figures.store(error) }
    }

    /// Answers what is due at a time, in order.
    private mutating func answer<Sink: DriverSink & ~Copyable>(now: Int64, _ sink: inout Sink) {
        while queue.firstNanoseconds <= now, queue.count > 0 {
            answer(queue.removeFirst(), &sink)
        }
    }

    private mutating func answer<Sink: DriverSink & ~Copyable>(
        _ message: TruthMessage, _ sink: inout Sink
    ) {
        // A reading of its own, not the one that the engine is given.
        log?.note(message, value(message), answeredNanoseconds: clock.nowNanoseconds())
        if let fault = message.fault {
            plant(fault, message, &sink)
        } else {
            acknowledge(message, &sink)
            deliver(message, at: Int(message.destination), &sink)
        }
        if !heldBack.isEmpty { releaseOvertaken(by: message, &sink) }
    }

    func value(_ message: TruthMessage) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: memory + Int(message.slot) * stride, count: Int(message.byteCount))
    }

    func acknowledge<Sink: DriverSink & ~Copyable>(
        _ message: TruthMessage, _ sink: inout Sink
    ) {
        guard let token = message.token else { return }
        tokenCell.pointee = token
        sink.acknowledged(
            UnsafeBufferPointer(start: tokenCell, count: 1),
            nowNanoseconds: clock.nowNanoseconds())
    }

    /// Gives a message to its consumers and its slot back.
    mutating func deliver<Sink: DriverSink & ~Copyable>(
        _ message: TruthMessage, at destination: Int, _ sink: inout Sink
    ) {
        hand(message, to: destination, &sink)
        release(message)
    }

    func hand<Sink: DriverSink & ~Copyable>(
        _ message: TruthMessage, to destination: Int, _ sink: inout Sink
    ) {
        let classIndex = producers[Int(message.producer)].classIndex
        let value = value(message)
        for consumer in consumers[classIndex][destination] {
            sink.delivered(
                consumer: consumer, destination: destination, value: value,
                nowNanoseconds: clock.nowNanoseconds())
        }
    }

    mutating func release(_ message: TruthMessage) {
        freeSlots[freeCount] = message.slot
        freeCount += 1
    }
}
