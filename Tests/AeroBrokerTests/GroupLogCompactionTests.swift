// The log of groups is compacted like any other: what groups have stays, what they had does not.

import AeroBroker
import AeroCore
import AeroWire
import FaultSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct GroupLogCompactionTests {
    private let disk = SimulatedDisk()

    private func configuration(_ shape: BrokerShape, on disk: SimulatedDisk) -> BrokerConfiguration
    {
        var configuration = shape.configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk
        return configuration
    }

    /// Groups of one coordinator, whose log is the one that is compacted.
    private let names = Array(
        (0..<100).lazy.map { "group-\($0)" }
            .filter { InternalTopic.partition(ofGroup: $0) == 3 }.prefix(3))

    /// Commits the same offsets again and again, until several segments are full of them.
    private func fillSegments(_ client: RawClient, _ group: String, _ topic: UInt32) throws {
        for round in Int64(1)...45 {
            // All of one length, so that what is left of a segment can be as long as it was before.
            let note = String(repeating: "n", count: WireLimits.offsetMetadataByteCountMax)
            let commits = (UInt32(0)..<100).map {
                OffsetCommit(topicId: topic, partition: $0, offset: round, metadata: note)
            }
            let reply = try client.call(
                CommitOffsetsRequest(group: group, memberId: "", generation: -1, offsets: commits),
                CommitOffsetsReply.self)
            #expect(reply.codes == [ErrorCode](repeating: .ok, count: 100))
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func whatGroupsHaveSurvivesTheCompactionOfTheirLog(_ shape: BrokerShape) throws {
        let (quiet, busy, gone) = (names[0], names[1], names[2])
        var topic: UInt32 = 0
        var deleted: UInt32 = 0
        try withBroker(configuration(shape, on: disk)) { broker in
            let client = try RawClient(broker.address)
            topic = try client.createTopic("t", partitions: 100, durability: .sync)
            deleted = try client.createTopic("deleted", durability: .sync)
            for generation in Int32(1)...2 {
                let member = try client.join(quiet)
                #expect(member.generation >= generation)
                #expect(
                    try client.commit(quiet, member, topic: topic, [0: 3, 1: 4]) == [.ok, .ok])
                try client.leave(quiet, member)
            }
            #expect(try client.commit(quiet, topic: deleted, [0: 1]) == [.ok])
            #expect(try client.commit(gone, topic: topic, [0: 9]) == [.ok])
            try client.deleteGroup(gone)
            try client.deleteTopic("deleted")
            try fillSegments(client, busy, topic)
            // Two full segments of 8 MiB, of which one offset of each partition stays.
            // BOUND: the suite's time limit.
            while try client.statistics()["log.bytes_compacted", default: 0] < 12 << 20 {}
        }
        for left in [disk.afterKill(), disk.synchronizedState()] {
            try withBroker(configuration(shape, on: left)) { broker in
                let client = try RawClient(broker.address)
                let latest = try client.offsets(busy, topic: topic)
                #expect(latest.count == 100 && latest.values.allSatisfy { $0 == 45 })
                #expect(try client.offsets(quiet, topic: topic) == [0: 3, 1: 4])
                #expect(try client.offsets(quiet, topic: deleted) == [:])
                #expect(throws: RawClientError.refused(.unknownGroup)) {
                    _ = try client.offsets(gone, topic: topic)
                }
                #expect(try client.listGroups().map(\.group).sorted() == [quiet, busy].sorted())
                // A generation that began again would let members of the first one in.
                #expect(try client.join(quiet).generation > 2)
            }
        }
    }
}
