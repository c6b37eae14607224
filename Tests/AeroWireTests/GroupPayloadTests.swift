// What the payloads of groups promise beyond their round trip.

import AeroWire
import Testing

@Suite struct GroupPayloadTests {
    private func decode<Payload: WirePayload>(
        _ type: Payload.Type, _ bytes: [UInt8]
    ) throws -> Payload {
        try PayloadDetailTests.decode(type, bytes)
    }

    @Test func theBytesOfJoinArePinned() throws {
        let request = JoinGroupRequest(
            group: "g", memberId: "m", instanceId: "i", clientId: "c", machineRoom: "r",
            sessionTimeoutMilliseconds: 1, rebalanceTimeoutMilliseconds: 2,
            strategy: .machineRoom, mode: .broadcasting, topics: ["t"])
        let payload: [UInt8] = [
            0, 1, 0x67, 0, 1, 0x6D, 0, 1, 0x69, 0, 1, 0x63, 0, 1, 0x72, 0, 0, 0, 1, 0, 0, 0, 2,
            4, 1, 0, 0, 0, 1, 0, 1, 0x74,
        ]
        #expect(Array(try request.frameBytes(requestId: 7)[14...]) == payload)
    }

    @Test func enumerationsArePinned() {
        #expect(AssignmentStrategy.allCases.map(\.rawValue) == [0, 1, 2, 3, 4])
        #expect(AssignmentStrategy.allCases.last == .machineRoom)
        #expect(GroupMode.allCases.map(\.rawValue) == [0, 1])
        #expect(GroupState.allCases.map(\.rawValue) == [0, 1, 2])
    }

    /// A count that the bytes cannot hold is refused before room is made for it.
    @Test func countsAreNotBelieved() {
        #expect(throws: WireError.truncated(neededByteCount: 26_000, availableByteCount: 0)) {
            try decode(FetchOffsetsReply.self, [0, 0, 3, 0xE8])
        }
        #expect(throws: WireError.truncated(neededByteCount: 18_000, availableByteCount: 1)) {
            try decode(
                CommitOffsetsRequest.self, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0xE8, 1])
        }
        #expect(throws: WireError.truncated(neededByteCount: 4_000, availableByteCount: 0)) {
            try decode(
                JoinGroupReply.self,
                [0, 0] + [UInt8](repeating: 0, count: 12) + [0, 0, 0, 1]
                    + [0, 0, 0, 1, 0, 0, 0, 0, 3, 0xE8])
        }
        #expect(throws: WireError.fieldTooLong(count: 0xFFFF_FFFF, limit: 1_000_000)) {
            try decode(ListGroupsReply.self, [0xFF, 0xFF, 0xFF, 0xFF])
        }
    }

    @Test func namesAreBounded() {
        let long = String(repeating: "g", count: 256)
        #expect(throws: WireError.fieldTooLong(count: 256, limit: 255)) {
            try DeleteGroupRequest(group: long).frameBytes(requestId: 1)
        }
        #expect(throws: WireError.fieldTooLong(count: 256, limit: 255)) {
            try decode(DescribeGroupRequest.self, [1, 0] + Array(long.utf8))
        }
        #expect(throws: WireError.fieldTooLong(count: 4_097, limit: 4_096)) {
            try CommitOffsetsRequest(
                group: "g",
                offsets: [
                    OffsetCommit(
                        topicId: 1, partition: 0, offset: 0,
                        metadata: String(repeating: "x", count: 4_097))
                ]
            ).frameBytes(requestId: 1)
        }
    }

    @Test func aCodeOfTheFutureIsKept() throws {
        let reply = try decode(CommitOffsetsReply.self, [0, 0, 0, 2, 0, 0, 0x27, 0x0F])
        #expect(reply.codes == [.ok, .unrecognized])
        #expect(reply.rawCodes == [0, 9_999])
    }

    @Test func partitionsAreOrderedByTopicFirst() {
        let sorted = [
            TopicPartition(topicId: 1, partition: 9), TopicPartition(topicId: 2, partition: 0),
            TopicPartition(topicId: 2, partition: 1),
        ]
        #expect(sorted.reversed().sorted() == sorted)
    }
}
