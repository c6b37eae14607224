// Old records go: at once for readers, for good once a checkpoint says so, and no later.

import AeroBroker
import AeroIO
import AeroWire
import FaultSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct BrokerRetentionTests {
    private let disk = SimulatedDisk()

    private func configuration(_ shape: BrokerShape, on disk: SimulatedDisk? = nil)
        -> BrokerConfiguration
    {
        var configuration = shape.configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk ?? self.disk
        return configuration
    }

    private func offsets(_ client: RawClient, _ topic: UInt32) throws -> ListOffsetsReply {
        try client.call(ListOffsetsRequest(topicId: topic, partition: 0), ListOffsetsReply.self)
    }

    private func segmentNames(_ topic: UInt32) throws -> [String] {
        try disk.entries(of: "/data/topics/events.\(topic)/0").map(\.name)
            .filter { $0.hasSuffix(".log") }
    }

    /// Many segments expire within a second, and all of them go; whoever starts again, after
    /// whatever end, finds the log as it was said to be.
    @Test(arguments: BrokerShape.epoll, [TopicDurability.sync, .os])
    func aLogKeepsToItsRetentionHoweverFastItGrows(
        _ shape: BrokerShape, _ durability: TopicDurability
    ) throws {
        var topic: UInt32 = 0
        var start: Int64 = 0
        try withBroker(configuration(shape)) { broker in
            let client = try RawClient(broker.address)
            topic = try client.createTopic(
                "events", partitions: 1, durability: durability,
                settings: [
                    TopicSetting("segment.bytes", "4096"),
                    TopicSetting("retention.bytes", "20000"),
                    TopicSetting("retention.ms", "-1"),
                ])
            for _ in 0..<200 {
                _ = try client.append(TestBatches.make(byteCount: 1_000), topic: topic)
            }
            let isDeleted = try client.awaitStatistics {
                $0["log.bytes_deleted", default: 0] > 170_000
            }
            #expect(isDeleted)
            start = try offsets(client, topic).logStartOffset
            #expect((160..<195).contains(start))
            // The files go behind the next checkpoint, not at the next start.
            var count = Int.max
            // BOUND: round trips, each of which lets the broker do what it has to do.
            for _ in 0..<20_000 where count > 7 {
                try client.ping()
                count = try segmentNames(topic).count
            }
            #expect(count <= 7)
            #expect(try offsets(client, topic).logStartOffset >= start)
        }
        for left in [disk.afterKill(), disk.synchronizedState()] {
            try withBroker(configuration(shape, on: left)) { broker in
                let client = try RawClient(broker.address)
                let found = try offsets(client, topic)
                #expect(found.logStartOffset >= start && found.highWatermark == 200)
                let (_, batches) = try client.fetch(topic: topic, offset: found.logStartOffset)
                #expect(!batches.isEmpty)
            }
        }
    }
}
