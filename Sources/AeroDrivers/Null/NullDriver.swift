// A target without a broker: what the generator itself can do.

import AeroIO
package import AeroLoad

/// Gives every message straight back to its consumers, inside the worker that sent it.
///
/// What it reaches is the limit of the load generator: schedule, stamps, checksums, ledger and
/// recording are the same as for any target, and only the target is missing. It runs with one
/// worker, because messages never leave their thread.
package struct NullDriver: LoadDriver {
    package static let name = "null"

    package init() {}

    package func prepare(_ plan: LoadPlan) throws(DriverError) {
        guard plan.assignments.count == 1 else {
            throw DriverError(
                "run the null driver with \(plan.assignments.count) workers",
                "its messages stay on their thread; set workers to 1")
        }
    }

    private func makeWorker(
        _ assignment: WorkerAssignment, _ plan: LoadPlan
    ) throws(DriverError) -> NullWorker {
        NullWorker(assignment, plan)
    }

    package func work(_ seat: WorkerSeat) { seat.run(makeWorker) }

    package func statistics() throws(DriverError) -> [String: Int64] { [:] }

    package func cleanUp(_ plan: LoadPlan) throws(DriverError) {}
}

/// Messages that were committed and not yet given back, in a fixed ring of slots.
package struct NullWorker: DriverWorker, ~Copyable {
    private struct Slot {
        var producer: Int
        var destination: Int
        var byteCount: Int
    }

    // BOUND: a ring that fits the second-level cache with small messages, 16 MiB with large ones.
    private static let slotCountMax = 512
    private static let memoryByteCountMax = 16 << 20

    private let memory: UnsafeMutableRawPointer
    private let stride: Int
    private let slotCount: Int
    private let slots: UnsafeMutablePointer<Slot>
    private let tokens: UnsafeMutablePointer<UInt32>
    private var slotsUsed = 0
    private var tokensUsed = 0
    private let producers: [(classIndex: Int, wantsAcknowledgement: Bool)]
    /// By class and destination: the consumers that get each message.
    private let consumers: [[[Int]]]

    init(_ assignment: WorkerAssignment, _ plan: LoadPlan) {
        let classes = plan.scenario.classes
        let largest = classes.map(\.messageByteCount).max() ?? 1
        stride = (largest + 63) / 64 * 64
        slotCount = max(1, min(Self.slotCountMax, Self.memoryByteCountMax / stride))
        memory = .allocate(byteCount: stride * slotCount, alignment: 64)
        slots = .allocate(capacity: slotCount)
        tokens = .allocate(capacity: slotCount)
        producers = assignment.producers.map {
            ($0.classIndex, classes[$0.classIndex].acknowledgement != .none)
        }
        var consumers = classes.map { [[Int]](repeating: [], count: $0.destinationCount) }
        for (index, consumer) in assignment.consumers.enumerated() {
            for destination in consumer.destinations {
                consumers[consumer.classIndex][destination].append(index)
            }
        }
        self.consumers = consumers
    }

    deinit {
        memory.deallocate()
        slots.deallocate()
        tokens.deallocate()
    }

    package mutating func claim(
        producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? {
        guard slotsUsed < slotCount else { return nil }
        (slots + slotsUsed).initialize(
            to: Slot(producer: producer, destination: destination, byteCount: byteCount))
        if producers[producer].wantsAcknowledgement {
            tokens[tokensUsed] = token
            tokensUsed += 1
        }
        return memory + slotsUsed * stride
    }

    package mutating func commit(producer: Int, nowNanoseconds: Int64) { slotsUsed += 1 }

    package mutating func flush(nowNanoseconds: Int64) {}

    package mutating func poll<Sink: DriverSink & ~Copyable>(
        untilNanoseconds: Int64, into sink: inout Sink
    ) throws(DriverError) {
        guard slotsUsed > 0 else {
            // Nothing can arrive: waits for the schedule as a thread with a core of its own does.
            while MonotonicClock.nowNanoseconds() < untilNanoseconds {}
            return
        }
        giveBack(MonotonicClock.nowNanoseconds(), &sink)
    }

    package mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {
        giveBack(MonotonicClock.nowNanoseconds(), &sink)
    }

    private mutating func giveBack<Sink: DriverSink & ~Copyable>(
        _ now: Int64, _ sink: inout Sink
    ) {
        sink.acknowledged(
            UnsafeBufferPointer(start: tokens, count: tokensUsed), nowNanoseconds: now)
        for index in 0..<slotsUsed {
            let slot = slots[index]
            let value = UnsafeRawBufferPointer(
                start: memory + index * stride, count: slot.byteCount)
            for consumer in consumers[producers[slot.producer].classIndex][slot.destination] {
                sink.delivered(
                    consumer: consumer, destination: slot.destination, value: value,
                    nowNanoseconds: now)
            }
        }
        slotsUsed = 0
        tokensUsed = 0
    }
}
