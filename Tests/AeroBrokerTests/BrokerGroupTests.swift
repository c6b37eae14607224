// Consumer groups over real sockets: members that share, hand over, die and come back.

import AeroBroker
import AeroCore
import AeroWire
import Testing

@Suite(.timeLimit(.minutes(10))) struct BrokerGroupTests {
    @Test(arguments: BrokerShape.all)
    func membersShareAndHandOver(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let first = try RawClient(broker.address)
            let second = try RawClient(broker.address)
            let topic = try first.createTopic("t", partitions: 4)
            let old = try first.join("g")
            #expect(old.partitions == [0, 1, 2, 3] && old.generation == 1)
            for partition in old.partitions {
                try first.subscribe(
                    UInt64(partition), topic: topic, partition: partition, group: "g", as: old)
            }
            let waiting = try first.postHeartbeat("g", old, waitMilliseconds: 60_000)
            let new = try second.join("g")
            #expect(new.partitions == [] && new.awaitedPartitionCount == 2)
            // The waiting heartbeat tells at once, long before the next one is due.
            #expect(try first.reply(to: waiting).code == .groupRebalancing)
            let kept = try first.join("g", memberId: old.memberId)
            #expect(kept.generation == 2 && kept.partitions.count == 2)
            let lost = Set(old.partitions).subtracting(kept.partitions)
            let news = try second.postHeartbeat("g", new, waitMilliseconds: 60_000)
            for partition in lost.sorted() {
                #expect(try first.commit("g", kept, topic: topic, [partition: 0]) == [.ok])
                _ = try first.call(
                    UnsubscribeRequest(subscriptionId: UInt64(partition)), UnsubscribeReply.self)
            }
            #expect(try first.heartbeat("g", kept) == .ok)
            #expect(try second.reply(to: news).code == .groupRebalancing)
            let complete = try second.join("g", memberId: new.memberId)
            #expect(Set(complete.partitions) == lost && complete.awaitedPartitionCount == 0)
            for partition in complete.partitions {
                try second.subscribe(
                    UInt64(partition), topic: topic, partition: partition, group: "g",
                    as: complete)
            }
            #expect(try first.describeGroup("g").state == .stable)
        }
    }

    /// A member that dies between hearing of a rebalance and taking part in it.
    @Test(arguments: BrokerShape.epoll)
    func aMemberThatDiesInARebalanceIsReplaced(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.groupLimits.disconnectGraceNanoseconds = 100_000_000
        try withBroker(configuration) { broker in
            let survivor = try RawClient(broker.address)
            let topic = try survivor.createTopic("t", partitions: 4)
            let dying = try RawClient(broker.address)
            let old = try dying.join("g")
            for partition in old.partitions {
                try dying.subscribe(
                    UInt64(partition), topic: topic, partition: partition, group: "g", as: old)
            }
            let waiting = try dying.postHeartbeat("g", old, waitMilliseconds: 60_000)
            var member = try survivor.join("g")
            #expect(try dying.reply(to: waiting).code == .groupRebalancing)
            dying.reset()
            while member.partitions.count < 4 {
                let news = try survivor.heartbeat("g", member, waitMilliseconds: 60_000)
                if news == .groupRebalancing {
                    member = try survivor.join("g", memberId: member.memberId)
                }
            }
            for partition in member.partitions {
                try survivor.subscribe(
                    UInt64(partition), topic: topic, partition: partition, group: "g",
                    as: member)
            }
        }
    }

    /// A consumer that hangs: its connection is there, its heartbeats are not. What it had goes on
    /// elsewhere, and it can neither consume nor move positions any more.
    @Test(arguments: BrokerShape.epoll)
    func aMemberThatHangsLosesItsPartitions(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let hanging = try RawClient(broker.address)
            let topic = try hanging.createTopic("t")
            try hanging.append(TestBatches.numbered(0..<1), topic: topic)
            let old = try hanging.join("g", session: 500)
            try hanging.subscribe(7, topic: topic, partition: 0, group: "g", as: old)
            #expect(try hanging.nextDelivery().subscriptionId == 7)
            let other = try RawClient(broker.address)
            var member = try other.join("g")
            while member.partitions.isEmpty {
                let news = try other.heartbeat("g", member, waitMilliseconds: 60_000)
                if news == .groupRebalancing {
                    member = try other.join("g", memberId: member.memberId)
                }
            }
            try other.subscribe(9, topic: topic, partition: 0, group: "g", as: member)
            #expect(try other.nextDelivery().subscriptionId == 9)
            // The broker says that the subscription has ended, and refuses whatever follows.
            let end = try hanging.reply(to: 7)
            #expect(end.header.command == .deliver && end.code == .unknownMember)
            #expect(try hanging.heartbeat("g", old) == .unknownMember)
            #expect(throws: RawClientError.refused(.unknownMember)) {
                try hanging.commit("g", old, topic: topic, [0: 1])
            }
            #expect(throws: RawClientError.refused(.unknownSubscription)) {
                try hanging.acknowledge(7, through: 0)
            }
            // Nor can it subscribe: not while another has the partition, and not when it is free.
            let again = SubscribeRequest(
                subscriptionId: 8, topicId: topic, partition: 0, group: "g",
                startKind: .committed, creditByteCount: 1 << 20, acknowledgementMode: .manual,
                memberId: old.memberId, generation: old.generation)
            #expect(throws: RawClientError.refused(.groupPartitionTaken)) {
                _ = try hanging.call(again, SubscribeReply.self)
            }
            _ = try other.call(UnsubscribeRequest(subscriptionId: 9), UnsubscribeReply.self)
            #expect(throws: RawClientError.refused(.unknownMember)) {
                _ = try hanging.call(again, SubscribeReply.self)
            }
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func aSecondInstanceTakesThePlaceOfTheFirst(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let first = try RawClient(broker.address)
            let topic = try first.createTopic("t", partitions: 2)
            let old = try first.join("g", instance: "i")
            try first.subscribe(1, topic: topic, partition: 0, group: "g", as: old)
            let waiting = try first.postHeartbeat("g", old, waitMilliseconds: 60_000)
            let second = try RawClient(broker.address)
            let new = try second.join("g", instance: "i")
            #expect(new.generation == old.generation && new.partitions == old.partitions)
            try second.subscribe(1, topic: topic, partition: 0, group: "g", as: new)
            #expect(try first.reply(to: waiting).code == .memberFenced)
            #expect(throws: RawClientError.refused(.memberFenced)) {
                try first.commit("g", old, topic: topic, [0: 1])
            }
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func topicsThatComeAndGoAreNoticed(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let admin = try RawClient(broker.address)
            let early = try client.join("g", topics: ["t", "u"])
            #expect(early.partitions == [])
            var waiting = try client.postHeartbeat("g", early, waitMilliseconds: 60_000)
            try admin.createTopic("u", partitions: 3)
            #expect(try client.reply(to: waiting).code == .groupRebalancing)
            let member = try client.join("g", memberId: early.memberId, topics: ["t", "u"])
            #expect(member.partitions == [0, 1, 2] && member.assignment[0].topic == "u")
            waiting = try client.postHeartbeat("g", member, waitMilliseconds: 60_000)
            try admin.deleteTopic("u")
            #expect(try client.reply(to: waiting).code == .groupRebalancing)
            #expect(
                try client.join("g", memberId: early.memberId, topics: ["t", "u"]).partitions
                    == [])
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func groupsAreListedDescribedAndDeleted(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            #expect(try client.listGroups().isEmpty)
            #expect(throws: RawClientError.refused(.unknownGroup)) {
                _ = try client.describeGroup("none")
            }
            #expect(throws: RawClientError.refused(.unknownGroup)) {
                try client.deleteGroup("none")
            }
            let topic = try client.createTopic("t", partitions: 2)
            try client.append(TestBatches.numbered(0..<5), topic: topic, partition: 1)
            let names = (0..<20).map { "group-\($0)" }
            for name in names { try client.commit(name, topic: topic, [1: 3]) }
            #expect(try client.listGroups().map(\.group) == names.sorted())
            let member = try client.join("group-7")
            let described = try client.describeGroup("group-7")
            #expect(described.members.map(\.memberId) == [member.memberId])
            #expect(described.members[0].address.hasPrefix("127.0.0.1:"))
            #expect(described.members[0].clientId == "raw")
            #expect(described.offsets.map(\.topic) == ["t", "t"])
            #expect(described.offsets.map(\.offset) == [-1, 3])
            #expect(described.offsets.map(\.highWatermark) == [0, 5])
            #expect(described.offsets[1].metadata == "note")
            #expect(throws: RawClientError.refused(.groupNotEmpty)) {
                try client.deleteGroup("group-7")
            }
            #expect(throws: RawClientError.refused(.groupNotEmpty)) {
                try client.commit("group-7", topic: topic, [1: 0])
            }
            try client.leave("group-7", member)
            try client.deleteGroup("group-7")
            #expect(try client.listGroups().count == 19)
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func inBroadcastingEverybodyHasEverything(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let first = try RawClient(broker.address)
            let topic = try first.createTopic("t", partitions: 3)
            let one = try first.join("g", mode: .broadcasting)
            let second = try RawClient(broker.address)
            let other = try second.join("g", mode: .broadcasting)
            #expect(one.partitions == [0, 1, 2] && other.partitions == [0, 1, 2])
            #expect(throws: RawClientError.refused(.inconsistentGroup)) {
                try second.commit("g", other, topic: topic, [0: 1])
            }
            #expect(throws: RawClientError.refused(.inconsistentGroup)) {
                _ = try second.join("g", mode: .clustering)
            }
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func malformedRequestsAreRefused(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("t")
            let refusals: [(ErrorCode, () throws -> Void)] = [
                (.malformedRequest, { _ = try client.join("") }),
                (.malformedRequest, { _ = try client.join("g", topics: []) }),
                (.invalidTopicName, { _ = try client.join("g", topics: ["a b"]) }),
                (.invalidSessionTimeout, { _ = try client.join("g", session: 1) }),
                (.unknownMember, { _ = try client.join("g", memberId: "x") }),
                (.malformedRequest, { try client.commit("", topic: topic, [0: 1]) }),
                (.malformedRequest, { try client.deleteGroup("") }),
            ]
            for (code, request) in refusals {
                #expect(throws: RawClientError.refused(code), performing: request)
            }
            for command in Command.joinGroup.rawValue...Command.deleteGroup.rawValue {
                let id = client.makeRequestId()
                try client.send(
                    TestFrames.raw(command: command, requestId: id, payload: [0xFF, 0xFF, 1]))
                #expect(try client.reply(to: id).code == .malformedRequest)
            }
            #expect(
                try client.commit("g", topic: topic, [0: -1]) == [.offsetOutOfRange])
            #expect(try client.commit("g", topic: topic, [1: 1]) == [.unknownPartition])
            #expect(try client.commit("g", topic: 999, [0: 1]) == [.unknownPartition])
            try client.ping()
        }
    }

    @Test(arguments: BrokerShape.epoll)
    func aStoppingBrokerAnswersWhoeverWaits(_ shape: BrokerShape) throws {
        var configuration = shape.configuration
        configuration.drainNanoseconds = 1_000_000_000
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            try client.createTopic("t")
            let member = try client.join("g")
            let waiting = try client.postHeartbeat("g", member, waitMilliseconds: 60_000)
            // Answered behind the heartbeat, which therefore waits at the coordinator by now.
            _ = try client.describeGroup("g")
            broker.stop()
            #expect(try client.reply(to: waiting).code == .shuttingDown)
        }
    }
}
