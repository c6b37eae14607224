// When the truth driver's target answers which message: a plan without a clock.

import AeroLoad

/// The answers of a target that follows a `TargetModel`.
///
/// Messages are numbered as they arrive. The answer of message n is due at a time that follows
/// from its arrival, the earlier answers and the seed alone.
struct TruthPlan {
    private let model: TargetModel
    private let random: CounterRandom
    /// Arrival of the first message: stalls are counted from there.
    private var epochNanoseconds: Int64?
    private var lastAnswerNanoseconds = Int64.min / 2
    private var arrivedCount: Int64 = 0
    /// Places of the slow messages in the current thousand.
    private var slowPlaces: [Bool]
    private let faults: [(fault: TargetFault, period: Int64)]

    /// - Parameters:
    ///   - model: How the target behaves.
    ///   - seed: Decides which messages are slow.
    init(_ model: TargetModel, seed: UInt64) {
        self.model = model
        random = CounterRandom(seed: seed)
        slowPlaces = Array(repeating: false, count: Self.blockCount)
        faults = TargetFault.allCases.compactMap { fault in
            model.faultPeriods[fault].map { (fault, Int64($0)) }
        }
    }

    private static let blockCount = 1_000

    /// The next message has arrived.
    ///
    /// - Parameter nowNanoseconds: When; never before an earlier arrival.
    /// - Returns: When its answer is due, and what is wrong with it.
    mutating func next(nowNanoseconds: Int64) -> (dueNanoseconds: Int64, fault: TargetFault?) {
        let epoch = epochNanoseconds ?? nowNanoseconds
        epochNanoseconds = epoch
        let index = arrivedCount
        arrivedCount += 1
        let latency = isSlow(index) ? model.slowNanoseconds : model.latencyNanoseconds
        var due = afterStall(nowNanoseconds + latency, epoch)
        if model.serviceNanoseconds > 0 {
            due = afterStall(max(due, lastAnswerNanoseconds + model.serviceNanoseconds), epoch)
            lastAnswerNanoseconds = due
        }
        return (due, fault(index))
    }

    /// The same time, or the end of the stall that it falls into.
    private func afterStall(_ time: Int64, _ epoch: Int64) -> Int64 {
        guard model.stallNanoseconds > 0 else { return time }
        let sinceEpoch = time - epoch
        let place = sinceEpoch % model.stallPeriodNanoseconds
        // The first stall comes one period after the first message.
        guard sinceEpoch >= model.stallPeriodNanoseconds, place < model.stallNanoseconds else {
            return time
        }
        return time + model.stallNanoseconds - place
    }

    /// Exactly `slowPerThousand` of each block are slow: a Fisher-Yates draw by the seed.
    private mutating func isSlow(_ index: Int64) -> Bool {
        guard model.slowPerThousand > 0 else { return false }
        let place = Int(index % Int64(Self.blockCount))
        if place == 0 {
            for position in 0..<Self.blockCount {
                slowPlaces[position] = position < model.slowPerThousand
            }
            for position in stride(from: Self.blockCount - 1, to: 0, by: -1) {
                let word = random.word(UInt64(index) &+ UInt64(position))
                slowPlaces.swapAt(position, Int(word % UInt64(position + 1)))
            }
        }
        return slowPlaces[place]
    }

    /// Each kind has places of its own in its period; where two meet, the first kind stands.
    private func fault(_ index: Int64) -> TargetFault? {
        for (kind, entry) in faults.enumerated()
        where index % entry.period == Int64(2 * kind + 1) {
            return entry.fault
        }
        return nil
    }
}
