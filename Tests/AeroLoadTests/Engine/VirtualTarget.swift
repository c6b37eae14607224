// A target that lives in virtual time, and does to messages what a test asks for.

import AeroLoad

/// A clock that only moves when somebody waits.
///
/// SAFETY: one test thread uses it; the engine only asks for `Sendable` because its clocks cross
/// threads elsewhere.
final class VirtualClock: LoadClock, @unchecked Sendable {
    private(set) var now: Int64

    init(_ now: Int64) { self.now = now }

    func nowNanoseconds() -> Int64 { now }

    func advance(to time: Int64) { now = max(now, time) }
}

/// What goes wrong with a message, by its place in the order of commits.
enum Fault {
    case lose, repeatIt, corrupt, misroute, failIt, swapWithNext, answerTwice
    /// Neither acknowledged nor delivered.
    case forget
}

/// The far side of the virtual driver: when messages complete, and what is done to them.
final class VirtualTarget {
    struct Message {
        let producer: Int
        let destination: Int
        let token: UInt32
        var value: [UInt8]
        let readyNanoseconds: Int64
        let fault: Fault?
    }

    let clock: VirtualClock
    let plan: LoadPlan
    /// From commit to acknowledgement and delivery.
    var latencyNanoseconds: Int64 = 50_000
    /// While the time is in here, no claim is granted.
    var refusal: Range<Int64> = 0..<0
    /// Messages under way at one time; claims beyond are refused.
    var capacity = Int.max
    /// By the number of the message in the order of commits.
    var faults: [Int: Fault] = [:]
    /// `poll` throws from this time on.
    var failsAtNanoseconds = Int64.max
    /// What reading the clock once costs: keeps bursts from being free.
    var pollCostNanoseconds: Int64 = 100

    /// Takes everything and gives nothing back: for counting sends alone.
    var isBottomless = false

    private(set) var committedCount = 0
    private(set) var refusedClaimCount = 0
    private(set) var mostUnderWay = 0
    /// How many were under way when a poll began, lowest, while the load was on.
    private(set) var fewestUnderWay = Int.max
    var queue: [Message] = []
    var head = 0

    init(_ clock: VirtualClock, _ plan: LoadPlan) {
        self.clock = clock
        self.plan = plan
    }

    var underWayCount: Int { queue.count - head }

    func mayClaim(_ now: Int64) -> Bool {
        guard !refusal.contains(now), underWayCount < capacity else {
            refusedClaimCount += 1
            return false
        }
        return true
    }

    func commit(_ message: Message) {
        queue.append(message)
        committedCount += 1
        mostUnderWay = max(mostUnderWay, underWayCount)
    }

    func fault(of number: Int) -> Fault? { faults[number] }

    func notePoll() { fewestUnderWay = min(fewestUnderWay, underWayCount) }

    func takeReady(_ now: Int64) -> Message? {
        guard head < queue.count, queue[head].readyNanoseconds <= now else { return nil }
        head += 1
        let message = queue[head - 1]
        if head == queue.count {
            queue.removeAll(keepingCapacity: true)
            head = 0
        }
        return message
    }
}

/// One worker's clients of the virtual target.
struct VirtualDriver: DriverWorker, ~Copyable {
    private let target: VirtualTarget
    private let assignment: WorkerAssignment
    private let room: UnsafeMutableRawPointer
    private var claimed: (producer: Int, destination: Int, byteCount: Int, token: UInt32)?
    private var swapped: VirtualTarget.Message?

    init(_ target: VirtualTarget, _ assignment: WorkerAssignment) {
        self.target = target
        self.assignment = assignment
        room = .allocate(byteCount: 1 << 20, alignment: 64)
    }

    deinit { room.deallocate() }

    mutating func claim(
        producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? {
        guard target.mayClaim(nowNanoseconds) else { return nil }
        claimed = (producer, destination, byteCount, token)
        return room
    }

    mutating func commit(producer: Int, nowNanoseconds: Int64) {
        guard let claimed, claimed.producer == producer else {
            preconditionFailure("a commit follows its claim")
        }
        self.claimed = nil
        if target.isBottomless { return }
        let bytes = UnsafeRawBufferPointer(start: room, count: claimed.byteCount)
        target.commit(
            VirtualTarget.Message(
                producer: producer, destination: claimed.destination, token: claimed.token,
                value: Array(bytes),
                readyNanoseconds: nowNanoseconds + target.latencyNanoseconds,
                fault: target.fault(of: target.committedCount)))
    }

    mutating func flush(nowNanoseconds: Int64) {}

    mutating func poll<Sink: DriverSink & ~Copyable>(
        untilNanoseconds: Int64, into sink: inout Sink
    ) throws(DriverError) {
        let clock = target.clock
        target.notePoll()
        clock.advance(to: clock.now + target.pollCostNanoseconds)
        if target.takeIsDue(clock.now) {
            drain(&sink)
            return
        }
        var wake = untilNanoseconds
        if target.head < target.queue.count {
            wake = min(wake, target.queue[target.head].readyNanoseconds)
        }
        if target.refusal.contains(clock.now) { wake = min(wake, target.refusal.upperBound) }
        clock.advance(to: wake)
        if clock.now >= target.failsAtNanoseconds {
            throw DriverError("go on", "the test wanted it so")
        }
        drain(&sink)
    }

    mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {
        while target.head < target.queue.count {
            let message = target.queue[target.head]
            target.head += 1
            guard wantsAnswer(message) else { continue }
            withUnsafePointer(to: message.token) {
                sink.failed(
                    UnsafeBufferPointer(start: $0, count: 1), "closed",
                    nowNanoseconds: target.clock.now)
            }
        }
    }

    private mutating func drain<Sink: DriverSink & ~Copyable>(_ sink: inout Sink) {
        while let message = target.takeReady(target.clock.now) { complete(message, &sink) }
    }

    private mutating func complete<Sink: DriverSink & ~Copyable>(
        _ message: VirtualTarget.Message, _ sink: inout Sink
    ) {
        if message.fault == .forget { return }
        answer(message, &sink)
        switch message.fault {
        case .lose, .failIt, .forget: break
        case .repeatIt:
            deliver(message, &sink)
            deliver(message, &sink)
        case .corrupt:
            var damaged = message
            damaged.value[damaged.value.count - 1] ^= 0x10
            deliver(damaged, &sink)
        case .misroute: deliver(message, &sink, shift: 1)
        case .swapWithNext: swapped = message
        case nil, .answerTwice:
            deliver(message, &sink)
            if let late = swapped {
                swapped = nil
                deliver(late, &sink)
            }
        }
    }

    private func wantsAnswer(_ message: VirtualTarget.Message) -> Bool {
        let classIndex = assignment.producers[message.producer].classIndex
        return target.plan.scenario.classes[classIndex].acknowledgement != .none
    }

    private func answer<Sink: DriverSink & ~Copyable>(
        _ message: VirtualTarget.Message, _ sink: inout Sink
    ) {
        guard wantsAnswer(message) else { return }
        let now = target.clock.now
        withUnsafePointer(to: message.token) {
            let tokens = UnsafeBufferPointer(start: $0, count: 1)
            if message.fault == .failIt {
                sink.failed(tokens, "refused", nowNanoseconds: now)
                return
            }
            sink.acknowledged(tokens, nowNanoseconds: now)
            if message.fault == .answerTwice { sink.acknowledged(tokens, nowNanoseconds: now) }
        }
    }

    private func deliver<Sink: DriverSink & ~Copyable>(
        _ message: VirtualTarget.Message, _ sink: inout Sink, shift: Int = 0
    ) {
        let classIndex = assignment.producers[message.producer].classIndex
        let count = target.plan.scenario.classes[classIndex].destinationCount
        let destination = (message.destination + shift) % count
        for (index, consumer) in assignment.consumers.enumerated()
        where consumer.classIndex == classIndex && consumer.destinations.contains(destination) {
            message.value.withUnsafeBytes {
                sink.delivered(
                    consumer: index, destination: destination, value: $0,
                    nowNanoseconds: target.clock.now)
            }
        }
    }
}

extension VirtualTarget {
    /// Whether something has completed by now.
    func takeIsDue(_ now: Int64) -> Bool {
        head < queue.count && queue[head].readyNanoseconds <= now
    }
}
