// Subscriptions that wait for their group's coordinator, and positions that flow to it.

import AeroCore
import AeroWire
import Testing

@Suite struct PartitionAdmissionTests {
    static let first = ConnectionAddress(shard: 0, token: 1)
    static let second = ConnectionAddress(shard: 1, token: 1)

    private func terms(
        _ connection: ConnectionAddress = first, _ id: UInt64 = 1, group: String = "g",
        start: SubscriptionStart = .committed(orLatest: false), memberId: String = ""
    ) -> SubscriptionTerms {
        SubscriptionTerms(
            connection: connection, subscriptionId: id, group: group, start: start,
            creditByteCount: 1_000, acknowledgesOnDelivery: false, memberId: memberId)
    }

    private func machine() -> PartitionStateMachine {
        var machine = PartitionStateMachine()
        machine.appended(highWatermark: 100, byteCount: 1_000)
        return machine
    }

    @Test func whoHasToAsk() {
        #expect(terms().needsCoordinator)
        #expect(terms(start: .earliest, memberId: "m").needsCoordinator)
        #expect(!terms(start: .earliest).needsCoordinator)
        #expect(!terms(group: "", start: .latest).needsCoordinator)
    }

    @Test func aReservedPartitionIsTakenAndSilent() throws {
        var machine = machine()
        let slot = try machine.reserve(terms(), logStartOffset: 10)
        #expect(machine.nextDelivery() == nil, "nobody knows yet where it starts")
        #expect(machine.pinnedOffset == 10, "it may start at the very first record")
        #expect(machine.groupCount == 0)
        #expect(throws: ErrorCode.groupPartitionTaken) {
            _ = try machine.reserve(terms(Self.second), logStartOffset: 10)
        }
        // Credit may come before the answer.
        machine.credit(slot: -1, connection: Self.first, subscriptionId: 1, byteCount: 500)
        let start = try machine.activate(
            slot: slot, terms(), committedOffset: 30, logStartOffset: 10)
        #expect(start == 30 && machine.pinnedOffset == 30)
        #expect(machine.nextDelivery()?.maximumByteCount == 1_500)
    }

    @Test(
        arguments: [
            (30, false, 30), (5, false, 10), (200, false, 100), (nil, false, 10),
            (nil, true, 100), (30, true, 30),
        ] as [(Int64?, Bool, Int64)])
    func itStartsWhereTheGroupIs(committed: Int64?, orLatest: Bool, expected: Int64) throws {
        var machine = machine()
        let terms = terms(start: .committed(orLatest: orLatest))
        let slot = try machine.reserve(terms, logStartOffset: 10)
        #expect(
            try machine.activate(
                slot: slot, terms, committedOffset: committed, logStartOffset: 10) == expected)
    }

    @Test func aReservationThatEndsIsNotActivated() throws {
        var machine = machine()
        let slot = try machine.reserve(terms(), logStartOffset: 10)
        #expect(machine.unsubscribe(slot: slot, connection: Self.first, subscriptionId: 1) == .ok)
        #expect(throws: ErrorCode.unknownSubscription) {
            _ = try machine.activate(
                slot: slot, terms(), committedOffset: 30, logStartOffset: 10)
        }
        // Its place may be another's by now.
        _ = try machine.subscribe(
            terms(Self.second, 9, group: "", start: .earliest), logStartOffset: 10)
        #expect(throws: ErrorCode.unknownSubscription) {
            _ = try machine.activate(
                slot: slot, terms(), committedOffset: 30, logStartOffset: 10)
        }
        #expect(machine.pinnedOffset == 10)
    }

    @Test func anOffsetOutOfRangeEndsTheReservation() throws {
        var machine = machine()
        let terms = terms(start: .offset(7), memberId: "m")
        let slot = try machine.reserve(terms, logStartOffset: 10)
        #expect(throws: ErrorCode.offsetOutOfRange) {
            _ = try machine.activate(slot: slot, terms, committedOffset: 30, logStartOffset: 10)
        }
        #expect(machine.isQuiet && machine.groupCount == 0)
    }

    @Test func aMembersSubscriptionIsEndedByItsName() throws {
        var machine = machine()
        _ = try machine.reserve(terms(memberId: "m1"), logStartOffset: 10)
        #expect(machine.endSubscription(group: "g", memberId: "m2") == nil)
        #expect(machine.endSubscription(group: "h", memberId: "m1") == nil)
        let ended = machine.endSubscription(group: "g", memberId: "m1")
        #expect(ended?.connection == Self.first && ended?.subscriptionId == 1)
        #expect(machine.isQuiet == true)
        _ = try machine.reserve(terms(Self.second, memberId: "m2"), logStartOffset: 10)
    }

    @Test func onlyConsumersThatHaveNotJoinedCommitByAcknowledging() throws {
        var machine = machine()
        let slot = try machine.reserve(terms(), logStartOffset: 0)
        _ = try machine.activate(slot: slot, terms(), committedOffset: nil, logStartOffset: 0)
        let member = terms(Self.second, 2, group: "h", memberId: "m")
        let other = try machine.reserve(member, logStartOffset: 0)
        _ = try machine.activate(slot: other, member, committedOffset: nil, logStartOffset: 0)
        #expect(machine.hasAcknowledgements == false, "a start is no acknowledgement")
        for (slot, connection, id) in [(slot, Self.first, UInt64(1)), (other, Self.second, 2)] {
            machine.delivered(slot: slot, nextOffset: 50, byteCount: 10)
            #expect(
                machine.acknowledge(
                    slot: slot, connection: connection, subscriptionId: id, throughOffset: 19)
                    == .ok)
        }
        #expect(machine.hasAcknowledgements == true)
        let taken = machine.takeAcknowledgements()
        #expect(taken.map(\.group) == ["g"] && taken.map(\.offset) == [20])
        #expect(machine.hasAcknowledgements == false && machine.takeAcknowledgements().isEmpty)
        #expect(machine.settledOffset == 20, "both let memory go")
    }

    @Test func aForgottenGroupHoldsNothingBack() throws {
        var machine = machine()
        for (id, group) in [(UInt64(1), "a"), (2, "b"), (3, "c")] {
            _ = try machine.subscribe(
                terms(Self.first, id, group: group, start: .earliest), logStartOffset: 0)
        }
        machine.forget(group: "b")
        #expect(machine.groupCount == 3, "it has a consumer")
        _ = machine.unsubscribe(slot: 1, connection: Self.first, subscriptionId: 2)
        machine.forget(group: "b")
        #expect(machine.groupCount == 2)
        machine.delivered(slot: 2, nextOffset: 100, byteCount: 1)
        _ = machine.acknowledge(
            slot: 2, connection: Self.first, subscriptionId: 3, throughOffset: 99)
        let taken = machine.takeAcknowledgements()
        #expect(taken.map(\.group) == ["c"] && taken.map(\.offset) == [100])
    }
}
