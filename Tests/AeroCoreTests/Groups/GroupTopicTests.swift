// Topics that come, go and grow under a group; and groups in which everybody gets everything.

import AeroCore
import AeroWire
import Testing

@Suite struct GroupTopicTests {
    private let more = GroupTopic(topicId: 2, name: "u", partitionCount: 2)

    @Test func aTopicThatIsMadeLaterIsShared() throws {
        var script = GroupScript()
        let request = script.join(topics: ["t", "u"])
        script.passRebalanceDelay()
        let member = try script.joined(request)
        #expect(member.assignment.map(\.topic) == ["t"])
        let waiting = script.heartbeat(member.memberId, 1, wait: 3_000)
        script.coordinator.topicChanged(more, at: script.time)
        script.passRebalanceDelay()
        #expect(script.answers[waiting] == .refused(.groupRebalancing))
        script.topics.append(more)
        let both = try script.joined(script.join(memberId: member.memberId, topics: ["t", "u"]))
        #expect(both.assignment.map(\.topic) == ["t", "u"] && both.generation == 2)
        #expect(both.assignment.map(\.partitions) == [[0, 1, 2, 3], [0, 1]])
    }

    @Test func aTopicThatNobodyConsumesChangesNothing() throws {
        var script = GroupScript()
        let request = script.join()
        script.passRebalanceDelay()
        let member = try script.joined(request)
        script.coordinator.topicChanged(more, at: script.time)
        script.pass(GroupScript.second)
        #expect(script.answers[script.heartbeat(member.memberId, 1)] == .done)
    }

    @Test func aTopicThatGrowsIsSharedAnew() throws {
        var script = GroupScript()
        let request = script.join()
        script.passRebalanceDelay()
        let member = try script.joined(request)
        let grown = GroupTopic(topicId: 1, name: "t", partitionCount: 6)
        script.coordinator.topicChanged(grown, at: script.time)
        script.coordinator.topicChanged(grown, at: script.time)
        script.passRebalanceDelay()
        script.topics = [grown]
        let reply = try script.joined(script.join(memberId: member.memberId))
        #expect(reply.partitions == [0, 1, 2, 3, 4, 5] && reply.generation == 2)
    }

    @Test func aDeletedTopicTakesItsOffsetsAlong() throws {
        var script = GroupScript(topics: [
            GroupTopic(topicId: 1, name: "t", partitionCount: 4), more,
        ])
        script.toolCommit([(1, 10)])
        script.toolCommit([(1, 20)], topicId: 2)
        let request = script.join(topics: ["t", "u"])
        script.passRebalanceDelay()
        let member = try script.joined(request)
        script.coordinator.topicDeleted(1, at: script.time)
        script.drain()
        script.passRebalanceDelay()
        script.topics.removeFirst()
        let reply = try script.joined(
            script.join(memberId: member.memberId, topics: ["t", "u"]))
        #expect(reply.assignment.map(\.topic) == ["u"])
        script.leave(member.memberId)
        #expect(script.offset(1) == nil && script.offset(1, topicId: 2) == 20)
        #expect(script.restarted().offset(1) == nil)
    }

    /// A topic of the same name is another topic: nobody gets the positions of the first one.
    @Test func aTopicThatIsMadeAnewStartsAnew() throws {
        var script = GroupScript()
        script.toolCommit([(0, 10)])
        script.coordinator.topicDeleted(1, at: script.time)
        let again = GroupTopic(topicId: 9, name: "t", partitionCount: 1)
        script.coordinator.topicChanged(again, at: script.time)
        script.drain()
        script.topics = [again]
        #expect(script.offset(0, topicId: 9) == nil)
    }

    @Test func theTimerFindsWhatWasMissed() throws {
        var script = GroupScript()
        let request = script.join(topics: ["t", "u"])
        script.passRebalanceDelay()
        let member = try script.joined(request)
        #expect(script.coordinator.subscribedTopics == ["t", "u"])
        script.coordinator.refresh(script.topics, at: script.time)
        script.passRebalanceDelay()
        #expect(
            script.answers[script.heartbeat(member.memberId, 1)] == .done, "nothing has changed")
        script.coordinator.refresh(script.topics + [more], at: script.time)
        script.passRebalanceDelay()
        #expect(
            script.answers[script.heartbeat(member.memberId, 1)] == .refused(.groupRebalancing))
    }

    @Test func membersMayWantDifferentTopics() throws {
        var script = GroupScript(topics: [
            GroupTopic(topicId: 1, name: "t", partitionCount: 4), more,
        ])
        let requests = [["t"], ["u"], ["t", "u"]].map { script.join(topics: $0) }
        script.passRebalanceDelay()
        let replies = try requests.map { try script.joined($0) }
        #expect(replies[0].assignment.allSatisfy { $0.topic == "t" })
        #expect(replies[1].assignment.allSatisfy { $0.topic == "u" })
        #expect(replies.flatMap(\.partitions).count == 6)
    }

    @Test func aMemberThatWantsOtherTopicsIsHeard() throws {
        var script = GroupScript(topics: [
            GroupTopic(topicId: 1, name: "t", partitionCount: 4), more,
        ])
        let request = script.join()
        script.passRebalanceDelay()
        let member = try script.joined(request)
        let other = script.join(memberId: member.memberId, topics: ["u"])
        #expect(script.answers[other] == nil, "partitions are shared out anew first")
        script.passRebalanceDelay()
        #expect(try script.joined(other).assignment.map(\.topic) == ["u"])
    }

    // MARK: - Broadcasting

    @Test func inBroadcastingEverybodyGetsEverythingAtOnce() throws {
        var script = GroupScript()
        let first = script.join(mode: .broadcasting)
        script.passRebalanceDelay()
        let second = script.join(mode: .broadcasting)
        script.passRebalanceDelay()
        let replies = try [first, second].map { try script.joined($0) }
        #expect(replies.map(\.partitions) == [[0, 1, 2, 3], [0, 1, 2, 3]])
        #expect(replies[1].awaitedPartitionCount == 0)
        #expect(
            script.answers[script.commit(replies[1].memberId, 2, [(0, 5)])]
                == .refused(.inconsistentGroup), "members keep their own positions")
        script.leave(replies[0].memberId)
        #expect(script.endedSubscriptions.isEmpty, "nobody is to take over")
    }
}
