// A seeded sample of every payload that speaks of consumer groups.

import AeroWire
import TestSupport

extension PayloadSample {
    static let groupRequests: [PayloadSample] = [
        .request { random in
            JoinGroupRequest(
                group: random.text(max: 255), memberId: random.text(max: 255),
                instanceId: random.text(max: 255), clientId: random.text(max: 255),
                machineRoom: random.text(max: 255), sessionTimeoutMilliseconds: random.value(),
                rebalanceTimeoutMilliseconds: random.value(),
                strategy: random.element(AssignmentStrategy.allCases),
                mode: random.element(GroupMode.allCases),
                topics: (0..<random.count(max: 4)).map { _ in random.text(max: 249) })
        },
        .request { random in
            HeartbeatGroupRequest(
                group: random.text(max: 255), memberId: random.text(max: 255),
                generation: random.value(), maxWaitMilliseconds: random.value())
        },
        .request { LeaveGroupRequest(group: $0.text(max: 255), memberId: $0.text(max: 255)) },
        .request { random in
            CommitOffsetsRequest(
                group: random.text(max: 255), memberId: random.text(max: 255),
                generation: random.value(),
                offsets: (0..<random.count(max: 6)).map { _ in
                    OffsetCommit(
                        topicId: random.value(), partition: random.value(),
                        offset: random.value(), metadata: random.text(max: 40))
                })
        },
        .request { random in
            FetchOffsetsRequest(
                group: random.text(max: 255),
                partitions: (0..<random.count(max: 6)).map { _ in
                    TopicPartition(topicId: random.value(), partition: random.value())
                })
        },
        .request { _ in ListGroupsRequest() },
        .request { DescribeGroupRequest(group: $0.text(max: 255)) },
        .request { DeleteGroupRequest(group: $0.text(max: 255)) },
    ]

    static let groupReplies: [PayloadSample] = [
        .reply(.joinGroup) { random in
            JoinGroupReply(
                memberId: random.text(max: 255), generation: random.value(),
                heartbeatIntervalMilliseconds: random.value(),
                awaitedPartitionCount: random.value(), assignment: random.assignment())
        },
        .reply(.commitOffsets) { random in
            CommitOffsetsReply(
                codes: (0..<random.count(max: 8)).map { _ in
                    random.element(ErrorCode.allCases)
                })
        },
        .reply(.fetchOffsets) { random in
            FetchOffsetsReply(
                offsets: (0..<random.count(max: 6)).map { _ in
                    CommittedOffset(
                        topicId: random.value(), partition: random.value(),
                        offset: random.value(), timestampMilliseconds: random.value(),
                        metadata: random.text(max: 40))
                })
        },
        .reply(.listGroups) { random in
            ListGroupsReply(
                groups: (0..<random.count(max: 6)).map { _ in
                    GroupListing(
                        group: random.text(max: 255), state: random.element(GroupState.allCases),
                        mode: random.element(GroupMode.allCases),
                        strategy: random.element(AssignmentStrategy.allCases),
                        generation: random.value(), memberCount: random.value())
                })
        },
        .reply(.describeGroup) { random in
            DescribeGroupReply(
                state: random.element(GroupState.allCases),
                mode: random.element(GroupMode.allCases),
                strategy: random.element(AssignmentStrategy.allCases),
                generation: random.value(),
                members: (0..<random.count(max: 3)).map { _ in random.member() },
                offsets: (0..<random.count(max: 4)).map { _ in random.offsetDescription() })
        },
    ]
}

extension SplitMix64 {
    fileprivate mutating func assignment() -> [TopicAssignment] {
        (0..<count(max: 3)).map { _ in
            TopicAssignment(
                topicId: value(), topic: text(max: 60),
                partitions: (0..<count(max: 5)).map { _ in value() })
        }
    }

    fileprivate mutating func member() -> MemberDescription {
        MemberDescription(
            memberId: text(max: 60), instanceId: text(max: 60), clientId: text(max: 60),
            address: text(max: 60), machineRoom: text(max: 60), assignment: assignment())
    }

    fileprivate mutating func offsetDescription() -> GroupOffsetDescription {
        GroupOffsetDescription(
            topicId: value(), topic: text(max: 60), partition: value(), offset: value(),
            timestampMilliseconds: value(), metadata: text(max: 40), logStartOffset: value(),
            highWatermark: value())
    }
}
