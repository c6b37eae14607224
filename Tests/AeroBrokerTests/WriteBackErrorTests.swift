// A kernel that could not write back what it was given tells whoever asks first, and only them.

import AeroBroker
import AeroIO
import AeroWire
import FaultSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WriteBackErrorTests {
    /// The commits of other logs draw the error from the file system. They are durable and answered
    /// as such; the log that has lost bytes hears of it at its own commit, on every shard.
    @Test(arguments: BrokerShape.epoll)
    func theErrorFindsTheLogItConcerns(_ shape: BrokerShape) throws {
        let disk = SimulatedDisk()
        var configuration = shape.configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            // Written at once, and not to be synchronized for an hour.
            let slow = try client.call(
                CreateTopicRequest(
                    name: "slow", partitionCount: 3, durability: .interval,
                    durabilityIntervalMilliseconds: 3_600_000),
                CreateTopicReply.self
            ).topicId
            let fast = try client.createTopic("fast", partitions: 12, durability: .sync)
            for partition in 0..<UInt32(3) {
                _ = try client.append(
                    TestBatches.numbered(0..<1), topic: slow, partition: partition)
                try disk.failWriteBack(
                    "/data/topics/slow.\(slow)/\(partition)/00000000000000000000.log", .ioError)
            }
            let before = disk.operationCount(of: .synchronizeFileSystem)
            let ids = try (0..<600).map { number in
                try client.postSend(
                    TestBatches.numbered(0..<1), topic: fast, partition: UInt32(number % 12))
            }
            for id in ids { _ = try client.baseOffset(id) }
            #expect(disk.operationCount(of: .synchronizeFileSystem) > before)
            for partition in 0..<UInt32(3) {
                #expect(throws: RawClientError.refused(.logFailed)) {
                    // Answered once the log is durable so far.
                    try client.call(
                        DeleteRecordsRequest(topicId: slow, partition: partition, offset: 1),
                        DeleteRecordsReply.self)
                }
            }
            // Those that are whole go on.
            for partition in 0..<UInt32(12) {
                let batch = TestBatches.numbered(0..<1)
                _ = try client.append(batch, topic: fast, partition: partition)
            }
        }
    }
}
