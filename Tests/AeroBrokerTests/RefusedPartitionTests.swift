// A partition whose log is damaged is refused, and stays as it is over any number of restarts.

import AeroBroker
import AeroIO
import AeroWire
import FaultSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RefusedPartitionTests {
    private static let log = "/data/topics/orders.1/0/00000000000000000000.log"

    /// What was durable was once written down; every start that cannot open the log has to pass
    /// it on, or the next would take the damage for a torn tail.
    @Test func damageIsNotCutByALaterStart() throws {
        let disk = SimulatedDisk()
        var configuration = BrokerShape.all[0].configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk
        var topic: UInt32 = 0
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            topic = try client.createTopic("orders", partitions: 2, durability: .sync)
            for index in 0..<8 {
                let batch = TestBatches.numbered(index..<index + 1)
                let offset = try client.append(batch, topic: topic)
                #expect(offset == Int64(index))
            }
        }
        let size = try disk.open(Self.log).byteCount()
        try disk.damage(Self.log) { $0[size / 2] ^= 1 }
        for _ in 0..<3 {
            try withBroker(configuration) { broker in
                let client = try RawClient(broker.address)
                #expect(throws: RawClientError.refused(.logDamaged)) {
                    try client.append(TestBatches.numbered(0..<1), topic: topic)
                }
                // Nobody is told that it is empty.
                #expect(throws: RawClientError.refused(.logDamaged)) {
                    try client.call(
                        ListOffsetsRequest(topicId: topic, partition: 0), ListOffsetsReply.self)
                }
                // The other partition goes on, and with it the checkpoints.
                let batch = TestBatches.numbered(0..<1)
                _ = try client.append(batch, topic: topic, partition: 1)
            }
            #expect(try disk.open(Self.log).byteCount() == size)
        }
        try disk.damage(Self.log) { $0[size / 2] ^= 1 }
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            #expect(try client.append(TestBatches.numbered(8..<9), topic: topic) == 8)
        }
    }
}
