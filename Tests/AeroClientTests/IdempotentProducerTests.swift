// Every acknowledged message is stored once and in order, whatever happens on the way.

import AeroClient
import AeroCore
import AeroMemory
import AeroWire
import Synchronization
import TestSupport
import Testing

/// What became of messages by their number.
private final class Outcomes: Sendable {
    private let results = Mutex<[Int: Result<RecordMetadata, ClientError>]>([:])
    private let repeated = Mutex(0)

    var all: [Int: Result<RecordMetadata, ClientError>] { results.withLock { $0 } }
    /// Messages that were told more than one outcome.
    var repeatedCount: Int { repeated.withLock { $0 } }

    func sink(_ number: Int) -> DeliverySink {
        .handler { result in
            let before = self.results.withLock { results in
                defer { results[number] = result }
                return results[number]
            }
            if before != nil { self.repeated.withLock { $0 += 1 } }
        }
    }
}

/// A producer and its partitions, and the time that the test moves.
private final class Passage {
    let broker: SimulatedPartitions
    let outcomes = Outcomes()
    let engine: ProducerEngine
    let pool: BufferPool
    var random: SplitMix64
    var now: Int64 = 1
    var messageCount = 0
    let partitionCount: Int

    init(
        seed: UInt64, partitionCount: Int = 2, mishaps: Mishaps = Mishaps(),
        deliveryTimeout: Duration = .seconds(1), bug: PlantedProducerBug? = nil,
        _ configure: (inout ProducerOptions) -> Void = { _ in }
    ) throws {
        random = SplitMix64(seed: seed)
        self.partitionCount = partitionCount
        broker = SimulatedPartitions(
            seed: random.next(), partitionCount: partitionCount, mishaps: mishaps, bug: bug)
        var options = ProducerOptions {
            $0.batchMessageCount = 3
            $0.maximumRefusedAttempts = 100
            $0.retryBackoff = .milliseconds(1) ... .milliseconds(20)
            $0.deliveryTimeout = deliveryTimeout
        }
        configure(&options)
        var terms = ProducerTerms(options)
        if bug == .sixInFlight {
            terms.inFlightBatchCountMax = 6
            terms.repeatableBatchCount = 6
        }
        pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 64 << 20))
        engine = ProducerEngine(
            topic: "orders", topicId: 1, partitionCount: partitionCount,
            terms: terms, chooser: PartitionChooser(.sticky), pool: pool,
            held: ProducedBytes(byteCountMax: 32 << 20), compressor: BatchCompressor())
    }

    func accept(_ count: Int) {
        for _ in 0..<count {
            // The partition is the number's remainder: what a log holds says where it belongs.
            engine.accept(
                OutgoingMessage(
                    Message(
                        Array("\(messageCount)".utf8), partition: messageCount % partitionCount),
                    sink: outcomes.sink(messageCount), acceptedNanoseconds: now),
                timestampMilliseconds: 0, nowNanoseconds: now)
            messageCount += 1
        }
    }

    func turn() { engine.turn(broker, timestampMilliseconds: 0, nowNanoseconds: now) }

    /// One thing after another, chosen at random.
    func stir(_ stepCount: Int, cuts: Bool = true, timeouts: Bool = true) {
        for _ in 0..<stepCount {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<4: accept(Int.random(in: 1...5, using: &random))
            case 4..<8: broker.deliverRequest()
            case 8..<12: broker.deliverAnswer(engine, now: now)
            case 12 where cuts && Int.random(in: 0..<4, using: &random) == 0:
                broker.cut(engine, now: now)
            case 13: broker.processZombie()
            case 14 where timeouts && Int.random(in: 0..<3, using: &random) == 0:
                broker.timeOut(engine, now: now)
            case 15...17: now += Int64.random(in: 0...5_000_000, using: &random)
            default: broker.connect(engine)
            }
            turn()
        }
    }

    /// Lets everything end that is under way.
    func settle(timeouts: Bool = true) {
        // BOUND: each round lets time pass, and in time everything is given up.
        for _ in 0..<20_000 where !engine.isIdle || !broker.isQuiet {
            broker.connect(engine)
            broker.deliverRequest()
            broker.processZombie()
            broker.deliverAnswer(engine, now: now)
            if timeouts, Int.random(in: 0..<50, using: &random) == 0 {
                broker.timeOut(engine, now: now)
            }
            now += 1_000_000
            turn()
        }
    }

    /// What is wrong with what the partitions hold; nil when nothing is.
    func finding() -> String? {
        if let fault = broker.fault { return fault }
        guard engine.isIdle else { return "the producer did not come to an end" }
        let results = outcomes.all
        guard results.count == messageCount, outcomes.repeatedCount == 0 else {
            return "\(results.count) of \(messageCount) messages have an outcome, "
                + "\(outcomes.repeatedCount) more than one"
        }
        for partition in 0..<partitionCount {
            let stored = broker.messages(of: partition)
            for (before, after) in zip(stored, stored.dropFirst()) where before >= after {
                return "partition \(partition) holds \(after) behind \(before)"
            }
            for message in stored where message % partitionCount != partition {
                return "partition \(partition) holds \(message)"
            }
        }
        for (number, result) in results {
            guard case .success(let metadata) = result else { continue }
            let stored = broker.messages(of: number % partitionCount)
            guard let offset = metadata.offset.map(Int.init) else {
                return "message \(number) was acknowledged without an offset"
            }
            guard stored.indices.contains(offset), stored[offset] == number else {
                return "message \(number) was acknowledged at \(offset), and is not there"
            }
        }
        return nil
    }

    var acknowledgedCount: Int {
        outcomes.all.values.count { if case .success = $0 { true } else { false } }
    }
}

@Suite struct IdempotentProducerTests {
    @Test func everythingIsStoredOnceAndInOrder() throws {
        let seed = TestSeed.current
        var repeatedCount = 0
        for round in 0..<150 {
            let passage = try Passage(
                seed: seed &+ UInt64(round), partitionCount: 1 + round % 3,
                deliveryTimeout: .seconds(100))
            passage.stir(400)
            passage.settle()
            let finding = passage.finding()
            #expect(finding == nil, "seed \(seed) round \(round): \(finding ?? "")")
            // With so much time nothing is given up.
            #expect(
                passage.acknowledgedCount == passage.messageCount, "seed \(seed) round \(round)")
            repeatedCount += passage.broker.repeatedCount
        }
        #expect(repeatedCount > 500, "the mishaps of seed \(seed) were too few to prove anything")
    }

    @Test func whatIsGivenUpDoesNotDisturbTheRest() throws {
        let seed = TestSeed.current
        var failedCount = 0
        for round in 0..<150 {
            let passage = try Passage(
                seed: seed &+ UInt64(round), partitionCount: 1 + round % 3,
                deliveryTimeout: .milliseconds(60)
            ) { $0.maximumRefusedAttempts = 2 }
            for _ in 0..<4 {
                passage.stir(150)
                // An outage that outlasts the delivery timeout of what is under way.
                passage.broker.cut(passage.engine, now: passage.now)
                passage.now += 50_000_000
                passage.turn()
            }
            passage.settle()
            passage.accept(10)
            passage.settle()
            let finding = passage.finding()
            #expect(finding == nil, "seed \(seed) round \(round): \(finding ?? "")")
            failedCount += passage.messageCount - passage.acknowledgedCount
        }
        #expect(failedCount > 1_000, "the outages of seed \(seed) were too short")
    }

    @Test func aBrokerThatForgetsProducersIsUnderstood() throws {
        let seed = TestSeed.current
        for round in 0..<50 {
            let quiet = Mishaps(refusal: 15, silence: 0, doubt: 0)
            let passage = try Passage(
                seed: seed &+ UInt64(round), mishaps: quiet, deliveryTimeout: .seconds(100))
            for _ in 0..<5 {
                passage.stir(100, cuts: false, timeouts: false)
                // Nothing in doubt: only then is forgetting without danger.
                passage.settle(timeouts: false)
                passage.broker.forgetProducers()
            }
            passage.stir(100, cuts: false, timeouts: false)
            passage.settle(timeouts: false)
            let finding = passage.finding()
            #expect(finding == nil, "seed \(seed) round \(round): \(finding ?? "")")
            #expect(passage.acknowledgedCount == passage.messageCount, "seed \(seed) \(round)")
        }
    }

    @Test func whatABrokerForgotIsToldAsUncertain() throws {
        let seed = TestSeed.current
        var uncertainCount = 0
        for round in 0..<100 {
            let passage = try Passage(seed: seed &+ UInt64(round))
            for _ in 0..<5 {
                passage.stir(100)
                // Whatever is under way, so that batches lose their place while in doubt.
                passage.broker.forgetProducers()
            }
            passage.settle()
            #expect(passage.broker.fault == nil, "seed \(seed) round \(round)")
            #expect(passage.engine.isIdle, "seed \(seed) round \(round): it hangs")
            #expect(passage.outcomes.all.count == passage.messageCount, "seed \(seed) \(round)")
            #expect(passage.outcomes.repeatedCount == 0, "seed \(seed) round \(round)")
            uncertainCount += passage.outcomes.all.values.count {
                if case .failure(let error) = $0 { error.code == .outOfSequence } else { false }
            }
        }
        #expect(uncertainCount > 0, "seed \(seed): no batch lost its place while in doubt")
    }

    @Test func whatAFailedLogHasKeptIsNotStoredTwice() throws {
        let seed = TestSeed.current
        var givenUpCount = 0
        for round in 0..<150 {
            let passage = try Passage(
                seed: seed &+ UInt64(round), partitionCount: 1 + round % 3,
                mishaps: Mishaps(failedLog: 40), deliveryTimeout: .seconds(100))
            passage.stir(400)
            passage.settle()
            let finding = passage.finding()
            #expect(finding == nil, "seed \(seed) round \(round): \(finding ?? "")")
            givenUpCount += passage.messageCount - passage.acknowledgedCount
        }
        #expect(givenUpCount > 100, "seed \(seed): too few logs failed to prove anything")
    }

    @Test(arguments: [PlantedProducerBug.newSequenceOnRetry, .sixInFlight])
    func aPlantedBugIsFound(_ bug: PlantedProducerBug) throws {
        let seed = TestSeed.current
        var findingCount = 0
        for round in 0..<150 {
            let passage = try Passage(
                seed: seed &+ UInt64(round), partitionCount: 1 + round % 3,
                deliveryTimeout: .seconds(100), bug: bug)
            passage.stir(400)
            passage.settle()
            let isWhole = passage.acknowledgedCount == passage.messageCount
            if passage.finding() != nil || !isWhole { findingCount += 1 }
        }
        #expect(findingCount > 0, "seed \(seed): \(bug) went unseen")
    }

    @Test func adaptiveBatchingChangesNothingOfThis() throws {
        let seed = TestSeed.current
        for round in 0..<50 {
            let passage = try Passage(
                seed: seed &+ UInt64(round), deliveryTimeout: .seconds(100)
            ) { $0.batching = .adaptive }
            passage.stir(400)
            passage.settle()
            let finding = passage.finding()
            #expect(finding == nil, "seed \(seed) round \(round): \(finding ?? "")")
            #expect(passage.acknowledgedCount == passage.messageCount, "seed \(seed) \(round)")
        }
    }
}
