// A seeded fuzzer beside an innocent client: the broker survives, and the innocent see nothing.

import AeroBroker
import AeroWire
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BrokerFuzzTests {
    @Test(arguments: BrokerShape.all)
    func mutatedFramesHarmNobodyElse(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.frameByteCountMax = 256 << 10
        let seed = TestSeed.current
        try withBroker(configuration) { broker in
            var random = SplitMix64(seed: seed)
            let innocent = try RawClient(broker.address)
            let own = try innocent.createTopic("own", partitions: 3)
            for partition in 0..<UInt32(3) {
                try innocent.subscribe(
                    UInt64(partition) + 1, topic: own, partition: partition, credit: 1 << 30)
            }
            let shared = try innocent.createTopic("shared", partitions: 4, maximum: 100_000)
            var sentCount = 0
            for round in 0..<150 {
                let hostile = try RawClient(broker.address)
                for _ in 0..<Int.random(in: 1...12, using: &random) {
                    let frame = try hostileFrame(shared, &random)
                    do { try hostile.send(frame) } catch RawClientError.system { break }
                }
                if Bool.random(using: &random) { hostile.reset() } else { hostile.close() }
                let partition = UInt32(round % 3)
                let value = TestBatches.number(sentCount)
                try innocent.append(TestBatches.make([value]), topic: own, partition: partition)
                let got = try innocent.takeValues(1)
                #expect(got == [value], "seed \(seed), round \(round)")
                sentCount += 1
            }
            // A connection whose append waits is not read, so its end shows when the wait is over.
            try innocent.deleteTopic("shared")
            let isAlone = try innocent.awaitStatistics { $0["connections.open"] == 1 }
            let statistics = try innocent.statistics()
            #expect(isAlone, "seed \(seed), \(statistics)")
        }
    }

    /// A valid frame, then most of the time one or more things wrong with it.
    private func hostileFrame(_ topic: UInt32, _ random: inout SplitMix64) throws -> [UInt8] {
        var frame = try validFrame(topic, &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: break
        case 1: frame.removeLast(Int.random(in: 0..<frame.count, using: &random))
        case 2:
            let count = Int.random(in: 1...30, using: &random)
            frame += (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 3:
            // The request id alone: nothing else is wrong.
            for index in 6..<14 { frame[index] = 0 }
        default:
            // Behind the length, most of the time: the payload is what is to be mistrusted.
            let first = Int.random(in: 0..<10, using: &random) == 0 ? 0 : 4
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(
                    in: min(first, frame.count - 1)..<frame.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: frame[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: frame[index] = 255
                default: frame[index] = 0
                }
            }
        }
        return frame
    }

    private func pick<Choice>(_ choices: [Choice], _ random: inout SplitMix64) -> Choice {
        choices[Int.random(in: 0..<choices.count, using: &random)]
    }

    private func validFrame(_ topic: UInt32, _ random: inout SplitMix64) throws -> [UInt8] {
        let id = UInt64.random(in: 0...5, using: &random)
        let subscription = UInt64.random(in: 0...3, using: &random)
        let partition = UInt32.random(in: 0...4, using: &random)
        let offset = Int64.random(in: -1...40, using: &random)
        switch Int.random(in: 0..<14, using: &random) {
        case 0: return try ConnectRequest(clientId: "f").frameBytes(requestId: id)
        case 1: return try PingRequest(opaque: 1).frameBytes(requestId: id)
        case 2, 3:
            return try TestFrames.send(
                TestBatches.numbered(0..<Int.random(in: 1...40, using: &random)), topic: topic,
                partition: partition, acks: pick(RequiredAcks.allCases, &random),
                timeoutMilliseconds: UInt32.random(in: 0...90, using: &random), requestId: id)
        case 4, 5:
            return try FetchRequest(
                topicId: topic, partition: partition, offset: offset,
                minByteCount: UInt32.random(in: 0...9_000, using: &random), maxByteCount: 20_000,
                maxWaitMilliseconds: UInt32.random(in: 0...90, using: &random)
            ).frameBytes(requestId: id)
        case 6, 7:
            return try SubscribeRequest(
                subscriptionId: subscription, topicId: topic, partition: partition,
                group: Bool.random(using: &random) ? "" : "group",
                startKind: pick(StartKind.allCases, &random), startOffset: offset,
                creditByteCount: UInt32.random(in: 0...50_000, using: &random),
                acknowledgementMode: Bool.random(using: &random) ? .manual : .automatic
            ).frameBytes(requestId: id)
        case 8:
            return try CreditRequest(subscriptionId: subscription, byteCount: 9_000)
                .frameBytes(requestId: id)
        case 9:
            return try AcknowledgeRequest(subscriptionId: subscription, throughOffset: offset)
                .frameBytes(requestId: id)
        case 10:
            return try UnsubscribeRequest(subscriptionId: subscription).frameBytes(requestId: id)
        case 11: return try DescribeTopicRequest(name: "shared").frameBytes(requestId: id)
        case 12: return try StatisticsRequest().frameBytes(requestId: id)
        default: return try DisconnectRequest().frameBytes(requestId: id)
        }
    }
}
