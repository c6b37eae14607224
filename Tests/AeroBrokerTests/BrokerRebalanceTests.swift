// Rebalances over real sockets: members that die in one, old generations, topics made anew, time.

import AeroBroker
import AeroCore
import AeroWire
import Testing

@Suite(.timeLimit(.minutes(10))) struct BrokerRebalanceTests {
    /// Where in a rebalance a member dies.
    enum Death: CaseIterable, Sendable {
        /// It has heard that there is one, and has not taken part yet.
        case beforeItTakesPart
        /// It knows what it is to let go of, and has not.
        case beforeItLetsGo
        /// It is the new member, for whose sake others let go.
        case beforeItTakesOver
    }

    private func configuration(_ shape: BrokerShape) -> BrokerConfiguration {
        var configuration = shape.configuration
        configuration.groupLimits.disconnectGraceNanoseconds = 100_000_000
        return configuration
    }

    private func subscribe(
        _ client: RawClient, topic: UInt32, as member: JoinGroupReply
    ) throws {
        for partition in member.partitions {
            try client.subscribe(
                UInt64(partition), topic: topic, partition: partition, group: "g", as: member)
        }
    }

    /// Follows what the group says until the member has so many partitions.
    private func follow(
        _ client: RawClient, _ begun: JoinGroupReply, until count: Int
    ) throws -> JoinGroupReply {
        var member = begun
        // BOUND: the suite's time limit.
        while member.partitions.count < count {
            let news = try client.heartbeat("g", member, waitMilliseconds: 60_000)
            guard news == .groupRebalancing else { continue }
            member = try client.join("g", memberId: member.memberId)
        }
        return member
    }

    @Test(arguments: BrokerShape.epoll, Death.allCases)
    func whoeverDiesInARebalanceTheOtherGoesOn(_ shape: BrokerShape, _ death: Death) throws {
        try withBroker(configuration(shape)) { broker in
            let first = try RawClient(broker.address)
            let second = try RawClient(broker.address)
            let topic = try first.createTopic("t", partitions: 4)
            var old = try first.join("g")
            try subscribe(first, topic: topic, as: old)
            let waiting = try first.postHeartbeat("g", old, waitMilliseconds: 60_000)
            let new = try second.join("g")
            #expect(new.partitions == [] && new.awaitedPartitionCount == 2)
            #expect(try first.reply(to: waiting).code == .groupRebalancing)
            let survivor = death == .beforeItTakesOver ? first : second
            var member = new
            if death != .beforeItTakesPart {
                old = try first.join("g", memberId: old.memberId)
                #expect(old.partitions.count == 2)
            }
            if death == .beforeItTakesOver {
                for partition in Set<UInt32>([0, 1, 2, 3]).subtracting(old.partitions) {
                    _ = try first.call(
                        UnsubscribeRequest(subscriptionId: UInt64(partition)),
                        UnsubscribeReply.self)
                }
                second.reset()
                member = old
            } else {
                first.reset()
            }
            let before = Set(death == .beforeItTakesOver ? old.partitions : [])
            member = try follow(survivor, member, until: 4)
            #expect(member.generation == 3)
            for partition in member.partitions where !before.contains(partition) {
                try survivor.subscribe(
                    UInt64(partition), topic: topic, partition: partition, group: "g",
                    as: member)
            }
            for partition in UInt32(0)..<4 {
                try survivor.append(
                    TestBatches.numbered(0..<1), topic: topic, partition: partition)
            }
            let delivered = try (0..<4).map { _ in try survivor.nextDelivery().subscriptionId }
            #expect(Set(delivered) == [0, 1, 2, 3])
        }
    }

    /// A member commits what it holds: also in a rebalance, until it has let go, and never under a
    /// generation that it has left behind.
    @Test(arguments: BrokerShape.epoll)
    func commitsOfAnOldGenerationAreFenced(_ shape: BrokerShape) throws {
        try withBroker(configuration(shape)) { broker in
            let first = try RawClient(broker.address)
            let second = try RawClient(broker.address)
            let topic = try first.createTopic("t", partitions: 2)
            let old = try first.join("g")
            let waiting = try first.postHeartbeat("g", old, waitMilliseconds: 60_000)
            let new = try second.join("g")
            #expect(try first.reply(to: waiting).code == .groupRebalancing)
            // It has not heard of its new place yet: all of this is still its own.
            #expect(try first.commit("g", old, topic: topic, [0: 1, 1: 1]) == [.ok, .ok])
            let kept = try first.join("g", memberId: old.memberId)
            #expect(kept.generation == 2 && kept.partitions.count == 1)
            let own = try #require(kept.partitions.first)
            let lost = 1 - own
            #expect(throws: RawClientError.refused(.staleGeneration)) {
                try first.commit("g", old, topic: topic, [own: 9])
            }
            #expect(try first.commit("g", kept, topic: topic, [lost: 2]) == [.ok])
            // The new member may not, before it is free.
            #expect(try second.commit("g", new, topic: topic, [lost: 9]) == [.staleGeneration])
            #expect(try first.heartbeat("g", kept) == .ok)
            #expect(
                try first.commit("g", kept, topic: topic, [own: 3, lost: 9]).sorted {
                    $0.rawValue < $1.rawValue
                } == [.ok, .staleGeneration])
            let complete = try follow(second, new, until: 1)
            #expect(complete.partitions == [lost])
            #expect(throws: RawClientError.refused(.staleGeneration)) {
                try first.subscribe(9, topic: topic, partition: lost, group: "g", as: kept)
            }
            #expect(try second.commit("g", complete, topic: topic, [lost: 4]) == [.ok])
            #expect(try first.offsets("g", topic: topic) == [own: 3, lost: 4])
        }
    }

    /// A topic that is deleted and made anew with more partitions is another one.
    @Test(arguments: BrokerShape.epoll)
    func aTopicWithOtherPartitionsIsSharedOutAnew(_ shape: BrokerShape) throws {
        try withBroker(configuration(shape)) { broker in
            let client = try RawClient(broker.address)
            let admin = try RawClient(broker.address)
            let old = try admin.createTopic("t", partitions: 2)
            let early = try client.join("g")
            #expect(early.partitions == [0, 1])
            #expect(try client.commit("g", early, topic: old, [1: 7]) == [.ok])
            try admin.deleteTopic("t")
            let new = try admin.createTopic("t", partitions: 5)
            let member = try follow(client, early, until: 5)
            #expect(member.assignment.map(\.topicId) == [new])
            try subscribe(client, topic: new, as: member)
            #expect(try client.offsets("g", topic: new) == [:])
        }
    }

    /// Groups are looked over now and then: whoever has what is due to him is left alone.
    @Test(arguments: BrokerShape.epoll, [AssignmentStrategy.sticky, .consistentHash])
    func lookingGroupsOverDisturbsNobody(
        _ shape: BrokerShape, _ strategy: AssignmentStrategy
    ) throws {
        var configuration = self.configuration(shape)
        configuration.groupLimits.refreshIntervalNanoseconds = 50_000_000
        // Short beside the interval, so that the sharing out is done each time.
        configuration.groupLimits.rebalanceDelayNanoseconds = 1_000_000
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            try client.createTopic("t", partitions: 3)
            let member = try client.join("g", strategy: strategy)
            let begun = try client.statistics()["groups.refreshes"] ?? 0
            #expect(
                try client.awaitStatistics { $0["groups.refreshes"] ?? 0 > begun + 3 })
            #expect(try client.heartbeat("g", member) == .ok)
            #expect(try client.describeGroup("g").generation == member.generation)
        }
    }
}
