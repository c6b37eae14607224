// A target of the load that exists in virtual time, with faults on order.

import AeroLoad

/// What goes wrong with one message.
enum VirtualFault: Equatable {
    /// It never arrives.
    case drop
    /// It arrives twice.
    case duplicate
    /// It arrives this much later.
    case delay(Int64)
    /// One bit of its body is flipped.
    case corrupt
    /// It arrives from the next topic-partition.
    case misroute
    /// Its mark is gone: bytes of somebody else.
    case foreign
    /// The target refuses it; it does not arrive.
    case fail
    /// It arrives and is never answered for.
    case silence
    /// It is answered twice.
    case answerTwice
    /// It arrives by a clock that is off by this much.
    case skew(Int64)
}

/// How a virtual target behaves.
struct VirtualModel {
    /// From sending to acknowledgement.
    var acknowledgementNanoseconds: Int64 = 50_000
    /// From sending to arrival.
    var deliveryNanoseconds: Int64 = 80_000
    /// While it lasts, the target takes no message.
    var refusal: Range<Int64>?
    /// While it lasts, the sender's thread does not come back from the target.
    var pause: Range<Int64>?
    /// Messages under way that the target takes.
    var capacity = Int.max
    /// By the message's ordinal of all messages sent.
    var faults: [Int: VirtualFault] = [:]
    /// When the target fails for good.
    var errorNanoseconds: Int64?
}

/// One message as the target got it.
struct VirtualMessage: Equatable {
    let producer: Int
    let destination: Int
    let stamp: Stamp
}

/// Takes messages, and keeps lists of everything that it did, to compare with.
final class VirtualTarget {
    let clock: VirtualClock
    let model: VirtualModel
    private let classes: [TrafficClass]
    private let assignment: WorkerAssignment
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private var claimed: (producer: Int, destination: Int, byteCount: Int, token: UInt32)?
    private var events = VirtualEvents()
    /// Messages that were not settled yet.
    private(set) var underWayCount = 0
    private(set) var underWayCountMax = 0
    /// Messages under way each time that the sender had sent what was due.
    private(set) var underWayCounts: Set<Int> = []
    private(set) var refusedClaimCount = 0
    private(set) var messages: [VirtualMessage] = []
    /// Every sample that the sender could see, by series: when it was intended, and how long.
    private(set) var samples = [[(intendedNanoseconds: Int64, latency: Int64)]](
        repeating: [], count: LatencySeries.count)
    private var arrived: Set<[Int]> = []
    /// Called in each turn.
    var turn: (() -> Void)?

    init(
        _ model: VirtualModel, _ clock: VirtualClock, _ scenario: Scenario,
        _ assignment: WorkerAssignment
    ) {
        self.model = model
        self.clock = clock
        self.assignment = assignment
        classes = scenario.classes
    }

    deinit { room.deallocate() }

    func claim(
        _ producer: Int, _ destination: Int, _ byteCount: Int, _ token: UInt32
    ) -> UnsafeMutableRawPointer? {
        let now = clock.nowNanoseconds()
        guard underWayCount < model.capacity, model.refusal?.contains(now) != true else {
            refusedClaimCount += 1
            return nil
        }
        claimed = (producer, destination, byteCount, token)
        return room.baseAddress
    }

    func commit() {
        guard let claimed, let base = room.baseAddress else {
            preconditionFailure("a commit follows a claim")
        }
        self.claimed = nil
        let now = clock.nowNanoseconds()
        let value = UnsafeRawBufferPointer(start: base, count: claimed.byteCount)
        guard case .valid(let stamp, _) = Stamp.decode(value, nearNanoseconds: now) else {
            preconditionFailure("the sender's own stamp is not valid")
        }
        let fault = model.faults[messages.count]
        messages.append(
            VirtualMessage(
                producer: claimed.producer, destination: claimed.destination, stamp: stamp))
        note(.lag, stamp, now - stamp.intendedNanoseconds)
        underWayCount += 1
        underWayCountMax = max(underWayCountMax, underWayCount)
        settle(claimed.token, stamp, fault, now)
        deliver(claimed.producer, claimed.destination, Array(value), fault, now)
    }

    private func settle(
        _ token: UInt32, _ stamp: Stamp, _ fault: VirtualFault?, _ now: Int64
    ) {
        let isSuccess: Bool? =
            switch fault {
            case .fail: false
            case .silence: nil
            default: true
            }
        let at = now + model.acknowledgementNanoseconds
        events.insert(
            VirtualEvent(
                atNanoseconds: at,
                kind: .settle(token: token, isSuccess: isSuccess, stamp: stamp)))
        guard fault == .answerTwice else { return }
        underWayCount += 1
        events.insert(
            VirtualEvent(
                atNanoseconds: at, kind: .settle(token: token, isSuccess: true, stamp: nil)))
    }

    private func deliver(
        _ producer: Int, _ destination: Int, _ value: [UInt8], _ fault: VirtualFault?,
        _ now: Int64
    ) {
        let classIndex = assignment.producers[producer].classIndex
        var (value, destination, copies) = (value, destination, 1)
        var (at, skew) = (now + model.deliveryNanoseconds, Int64(0))
        switch fault {
        case .drop, .fail: copies = 0
        case .duplicate: copies = 2
        case .delay(let nanoseconds): at += nanoseconds
        case .corrupt: value[value.count - 1] ^= 0x10
        case .misroute: destination = (destination + 1) % classes[classIndex].destinationCount
        case .foreign: value[0] = 0
        case .skew(let nanoseconds): skew = nanoseconds
        case .silence, .answerTwice, nil: break
        }
        for (index, consumer) in assignment.consumers.enumerated() {
            guard consumer.classIndex == classIndex, consumer.destinations.contains(destination)
            else { continue }
            for _ in 0..<copies {
                events.insert(
                    VirtualEvent(
                        atNanoseconds: at,
                        kind: .arrive(
                            consumer: index, destination: destination, value: value,
                            skewNanoseconds: skew)))
            }
        }
    }

    func flushed() { underWayCounts.insert(underWayCount) }

    func poll<Sink: DriverSink & ~Copyable>(
        untilNanoseconds: Int64, _ sink: inout Sink
    ) throws(DriverError) {
        turn?()
        let now = clock.nowNanoseconds()
        if let error = model.errorNanoseconds, now >= error {
            throw DriverError("go on", "the target is gone")
        }
        var until = min(untilNanoseconds, events.firstNanoseconds, model.errorNanoseconds ?? .max)
        // A target that takes messages again says so, as a socket that can be written does.
        if let refusal = model.refusal, now < refusal.upperBound {
            until = min(until, refusal.upperBound)
        }
        clock.advance(to: max(now, until))
        if let pause = model.pause, pause.contains(clock.nowNanoseconds()) {
            clock.advance(to: pause.upperBound)
        }
        while let event = events.popFirst(byNanoseconds: clock.nowNanoseconds()) {
            perform(event, &sink)
        }
    }

    private func perform<Sink: DriverSink & ~Copyable>(_ event: VirtualEvent, _ sink: inout Sink) {
        let now = clock.nowNanoseconds()
        switch event.kind {
        case .settle(let token, let isSuccess, let stamp):
            underWayCount -= 1
            if isSuccess == true, let stamp {
                note(.acknowledgeIntended, stamp, now - stamp.intendedNanoseconds)
                note(.acknowledgeActual, stamp, now - stamp.actualNanoseconds)
            }
            withUnsafePointer(to: token) { pointer in
                let tokens = UnsafeBufferPointer(start: pointer, count: 1)
                switch isSuccess {
                case true?: sink.acknowledged(tokens, nowNanoseconds: now)
                case false?: sink.failed(tokens, "refused", nowNanoseconds: now)
                case nil: break
                }
            }
        case .arrive(let consumer, let destination, let value, let skew):
            value.withUnsafeBytes { bytes in
                note(bytes, consumer, now + skew)
                sink.delivered(
                    consumer: consumer, destination: destination, value: bytes,
                    nowNanoseconds: now + skew)
            }
        }
    }

    /// The end-to-end samples of a first arrival.
    private func note(_ bytes: UnsafeRawBufferPointer, _ consumer: Int, _ now: Int64) {
        guard case .valid(let stamp, _) = Stamp.decode(bytes, nearNanoseconds: now) else { return }
        let group = assignment.consumers[consumer].group
        let name = [
            Int(stamp.classIndex), group, Int(stamp.producer), Int(stamp.destination),
            Int(stamp.sequence),
        ]
        guard arrived.insert(name).inserted else { return }
        note(.endToEndIntended, stamp, now - stamp.intendedNanoseconds)
        note(.endToEndActual, stamp, now - stamp.actualNanoseconds)
    }

    private func note(_ series: LatencySeries, _ stamp: Stamp, _ latency: Int64) {
        samples[series.index].append((stamp.intendedNanoseconds, latency))
    }
}

/// The target as the engine sees it.
struct VirtualWorker: DriverWorker, ~Copyable {
    let target: VirtualTarget

    mutating func claim(
        producer: Int, destination: Int, byteCount: Int, token: UInt32, nowNanoseconds: Int64
    ) -> UnsafeMutableRawPointer? {
        target.claim(producer, destination, byteCount, token)
    }

    mutating func commit(producer: Int, nowNanoseconds: Int64) { target.commit() }

    mutating func flush(nowNanoseconds: Int64) { target.flushed() }

    mutating func poll<Sink: DriverSink & ~Copyable>(
        untilNanoseconds: Int64, into sink: inout Sink
    ) throws(DriverError) {
        try target.poll(untilNanoseconds: untilNanoseconds, &sink)
    }

    mutating func close<Sink: DriverSink & ~Copyable>(into sink: inout Sink) {}
}
