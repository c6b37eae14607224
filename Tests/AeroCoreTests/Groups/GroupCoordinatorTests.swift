// Transcripts of consumer groups: members come, go, fall silent and are fenced.

import AeroCore
import AeroWire
import Testing

@Suite struct GroupCoordinatorTests {
    /// Brings members in, one after the other, until each has its share.
    private func settle(_ script: inout GroupScript, _ count: Int) throws -> [JoinGroupReply] {
        let requests = (0..<count).map { _ in script.join() }
        script.passRebalanceDelay()
        return try requests.map { try script.joined($0) }
    }

    @Test func membersThatComeTogetherShareOneGeneration() throws {
        var script = GroupScript()
        let first = script.join()
        #expect(script.answers[first] == nil, "it waits for others")
        let second = script.join()
        #expect(script.coordinator.list().map(\.state) == [.preparingRebalance])
        script.passRebalanceDelay()
        let replies = try [first, second].map { try script.joined($0) }
        #expect(replies.map(\.generation) == [1, 1])
        #expect(replies.map(\.partitions) == [[0, 1], [2, 3]])
        #expect(Set(replies.map(\.memberId)).count == 2)
        #expect(replies[0].heartbeatIntervalMilliseconds == 3_000)
        #expect(script.coordinator.list().map(\.state) == [.stable])
        #expect(script.coordinator.list().map(\.memberCount) == [2])
    }

    /// The newcomer is given a partition only once the other one has let go of it.
    @Test func partitionsAreHandedOverAfterTheirOwnerLetsGo() throws {
        var script = GroupScript()
        let old = try settle(&script, 1)[0]
        #expect(old.partitions == [0, 1, 2, 3])
        let joining = script.join()
        script.passRebalanceDelay()
        let early = try script.joined(joining)
        #expect(early.partitions == [] && early.awaitedPartitionCount == 2)
        #expect(script.coordinator.list()[0].state == .preparingRebalance)

        let beat = script.heartbeat(old.memberId, 1)
        #expect(script.answers[beat] == .refused(.groupRebalancing))
        let waiting = script.heartbeat(early.memberId, 2, wait: 3_000)
        #expect(script.answers[waiting] == nil, "there is nothing to tell yet")
        let rejoined = try script.joined(script.join(memberId: old.memberId))
        #expect(rejoined.generation == 2 && rejoined.partitions == [0, 1])
        #expect(script.answers[waiting] == nil, "the old owner may still be consuming")

        let confirmed = script.heartbeat(old.memberId, 2)
        #expect(script.answers[confirmed] == .done)
        #expect(script.answers[waiting] == .refused(.groupRebalancing))
        let complete = try script.joined(script.join(memberId: early.memberId))
        #expect(complete.generation == 2 && complete.partitions == [2, 3])
        #expect(complete.awaitedPartitionCount == 0)
        #expect(script.coordinator.list()[0].state == .stable)
    }

    @Test func anOwnerThatDoesNotLetGoIsRemoved() throws {
        var script = GroupScript()
        let old = try script.joined(
            { (script: inout GroupScript) in
                let request = script.join(session: 60_000, rebalance: 5_000)
                script.passRebalanceDelay()
                return request
            }(&script))
        let joining = script.join(session: 60_000)
        script.passRebalanceDelay()
        let new = try script.joined(joining)
        // It is alive, but stays with what it had.
        script.pass(4 * GroupScript.second)
        script.heartbeat(old.memberId, 1)
        let waiting = script.heartbeat(new.memberId, 2, wait: 3_000)
        script.pass(GroupScript.second)
        #expect(script.answers[waiting] == .refused(.groupRebalancing))
        #expect(
            script.answers[script.heartbeat(old.memberId, 1)] == .refused(.unknownMember))
        #expect(
            script.endedSubscriptions.map(\.memberId) == [String](repeating: old.memberId, count: 4)
        )
        script.passRebalanceDelay()
        let request = script.join(memberId: new.memberId)
        #expect(try script.joined(request).partitions == [0, 1, 2, 3])
    }

    @Test func aSilentMemberIsRemovedAndItsPartitionsGoOn() throws {
        var script = GroupScript()
        let replies = try settle(&script, 2)
        for _ in 0..<4 {
            script.pass(3 * GroupScript.second)
            script.heartbeat(replies[0].memberId, 1)
        }
        #expect(
            script.answers[script.heartbeat(replies[1].memberId, 1)]
                == .refused(.unknownMember))
        script.passRebalanceDelay()
        let alone = try script.joined(script.join(memberId: replies[0].memberId))
        #expect(alone.partitions == [0, 1, 2, 3] && alone.generation == 2)
    }

    @Test func aMemberThatLeavesIsMissedAtOnce() throws {
        var script = GroupScript()
        let replies = try settle(&script, 2)
        let waiting = script.heartbeat(replies[0].memberId, 1, wait: 3_000)
        #expect(script.answers[script.leave(replies[1].memberId)] == .done)
        #expect(script.answers[waiting] == nil)
        script.passRebalanceDelay()
        #expect(script.answers[waiting] == .refused(.groupRebalancing))
        #expect(
            script.answers[script.leave(replies[1].memberId)] == .refused(.unknownMember))
        script.leave(replies[0].memberId)
        #expect(script.coordinator.list().map(\.state) == [.empty])
    }

    @Test func aParkedHeartbeatIsAnsweredInTime() throws {
        var script = GroupScript()
        let member = try settle(&script, 1)[0]
        let first = script.heartbeat(member.memberId, 1, wait: 60_000)
        script.pass(3 * GroupScript.second - 1)
        #expect(script.answers[first] == nil)
        script.pass(1)
        #expect(script.answers[first] == .done, "no later than the next one is due")
        let second = script.heartbeat(member.memberId, 1, wait: 1_000)
        let third = script.heartbeat(member.memberId, 1, wait: 1_000)
        #expect(script.answers[second] == .done, "a second one answers the first")
        #expect(script.answers[third] == nil)
    }

    // MARK: - Static members

    @Test func aStaticMemberComesBackWithoutARebalance() throws {
        var script = GroupScript()
        let names = ["a", "b"].map { script.join(instance: $0) }
        script.passRebalanceDelay()
        let before = try names.map { try script.joined($0) }
        script.coordinator.disconnected(ConnectionAddress(shard: 0, token: 1), at: script.time)
        script.pass(9 * GroupScript.second)
        let back = try script.joined(script.join(instance: "a", connection: 2))
        #expect(back.generation == 1 && back.partitions == before[0].partitions)
        #expect(back.memberId != before[0].memberId)
        #expect(script.answers[script.heartbeat(before[1].memberId, 1)] == .done)
    }

    @Test func aSecondInstanceFencesTheFirst() throws {
        var script = GroupScript()
        let request = script.join(instance: "a")
        script.passRebalanceDelay()
        let first = try script.joined(request)
        let waiting = script.heartbeat(first.memberId, 1, wait: 3_000)
        let second = try script.joined(script.join(instance: "a", connection: 2))
        #expect(script.answers[waiting] == .refused(.memberFenced))
        #expect(second.partitions == first.partitions)
        #expect(script.endedSubscriptions.count == 4)
        let fenced = GroupAnswer.refused(.memberFenced)
        #expect(script.answers[script.heartbeat(first.memberId, 1)] == fenced)
        #expect(script.answers[script.commit(first.memberId, 1, [(0, 5)])] == fenced)
        #expect(script.answers[script.join(memberId: first.memberId, instance: "a")] == fenced)
        #expect(script.answers[script.leave(first.memberId)] == fenced)
        #expect(
            script.answers[script.commit(second.memberId, 1, [(0, 5)])] == .committed([.ok]))
    }

    @Test func aStaticMemberIsMissedAfterItsSessionTimeout() throws {
        var script = GroupScript()
        let requests = ["a", "b"].map { script.join(instance: $0) }
        script.passRebalanceDelay()
        let members = try requests.map { try script.joined($0) }
        script.pass(9 * GroupScript.second)
        script.heartbeat(members[1].memberId, 1)
        script.pass(2 * GroupScript.second)
        #expect(script.coordinator.list()[0].memberCount == 1)
    }

    @Test func aLostConnectionShortensTheSessionOfDynamicMembers() throws {
        var script = GroupScript()
        let member = try settle(&script, 1)[0]
        script.coordinator.disconnected(ConnectionAddress(shard: 0, token: 1), at: script.time)
        script.pass(2 * GroupScript.second)
        #expect(
            script.answers[script.heartbeat(member.memberId, 1, connection: 2)] == .done,
            "it came back in time")
        script.coordinator.disconnected(ConnectionAddress(shard: 0, token: 1), at: script.time)
        script.pass(4 * GroupScript.second)
        #expect(script.coordinator.list()[0].memberCount == 1, "its old connection says nothing")
        script.coordinator.disconnected(ConnectionAddress(shard: 0, token: 2), at: script.time)
        script.pass(3 * GroupScript.second)
        #expect(script.coordinator.list()[0].memberCount == 0)
    }

    // MARK: - Refusals

    @Test func joiningIsRefusedForCause() throws {
        var limits = GroupLimits()
        limits.memberCountMax = 2
        limits.groupCountMax = 1
        var script = GroupScript(limits: limits)
        let refusals: [(UInt64, ErrorCode)] = [
            (script.join(""), .malformedRequest), (script.join(topics: []), .malformedRequest),
            (script.join(topics: ["no good"]), .invalidTopicName),
            (script.join(session: 1), .invalidSessionTimeout),
            (script.join(rebalance: 4_000_000), .invalidSessionTimeout),
            (script.join(memberId: "nobody"), .unknownMember),
        ]
        for (request, code) in refusals { #expect(script.answers[request] == .refused(code)) }
        #expect(script.coordinator.list().isEmpty, "a refused join leaves nothing behind")
        script.join()
        script.join()
        let late: [(UInt64, ErrorCode)] = [
            (script.join(), .tooManyMembers), (script.join("h"), .tooManyGroups),
            (script.join(strategy: .byCircle), .inconsistentGroup),
            (script.join(mode: .broadcasting), .inconsistentGroup),
            (script.heartbeat("x", 1, group: "h"), .unknownMember),
        ]
        for (request, code) in late { #expect(script.answers[request] == .refused(code)) }
    }

    @Test func aGroupWithNothingToLoseMakesRoomForAnother() throws {
        var limits = GroupLimits()
        limits.groupCountMax = 1
        var script = GroupScript(limits: limits)
        let member = try settle(&script, 1)[0]
        script.leave(member.memberId)
        script.join("h")
        script.passRebalanceDelay()
        #expect(script.coordinator.list().map(\.group) == ["h"])
    }

    @Test func anEmptyGroupTakesAnotherStrategy() throws {
        var script = GroupScript()
        let member = try settle(&script, 1)[0]
        script.leave(member.memberId)
        let request = script.join(strategy: .byCircle)
        script.passRebalanceDelay()
        #expect(try script.joined(request).generation == 2)
        #expect(script.coordinator.list()[0].strategy == .byCircle)
    }

    @Test func whoeverWaitsIsAnsweredWhenTheBrokerStops() throws {
        var script = GroupScript()
        let member = try settle(&script, 1)[0]
        let waiting = script.heartbeat(member.memberId, 1, wait: 3_000)
        let joining = script.join()
        script.coordinator.answerEverythingParked(.shuttingDown)
        script.drain()
        #expect(script.answers[waiting] == .refused(.shuttingDown))
        #expect(script.answers[joining] == .refused(.shuttingDown))
    }
}
