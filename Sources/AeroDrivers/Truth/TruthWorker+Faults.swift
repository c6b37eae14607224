// Faults that the truth driver's target plants.

import AeroLoad

extension TruthWorker {
    /// How long a message waits to be overtaken before it is delivered after all.
    private static var heldBackNanosecondsMax: Int64 { 100_000_000 }

    /// Answers a message wrongly.
    mutating func plant<Sink: DriverSink & ~Copyable>(
        _ fault: TargetFault, _ message: TruthMessage, _ sink: inout Sink
    ) {
        let destination = Int(message.destination)
        // A late message counts when it has been overtaken, the others now.
        if fault != .reorder { count(fault) }
        if fault != .lose { acknowledge(message, &sink) }
        switch fault {
        case .lose, .acknowledgeThenLose: release(message)
        case .duplicate:
            hand(message, to: destination, &sink)
            deliver(message, at: destination, &sink)
        case .reorder: heldBack.append(message)
        case .corrupt:
            turnBit(message)
            deliver(message, at: destination, &sink)
        case .misroute:
            let classIndex = producers[Int(message.producer)].classIndex
            let other = (destination + 1) % consumers[classIndex].count
            deliver(message, at: other, &sink)
        }
    }

    /// Turns one bit over, any but those of the mark: without its mark a message is foreign.
    private func turnBit(_ message: TruthMessage) {
        let bitCount = UInt64(message.byteCount - 1) * 8
        let bit = Int(bitRandom.word(UInt64(bitPattern: message.index)) % bitCount) + 8
        let byte = memory + Int(message.slot) * stride + bit / 8
        let value = byte.load(as: UInt8.self) ^ (1 << UInt8(bit % 8))
        byte.storeBytes(of: value, as: UInt8.self)
    }

    /// Delivers messages of the same producer and partition that were held back for this one.
    mutating func releaseOvertaken<Sink: DriverSink & ~Copyable>(
        by message: TruthMessage, _ sink: inout Sink
    ) {
        switch message.fault {
        case nil, .duplicate, .misroute: break
        case .lose, .acknowledgeThenLose, .corrupt, .reorder: return  // Nothing was delivered.
        }
        for held in heldBack
        where held.producer == message.producer && held.destination == message.destination
            && held.index < message.index
        {
            count(.reorder)
            deliver(held, at: Int(held.destination), &sink)
        }
        heldBack.removeAll {
            $0.producer == message.producer && $0.destination == message.destination
                && $0.index < message.index
        }
    }

    /// Delivers held messages that nothing has overtaken for a while: the load has ended.
    mutating func releaseOverdue<Sink: DriverSink & ~Copyable>(_ sink: inout Sink) {
        guard let first = heldBack.first else { return }
        let now = clock.nowNanoseconds()
        guard now - first.dueNanoseconds > Self.heldBackNanosecondsMax else { return }
        heldBack.removeFirst()
        deliver(first, at: Int(first.destination), &sink)
    }

    private mutating func count(_ fault: TargetFault) {
        planted[TargetFault.allCases.firstIndex(of: fault) ?? 0] += 1
    }
}
