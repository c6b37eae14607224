// Transcripts of a membership as its member sees it.

import AeroCore
import AeroWire
import Testing

@Suite struct GroupMembershipStateMachineTests {
    static let second: Int64 = 1_000_000_000

    private func machine(isStatic: Bool = false) -> GroupMembershipStateMachine {
        GroupMembershipStateMachine(
            sessionTimeoutNanoseconds: 10 * Self.second, isStatic: isStatic)
    }

    private func reply(_ generation: Int32) -> JoinGroupReply {
        JoinGroupReply(
            memberId: "m", generation: generation, heartbeatIntervalMilliseconds: 3_000,
            awaitedPartitionCount: 0, assignment: [])
    }

    /// A machine that has joined at time 0 and sent its first heartbeat.
    private func member() -> GroupMembershipStateMachine {
        var machine = machine()
        machine.connected(nowNanoseconds: 0)
        #expect(machine.nextAction(nowNanoseconds: 0) == .join(memberId: ""))
        machine.joined(reply(1))
        machine.released(nowNanoseconds: 0)
        #expect(machine.nextAction(nowNanoseconds: 0) == Self.heartbeat)
        return machine
    }

    static let heartbeat = MembershipAction.heartbeat(
        memberId: "m", generation: 1, maxWaitMilliseconds: 3_000)

    @Test func aMemberJoinsLetsGoAndStays() {
        var machine = machine()
        #expect(machine.nextAction(nowNanoseconds: 5) == nil, "there is no connection yet")
        machine.connected(nowNanoseconds: 5)
        #expect(machine.nextAction(nowNanoseconds: 5) == .join(memberId: ""))
        #expect(machine.nextAction(nowNanoseconds: 5) == nil, "one request at a time")
        #expect(!machine.isMember)
        machine.joined(reply(1))
        #expect(machine.isMember && machine.memberId == "m" && machine.generation == 1)
        #expect(machine.nextAction(nowNanoseconds: 6) == nil, "it has to let go first")
        machine.released(nowNanoseconds: 7)
        #expect(machine.nextAction(nowNanoseconds: 7) == Self.heartbeat)
        #expect(machine.nextAction(nowNanoseconds: 8) == nil)
    }

    @Test func aHeartbeatThatWaitedIsFollowedAtOnceByTheNext() {
        var machine = member()
        machine.heartbeatAnswered(nowNanoseconds: 3 * Self.second)
        #expect(machine.nextAction(nowNanoseconds: 3 * Self.second) == Self.heartbeat)
    }

    /// A broker that answers at once must not be asked all the time.
    @Test func aHeartbeatThatDidNotWaitIsPaced() {
        var machine = member()
        machine.heartbeatAnswered(nowNanoseconds: 1_000)
        #expect(machine.nextAction(nowNanoseconds: 1_000) == nil)
        #expect(machine.nextDueNanoseconds == 3 * Self.second)
        #expect(machine.nextAction(nowNanoseconds: 3 * Self.second) == Self.heartbeat)
    }

    @Test(arguments: [ErrorCode.groupRebalancing, .staleGeneration])
    func aRebalanceMakesItJoinAgain(code: ErrorCode) {
        var machine = member()
        #expect(machine.refused(code, nowNanoseconds: 10) == nil)
        #expect(machine.nextAction(nowNanoseconds: 10) == .join(memberId: "m"))
        machine.joined(reply(2))
        #expect(machine.generation == 2)
    }

    @Test func aMemberThatIsForgottenLosesEverythingAndStartsOver() {
        var machine = member()
        #expect(machine.refused(.unknownMember, nowNanoseconds: 10) == nil)
        #expect(machine.nextDueNanoseconds == 0)
        #expect(machine.nextAction(nowNanoseconds: 10) == .lose)
        #expect(!machine.isMember)
        #expect(machine.nextAction(nowNanoseconds: 10) == .join(memberId: ""))
    }

    @Test func withoutContactThePartitionsAreGivenUpInTime() {
        var machine = member()
        machine.disconnected()
        machine.requestFailed(nowNanoseconds: Self.second)
        #expect(machine.nextDueNanoseconds == 10 * Self.second)
        #expect(machine.nextAction(nowNanoseconds: 10 * Self.second - 1) == nil)
        #expect(machine.nextAction(nowNanoseconds: 10 * Self.second) == .lose)
        #expect(machine.nextDueNanoseconds == .max)
        machine.connected(nowNanoseconds: 20 * Self.second)
        #expect(machine.nextAction(nowNanoseconds: 20 * Self.second) == .join(memberId: ""))
    }

    @Test func aShortLossOfConnectionIsMadeUpByAHeartbeat() {
        var machine = member()
        machine.disconnected()
        machine.requestFailed(nowNanoseconds: Self.second)
        machine.connected(nowNanoseconds: 2 * Self.second)
        #expect(machine.nextAction(nowNanoseconds: 2 * Self.second) == Self.heartbeat)
    }

    @Test(arguments: [ErrorCode.memberFenced, .inconsistentGroup, .invalidSessionTimeout])
    func someRefusalsEndIt(code: ErrorCode) {
        var machine = machine()
        machine.connected(nowNanoseconds: 0)
        #expect(machine.nextAction(nowNanoseconds: 0) == .join(memberId: ""))
        #expect(machine.refused(code, nowNanoseconds: 1) == code)
        #expect(machine.hasEnded)
        #expect(machine.nextAction(nowNanoseconds: 1 << 40) == nil)
    }

    @Test func othersAreTriedAgainEverMoreSlowly() {
        var machine = machine()
        machine.connected(nowNanoseconds: 0)
        var now: Int64 = 0
        var pauses: [Int64] = []
        for _ in 0..<7 {
            #expect(machine.nextAction(nowNanoseconds: now) == .join(memberId: ""))
            #expect(machine.refused(.coordinatorLoading, nowNanoseconds: now) == nil)
            pauses.append((machine.nextDueNanoseconds - now) / 1_000_000)
            now = machine.nextDueNanoseconds
        }
        #expect(pauses == [50, 100, 200, 400, 800, 1_000, 1_000])
    }

    @Test func aDynamicMemberLeavesAndAStaticOneDoesNot() {
        var leaving = member()
        leaving.stop(isOrderly: true)
        #expect(!leaving.hasEnded)
        #expect(leaving.nextAction(nowNanoseconds: 1) == .leave(memberId: "m"))
        leaving.heartbeatAnswered(nowNanoseconds: 2)
        #expect(leaving.nextAction(nowNanoseconds: 2) == nil, "the heartbeat means nothing now")
        leaving.left()
        #expect(leaving.hasEnded)
        var staying = machine(isStatic: true)
        staying.connected(nowNanoseconds: 0)
        _ = staying.nextAction(nowNanoseconds: 0)
        staying.joined(reply(1))
        staying.stop(isOrderly: true)
        #expect(staying.hasEnded)
        var nobody = machine()
        nobody.stop(isOrderly: true)
        #expect(nobody.hasEnded, "there is nothing to leave")
    }
}
