// Transcripts of one partition: who is served next, what is pinned, what is settled.

import AeroCore
import AeroWire
import Testing

struct PartitionStateMachineTests {
    static let first = ConnectionAddress(shard: 0, token: 1)
    static let second = ConnectionAddress(shard: 1, token: 1)

    private func terms(
        _ connection: ConnectionAddress = first, _ id: UInt64 = 1, group: String = "",
        start: SubscriptionStart = .earliest, credit: Int = 1_000, automatic: Bool = false
    ) -> SubscriptionTerms {
        SubscriptionTerms(
            connection: connection, subscriptionId: id, group: group, start: start,
            creditByteCount: credit, acknowledgesOnDelivery: automatic)
    }

    @Test func creditIsSpentByBytesAndOverspendIsOwed() throws {
        var machine = PartitionStateMachine()
        _ = try machine.subscribe(terms(credit: 100), logStartOffset: 0)
        #expect(machine.nextDelivery() == nil)
        machine.appended(highWatermark: 10, byteCount: 500)
        let next = machine.nextDelivery()
        let delivery = try #require(next)
        #expect(delivery.maximumByteCount == 100 && delivery.offset == 0)
        // One batch is always allowed, so more than the credit may go.
        machine.delivered(slot: delivery.slot, nextOffset: 5, byteCount: 250)
        #expect(machine.nextDelivery() == nil)
        // 150 bytes are owed, so that a client that returns what it took keeps its window.
        machine.credit(slot: 0, connection: Self.first, subscriptionId: 1, byteCount: 150)
        #expect(machine.nextDelivery() == nil)
        machine.credit(slot: 0, connection: Self.first, subscriptionId: 1, byteCount: 1)
        #expect(machine.nextDelivery()?.maximumByteCount == 1)
        machine.delivered(slot: 0, nextOffset: 10, byteCount: 250)
        machine.credit(slot: 0, connection: Self.first, subscriptionId: 1, byteCount: .max)
        machine.credit(slot: 0, connection: Self.first, subscriptionId: 1, byteCount: -5)
        #expect(machine.nextDelivery() == nil)
        machine.appended(highWatermark: 11, byteCount: 1)
        #expect(
            machine.nextDelivery()?.maximumByteCount == PartitionStateMachine.creditByteCountMax)
    }

    @Test func creditFromTheWrongConnectionOrIdAddsNothing() throws {
        var machine = PartitionStateMachine()
        _ = try machine.subscribe(terms(credit: 0), logStartOffset: 0)
        machine.appended(highWatermark: 1, byteCount: 1)
        machine.credit(slot: 0, connection: Self.second, subscriptionId: 1, byteCount: 10)
        machine.credit(slot: 0, connection: Self.first, subscriptionId: 2, byteCount: 10)
        machine.credit(slot: 99, connection: Self.first, subscriptionId: 2, byteCount: 10)
        #expect(machine.nextDelivery() == nil)
        // A slot out of date is no more than a hint.
        machine.credit(slot: 99, connection: Self.first, subscriptionId: 1, byteCount: 10)
        #expect(machine.nextDelivery()?.maximumByteCount == 10)
    }

    @Test func turnsAreFair() throws {
        var machine = PartitionStateMachine()
        for id in 0..<UInt64(5) {
            _ = try machine.subscribe(terms(Self.first, id, credit: 1 << 20), logStartOffset: 0)
        }
        machine.appended(highWatermark: 100, byteCount: 100)
        var turns = [Int](repeating: 0, count: 5)
        for step in 0..<50 {
            let next = machine.nextDelivery()
            let delivery = try #require(next)
            turns[delivery.slot] += 1
            machine.delivered(
                slot: delivery.slot, nextOffset: Int64(turns[delivery.slot]), byteCount: 1)
            // At no time is anyone more than one turn ahead.
            #expect((turns.max() ?? 0) - (turns.min() ?? 0) <= 1, "step \(step)")
        }
        machine.setHeldBack(true, connection: Self.first)
        #expect(machine.nextDelivery() == nil)
        machine.setHeldBack(false, connection: Self.first)
        #expect(machine.nextDelivery() != nil)
        for slot in 0..<5 { machine.setStuck(slot: slot) }
        #expect(machine.nextDelivery() == nil)
        #expect(machine.retryStuck() && !machine.retryStuck())
        #expect(machine.nextDelivery() != nil)
    }

    @Test func whatIsPinnedAndWhatIsSettled() throws {
        var machine = PartitionStateMachine()
        machine.appended(highWatermark: 100, byteCount: 1_000)
        // Nobody ever subscribed, so nobody has acknowledged anything.
        #expect(machine.pinnedOffset == 100 && machine.settledOffset == 0)
        _ = try machine.subscribe(terms(Self.first, 1, group: "a"), logStartOffset: 10)
        #expect(machine.pinnedOffset == 10 && machine.settledOffset == 10)
        #expect(machine.groupCount == 1)
        machine.delivered(slot: 0, nextOffset: 50, byteCount: 1)
        // Delivered is not acknowledged.
        #expect(machine.pinnedOffset == 10)
        #expect(
            machine.acknowledge(
                slot: 0, connection: Self.first, subscriptionId: 1, throughOffset: 29) == .ok)
        #expect(machine.pinnedOffset == 30 && machine.settledOffset == 30)
        #expect(
            machine.acknowledge(
                slot: 0, connection: Self.first, subscriptionId: 1, throughOffset: 20) == .ok)
        #expect(machine.pinnedOffset == 30, "an older acknowledgement takes nothing back")
        for beyond: Int64 in [50, 51, .max] {
            #expect(
                machine.acknowledge(
                    slot: 0, connection: Self.first, subscriptionId: 1, throughOffset: beyond)
                    == .offsetOutOfRange)
        }
        machine.disconnected(Self.first)
        // A group without a consumer pins nothing, but is not settled.
        #expect(machine.pinnedOffset == 100 && machine.settledOffset == 30)
        _ = try machine.subscribe(
            terms(Self.second, 1, group: "a", start: .offset(40)), logStartOffset: 12)
        #expect(machine.pinnedOffset == 40 && machine.settledOffset == 40)
    }

    @Test func automaticAcknowledgementFollowsDelivery() throws {
        var machine = PartitionStateMachine()
        machine.appended(highWatermark: 10, byteCount: 100)
        _ = try machine.subscribe(terms(group: "a", automatic: true), logStartOffset: 0)
        machine.delivered(slot: 0, nextOffset: 10, byteCount: 100)
        #expect(machine.pinnedOffset == 10 && machine.settledOffset == 10)
    }

    @Test func subscribingIsRefusedForCause() throws {
        var machine = PartitionStateMachine(
            limits: {
                var limits = PartitionLimits()
                limits.subscriptionCountMax = 3
                limits.groupCountMax = 1
                return limits
            }())
        machine.appended(highWatermark: 20, byteCount: 1)
        for outside: Int64 in [9, 21, -1] {
            #expect(throws: ErrorCode.offsetOutOfRange) {
                _ = try machine.subscribe(
                    terms(start: .offset(outside)), logStartOffset: 10)
            }
        }
        for inside: Int64 in [10, 20] {
            #expect(
                try machine.subscribe(
                    terms(Self.first, UInt64(inside), start: .offset(inside)), logStartOffset: 10
                ).startOffset == inside)
        }
        #expect(throws: ErrorCode.subscriptionExists) {
            _ = try machine.subscribe(terms(Self.first, 10), logStartOffset: 10)
        }
        _ = try machine.subscribe(terms(Self.second, 1, group: "a"), logStartOffset: 10)
        #expect(throws: ErrorCode.tooManyInFlight) {
            _ = try machine.subscribe(terms(Self.second, 2), logStartOffset: 10)
        }
        #expect(
            machine.unsubscribe(slot: 0, connection: Self.first, subscriptionId: 10) == .ok)
        #expect(
            machine.unsubscribe(slot: 0, connection: Self.first, subscriptionId: 10)
                == .unknownSubscription)
        #expect(throws: ErrorCode.groupPartitionTaken) {
            _ = try machine.subscribe(terms(Self.first, 3, group: "a"), logStartOffset: 10)
        }
        #expect(throws: ErrorCode.tooManyGroups) {
            _ = try machine.subscribe(terms(Self.first, 3, group: "b"), logStartOffset: 10)
        }
    }

    /// A refused subscription must leave nothing behind: a group that never subscribed would
    /// count against the limit, and its absence from the settled offset would be luck.
    @Test func aRefusedSubscriptionLeavesNoGroupBehind() throws {
        var machine = PartitionStateMachine()
        for number in 0..<3 {
            #expect(throws: ErrorCode.offsetOutOfRange) {
                _ = try machine.subscribe(
                    terms(group: "g\(number)", start: .offset(5)), logStartOffset: 0)
            }
        }
        #expect(machine.groupCount == 0)
    }

    /// Names of groups that are used once are no reason to refuse the next one, where nothing
    /// hangs on their positions.
    @Test func anIdleGroupMakesRoomWhereItPinsNothing() throws {
        var limits = PartitionLimits()
        limits.groupCountMax = 2
        var machine = PartitionStateMachine(limits: limits, forgetsIdleGroups: true)
        machine.appended(highWatermark: 10, byteCount: 1)
        for (id, group) in ["gone", "stays"].enumerated() {
            let (slot, _) = try machine.subscribe(
                terms(Self.first, UInt64(id), group: group), logStartOffset: 0)
            machine.delivered(slot: slot, nextOffset: 10, byteCount: 1)
        }
        _ = machine.acknowledge(
            slot: 0, connection: Self.first, subscriptionId: 0, throughOffset: 4)
        // Neither a group with a consumer goes, nor one of which nobody has heard yet.
        #expect(throws: ErrorCode.tooManyGroups) {
            _ = try machine.subscribe(terms(Self.first, 2, group: "late"), logStartOffset: 0)
        }
        _ = machine.unsubscribe(slot: 0, connection: Self.first, subscriptionId: 0)
        #expect(throws: ErrorCode.tooManyGroups) {
            _ = try machine.subscribe(terms(Self.first, 2, group: "late"), logStartOffset: 0)
        }
        #expect(machine.takeAcknowledgements().map(\.group) == ["gone"])
        for id in UInt64(2)..<20 {
            _ = try machine.subscribe(
                terms(Self.first, id, group: "once \(id)"), logStartOffset: 0)
            _ = machine.unsubscribe(slot: -1, connection: Self.first, subscriptionId: id)
        }
        #expect(machine.groupCount == 2)
        // The other one is where it was.
        #expect(
            machine.acknowledge(
                slot: 1, connection: Self.first, subscriptionId: 1, throughOffset: 6) == .ok)
        let told = machine.takeAcknowledgements()
        #expect(told.map(\.group) == ["stays"] && told.map(\.offset) == [7])
    }

    @Test func skippedRecordsAreCountedAndPinNothing() throws {
        var machine = PartitionStateMachine()
        machine.appended(highWatermark: 50, byteCount: 1)
        _ = try machine.subscribe(terms(group: "a"), logStartOffset: 0)
        #expect(machine.skip(slot: 0, to: 20) == 20)
        #expect(machine.pinnedOffset == 20)
        #expect(machine.skip(slot: 0, to: 10) == 0)
        #expect(machine.nextDelivery()?.offset == 20)
    }

    @Test func longPollsAreTakenWhenReadyOrDue() {
        var machine = PartitionStateMachine()
        func fetch(_ id: UInt64, minimum: Int, deadline: Int64) -> ParkedFetch {
            ParkedFetch(
                origin: RequestOrigin(connection: Self.first, requestId: id), offset: 0,
                minimumByteCount: minimum, maximumByteCount: 1_000, deadlineNanoseconds: deadline,
                availableByteCount: 0)
        }
        #expect(machine.nextFetchDeadlineNanoseconds == .max && machine.isQuiet)
        #expect(machine.park(fetch(1, minimum: 100, deadline: 50)) == true)
        #expect(machine.park(fetch(2, minimum: 10, deadline: 90)) == true)
        #expect(machine.park(fetch(3, minimum: 10, deadline: 20)) == true)
        #expect(machine.nextFetchDeadlineNanoseconds == 20)
        machine.appended(highWatermark: 1, byteCount: 9)
        #expect(machine.takeReadyFetch() == nil)
        machine.appended(highWatermark: 2, byteCount: 1)
        #expect(machine.takeReadyFetch()?.origin.requestId == 2)
        #expect(machine.takeReadyFetch()?.origin.requestId == 3)
        #expect(machine.takeReadyFetch() == nil)
        #expect(machine.takeDueFetch(nowNanoseconds: 49) == nil)
        #expect(machine.nextFetchDeadlineNanoseconds == 50)
        #expect(machine.takeDueFetch(nowNanoseconds: 50)?.origin.requestId == 1)
        #expect(machine.takeDueFetch(nowNanoseconds: 1_000) == nil)
        #expect(machine.nextFetchDeadlineNanoseconds == .max)
        #expect(machine.park(fetch(4, minimum: 1, deadline: 5)) == true)
        machine.disconnected(Self.first)
        machine.appended(highWatermark: 3, byteCount: 100)
        #expect(machine.takeReadyFetch() == nil)
        #expect(machine.takeDueFetch(nowNanoseconds: 10) == nil)
    }
}
