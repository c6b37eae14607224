// Committed offsets: who may store them, when they count, and that they survive.

import AeroCore
import AeroWire
import Testing

@Suite struct GroupOffsetTests {
    private func member(_ script: inout GroupScript) throws -> JoinGroupReply {
        let request = script.join()
        script.passRebalanceDelay()
        return try script.joined(request)
    }

    @Test func aCommitIsAnsweredOnceItIsDurable() throws {
        var script = GroupScript()
        let member = try member(&script)
        script.log = .durableLater
        let request = script.commit(member.memberId, 1, [(0, 5), (3, 9)])
        #expect(script.answers[request] == nil)
        let admission = script.coordinator.admit(
            group: "g", memberId: member.memberId, generation: 1,
            TopicPartition(topicId: 1, partition: 3))
        #expect(admission == .admitted(committedOffset: 9), "the next owner starts there")
        script.sync()
        #expect(script.answers[request] == .committed([.ok, .ok]))
    }

    @Test func everyOffsetHasACodeOfItsOwn() throws {
        var limits = GroupLimits()
        limits.offsetCountMax = 2
        var script = GroupScript(limits: limits)
        let request = script.toolCommit([(0, -1), (0, 5), (9, 5), (1, 5), (2, 5), (0, 6)])
        #expect(
            script.answers[request]
                == .committed([
                    .offsetOutOfRange, .ok, .unknownPartition, .ok, .storageFull, .ok,
                ]))
        #expect(script.offset(0) == 6 && script.offset(1) == 5 && script.offset(2) == nil)
        let nothing = script.toolCommit([(9, 1)], group: "other")
        #expect(script.answers[nothing] == .committed([.unknownPartition]))
        #expect(script.coordinator.list().count == 1, "no group is made for nothing")
    }

    @Test func aCommitIsRefusedForCause() throws {
        var script = GroupScript()
        let member = try member(&script)
        let refusals: [(UInt64, ErrorCode)] = [
            (script.toolCommit([(0, 1)]), .groupNotEmpty),
            (script.commit("nobody", 1, [(0, 1)]), .unknownMember),
            (script.commit(member.memberId, 0, [(0, 1)]), .staleGeneration),
            (script.commit(member.memberId, 2, [(0, 1)]), .staleGeneration),
            (script.commit("nobody", 1, [(0, 1)], group: "no group"), .unknownMember),
            (script.toolCommit([(0, 1)], group: ""), .malformedRequest),
        ]
        for (request, code) in refusals { #expect(script.answers[request] == .refused(code)) }
        script.leave(member.memberId)
        #expect(script.answers[script.toolCommit([(0, 7)])] == .committed([.ok]), "a tool may now")
    }

    /// What was handed over is the new owner's: the old one cannot move its position back.
    @Test func onlyTheHolderMayCommit() throws {
        var script = GroupScript()
        let old = try member(&script)
        let joining = script.join()
        script.passRebalanceDelay()
        let new = try script.joined(joining)
        #expect(
            script.answers[script.commit(old.memberId, 1, [(2, 10)])] == .committed([.ok]),
            "still its own, under the generation that it knows")
        _ = try script.joined(script.join(memberId: old.memberId))
        #expect(
            script.answers[script.commit(old.memberId, 2, [(2, 11)])] == .committed([.ok]),
            "it is letting go")
        #expect(
            script.answers[script.commit(new.memberId, 2, [(2, 1)])]
                == .committed([.staleGeneration]))
        script.heartbeat(old.memberId, 2)
        #expect(
            script.answers[script.commit(old.memberId, 2, [(2, 12), (0, 3)])]
                == .committed([.staleGeneration, .ok]))
        _ = try script.joined(script.join(memberId: new.memberId))
        #expect(
            script.coordinator.admit(
                group: "g", memberId: new.memberId, generation: 2,
                TopicPartition(topicId: 1, partition: 2)) == .admitted(committedOffset: 11))
    }

    @Test func aRefusedAppendIsToldAndChangesNothing() throws {
        var script = GroupScript()
        script.toolCommit([(0, 5)])
        script.log = .refusing(.diskFull)
        let request = script.toolCommit([(0, 6), (9, 1)])
        #expect(script.answers[request] == .committed([.diskFull, .unknownPartition]))
        #expect(script.offset(0) == 5)
        let deletion = script.delete()
        #expect(script.answers[deletion] == .refused(.diskFull))
        #expect(script.offset(0) == 5)
        // A full disk does not keep anybody from consuming.
        let member = try member(&script)
        #expect(member.partitions == [0, 1, 2, 3])
    }

    @Test func membersHearOfAGenerationOnceItIsDurable() throws {
        var script = GroupScript()
        let first = try member(&script)
        script.log = .durableLater
        let waiting = script.heartbeat(first.memberId, 1, wait: 3_000)
        let joining = script.join()
        script.passRebalanceDelay()
        #expect(script.answers[joining] == nil && script.answers[waiting] == nil)
        script.sync()
        #expect(try script.joined(joining).generation == 2)
        #expect(script.answers[waiting] == .refused(.groupRebalancing))
    }

    @Test func offsetsAndGenerationsSurvive() throws {
        var script = GroupScript()
        let member = try member(&script)
        script.commit(member.memberId, 1, [(0, 5), (1, 6)])
        script.commit(member.memberId, 1, [(1, 7)])
        var next = script.restarted()
        #expect(next.offset(0) == 5 && next.offset(1) == 7)
        #expect(next.coordinator.list().map(\.state) == [.empty])
        #expect(
            next.answers[next.heartbeat(member.memberId, 1)] == .refused(.unknownMember),
            "members of before have to join anew")
        let request = next.join()
        next.passRebalanceDelay()
        let reply = try next.joined(request)
        #expect(reply.generation == 2 && reply.memberId != member.memberId)
    }

    @Test func aDeletedGroupIsGoneForGood() throws {
        var script = GroupScript()
        script.toolCommit([(0, 5)])
        script.log = .durableLater
        let request = script.delete()
        #expect(script.answers[request] == nil && script.forgotten == ["g"])
        script.sync()
        #expect(script.answers[request] == .done)
        #expect(script.offset(0) == nil && script.restarted().coordinator.list().isEmpty)
        #expect(script.answers[script.delete()] == .refused(.unknownGroup))
        script.join()
        #expect(script.answers[script.delete()] == .refused(.groupNotEmpty))
    }

    @Test func acknowledgementsOfLonelyConsumersAreKept() throws {
        var script = GroupScript()
        func acknowledge(_ script: inout GroupScript, _ offset: Int64, _ group: String = "g") {
            let partition = TopicPartition(topicId: 1, partition: 0)
            script.coordinator.acknowledged(
                [GroupAcknowledgement(group: group, partition: partition, offset: offset)],
                at: script.time)
            script.drain()
        }
        acknowledge(&script, 5)
        acknowledge(&script, 5)
        #expect(script.stored.count == 1, "what is known already is not written again")
        acknowledge(&script, 9)
        #expect(script.offset(0) == 9 && script.restarted().offset(0) == 9)
        _ = try member(&script)
        acknowledge(&script, 20)
        #expect(script.restarted().offset(0) == 9, "with members, they are who says")
    }

    /// The records of a volatile topic end with the broker: so do positions among them, or a topic
    /// that is made anew would be consumed from the middle.
    @Test func offsetsOfVolatileTopicsEndWithTheBroker() throws {
        let memory = GroupTopic(
            topicId: GroupScript.volatileTopicId, name: "v", partitionCount: 1)
        var script = GroupScript(
            topics: [GroupTopic(topicId: 1, name: "t", partitionCount: 4), memory])
        script.log = .durableLater
        let request = script.toolCommit([(0, 5)], topicId: memory.topicId)
        #expect(script.answers[request] == .committed([.ok]), "there is nothing to wait for")
        #expect(script.stored.isEmpty)
        #expect(script.offset(0, topicId: memory.topicId) == 5)
        script.coordinator.acknowledged(
            [
                GroupAcknowledgement(
                    group: "g", partition: TopicPartition(topicId: memory.topicId, partition: 0),
                    offset: 7, keeping: .whileRunning)
            ], at: script.time)
        script.drain()
        #expect(script.stored.isEmpty && script.offset(0, topicId: memory.topicId) == 7)
        #expect(script.restarted().offset(0, topicId: memory.topicId) == nil)
    }

    @Test func subscribingIsAdmittedForCause() throws {
        var script = GroupScript()
        let partition = TopicPartition(topicId: 1, partition: 0)
        func admit(
            _ script: borrowing GroupScript, _ memberId: String, _ generation: Int32
        ) -> SubscriptionAdmission {
            script.coordinator.admit(
                group: "g", memberId: memberId, generation: generation, partition)
        }
        #expect(admit(script, "", -1) == .admitted(committedOffset: nil))
        #expect(admit(script, "nobody", 1) == .refused(.unknownMember))
        let member = try member(&script)
        #expect(admit(script, "", -1) == .refused(.groupNotEmpty))
        #expect(admit(script, member.memberId, 1) == .admitted(committedOffset: nil))
        #expect(admit(script, member.memberId, 0) == .refused(.staleGeneration))
        script.commit(member.memberId, 1, [(0, 8)])
        #expect(admit(script, member.memberId, 1) == .admitted(committedOffset: 8))
    }

    @Test func aDescriptionTellsItAll() throws {
        var script = GroupScript()
        script.toolCommit([(3, 30)])
        let request = script.join(instance: "i", room: "east")
        script.passRebalanceDelay()
        let member = try script.joined(request)
        let description = try script.coordinator.describe("g")
        #expect(description.state == .stable && description.generation == 1)
        let found = try #require(description.members.first)
        #expect(found.memberId == member.memberId && found.instanceId == "i")
        #expect(found.machineRoom == "east" && found.address == "10.0.0.1:1")
        #expect(found.assignment == member.assignment)
        #expect(description.offsets.map(\.partition) == [0, 1, 2, 3])
        #expect(description.offsets.map(\.offset) == [-1, -1, -1, 30])
        #expect(throws: ErrorCode.unknownGroup) { _ = try script.coordinator.describe("h") }
        let fetched = try script.coordinator.fetchOffsets(FetchOffsetsRequest(group: "g"))
        #expect(fetched.offsets.map(\.offset) == [30])
        let none = try script.coordinator.fetchOffsets(
            FetchOffsetsRequest(
                group: "g", partitions: [TopicPartition(topicId: 1, partition: 0)]))
        #expect(none.offsets.isEmpty)
        #expect(throws: ErrorCode.unknownGroup) {
            _ = try script.coordinator.fetchOffsets(FetchOffsetsRequest(group: "h"))
        }
    }
}
