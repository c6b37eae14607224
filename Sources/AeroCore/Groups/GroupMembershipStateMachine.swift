// A consumer's side of its membership: when to join, to send a heartbeat, to give up.

package import AeroWire

/// What a member is to do next.
package enum MembershipAction: Equatable, Sendable {
    /// Send JOIN_GROUP with this id.
    case join(memberId: String)
    /// Send HEARTBEAT_GROUP.
    case heartbeat(memberId: String, generation: Int32, maxWaitMilliseconds: UInt32)
    /// Send LEAVE_GROUP.
    case leave(memberId: String)
    /// Stop consuming at once: the partitions may be somebody else's by now.
    case lose
}

/// The life of one member of a group, as the member sees it.
///
/// Pure: no I/O and no clock. One request is under way at a time; while a heartbeat waits at the
/// broker, that is the one. Every request that `nextAction` asks for ends with one of the calls
/// that say what became of it.
package struct GroupMembershipStateMachine: Sendable {
    private enum Phase: Equatable {
        /// To join, from this time on.
        case away(notBeforeNanoseconds: Int64)
        case joining
        /// The broker does not know the member.
        case forgotten
        /// Lets go of what it lost.
        case releasing
        /// The next heartbeat is due at this time.
        case resting(untilNanoseconds: Int64)
        case beating
        /// To leave.
        case departing
        case leaving
        case ended
    }

    /// How long a refused member waits before it tries again, at first and at most.
    private static let pauses: ClosedRange<Int64> = 50_000_000...1_000_000_000

    private let sessionTimeoutNanoseconds: Int64
    private let isStatic: Bool
    private var phase = Phase.away(notBeforeNanoseconds: 0)
    /// True while the broker can be asked.
    package private(set) var isConnected = false
    private var pauseNanoseconds = Self.pauses.lowerBound
    /// When the last request was sent, and when the last one that was answered was.
    private var sentNanoseconds: Int64 = 0
    private var contactNanoseconds: Int64 = 0
    private var heartbeatIntervalNanoseconds: Int64 = 3_000_000_000

    /// The id that the broker gave; empty before.
    package private(set) var memberId = ""
    /// The generation of the last assignment; -1 before the first.
    package private(set) var generation: Int32 = -1

    /// - Parameters:
    ///   - sessionTimeoutNanoseconds: What the broker is told; more than 0.
    ///   - isStatic: Whether the member keeps its place when it stops.
    package init(sessionTimeoutNanoseconds: Int64, isStatic: Bool) {
        self.sessionTimeoutNanoseconds = sessionTimeoutNanoseconds
        self.isStatic = isStatic
    }

    /// True from the first answer to a request to join until the membership is lost.
    package var isMember: Bool { generation >= 0 }
    /// True once nothing more is to be done.
    package var hasEnded: Bool { phase == .ended }

    /// When `nextAction` has something to say that no event announces.
    package var nextDueNanoseconds: Int64 {
        var due = isMember ? contactNanoseconds + sessionTimeoutNanoseconds : Int64.max
        guard isConnected else { return due }
        switch phase {
        case .away(let time), .resting(let time): due = min(due, time)
        case .forgotten: due = 0
        case .joining, .releasing, .beating, .departing, .leaving, .ended: break
        }
        return due
    }

    /// The next thing to do, if any.
    package mutating func nextAction(nowNanoseconds: Int64) -> MembershipAction? {
        if phase == .forgotten { return lose(nowNanoseconds) }
        if isMember, phase != .departing, phase != .leaving, phase != .ended,
            nowNanoseconds >= contactNanoseconds + sessionTimeoutNanoseconds
        {
            // The broker has given the partitions to others by now, whether it can be asked or not.
            return lose(nowNanoseconds)
        }
        guard isConnected else { return nil }
        switch phase {
        case .away(let time) where time <= nowNanoseconds:
            phase = .joining
            sentNanoseconds = nowNanoseconds
            return .join(memberId: memberId)
        case .resting(let time) where time <= nowNanoseconds:
            phase = .beating
            sentNanoseconds = nowNanoseconds
            return .heartbeat(
                memberId: memberId, generation: generation,
                maxWaitMilliseconds: UInt32(clamping: heartbeatIntervalNanoseconds / 1_000_000))
        case .departing:
            phase = .leaving
            return .leave(memberId: memberId)
        case .away, .resting, .joining, .forgotten, .releasing, .beating, .leaving, .ended:
            return nil
        }
    }

    // MARK: - Connection

    /// The broker can be asked (again): it hears at once of a member that was away.
    package mutating func connected(nowNanoseconds: Int64) {
        isConnected = true
        switch phase {
        case .resting: phase = .resting(untilNanoseconds: nowNanoseconds)
        case .away: phase = .away(notBeforeNanoseconds: nowNanoseconds)
        case .joining, .forgotten, .releasing, .beating, .departing, .leaving, .ended: break
        }
    }

    /// The broker cannot be asked for now; what was under way fails by `requestFailed`.
    package mutating func disconnected() { isConnected = false }

    /// A request has no answer.
    package mutating func requestFailed(nowNanoseconds: Int64) {
        switch phase {
        case .joining: phase = .away(notBeforeNanoseconds: nowNanoseconds)
        case .beating: phase = .resting(untilNanoseconds: nowNanoseconds)
        case .departing, .leaving: phase = .ended
        case .away, .forgotten, .releasing, .resting, .ended: break
        }
    }

    // MARK: - Answers

    /// JOIN_GROUP was answered. What is not in the reply is to be let go, then `released` called.
    package mutating func joined(_ reply: JoinGroupReply) {
        guard phase == .joining else { return }
        memberId = reply.memberId
        generation = reply.generation
        heartbeatIntervalNanoseconds =
            Int64(max(reply.heartbeatIntervalMilliseconds, 1)) * 1_000_000
        contactNanoseconds = sentNanoseconds
        pauseNanoseconds = Self.pauses.lowerBound
        phase = .releasing
    }

    /// Everything that was lost by the last assignment has been let go.
    package mutating func released(nowNanoseconds: Int64) {
        guard phase == .releasing else { return }
        phase = .resting(untilNanoseconds: nowNanoseconds)
    }

    /// HEARTBEAT_GROUP was answered: nothing new.
    package mutating func heartbeatAnswered(nowNanoseconds: Int64) {
        guard phase == .beating else { return }
        contactNanoseconds = sentNanoseconds
        // An answer that did not wait must not make us ask all the time.
        let hasWaited = nowNanoseconds - sentNanoseconds >= heartbeatIntervalNanoseconds / 2
        phase = .resting(
            untilNanoseconds: hasWaited
                ? nowNanoseconds : sentNanoseconds + heartbeatIntervalNanoseconds)
    }

    /// A request to join or a heartbeat was refused.
    ///
    /// - Returns: The code, when the membership has ended with it.
    package mutating func refused(_ code: ErrorCode, nowNanoseconds: Int64) -> ErrorCode? {
        guard phase == .joining || phase == .beating else { return nil }
        switch code {
        case .staleGeneration, .groupRebalancing:
            // A request to join is answered so only when another one of ours was faster.
            let pause = phase == .joining ? Self.pauses.lowerBound : 0
            contactNanoseconds = sentNanoseconds
            phase = .away(notBeforeNanoseconds: nowNanoseconds + pause)
        case .unknownMember: phase = .forgotten
        default:
            guard code.isRetriable else {
                phase = .ended
                return code
            }
            let isMember = phase == .beating
            let time = nowNanoseconds + backOff()
            phase =
                isMember
                ? .resting(untilNanoseconds: time) : .away(notBeforeNanoseconds: time)
        }
        return nil
    }

    /// LEAVE_GROUP was answered, with whatever.
    package mutating func left() { phase = .ended }

    /// The consumer stops.
    ///
    /// - Parameter isOrderly: Whether the broker is to be told.
    package mutating func stop(isOrderly: Bool) {
        guard phase != .ended, phase != .leaving else { return }
        let hasPlace = !memberId.isEmpty && !isStatic
        phase = isOrderly && hasPlace && isConnected ? .departing : .ended
    }

    // MARK: - Parts

    /// The membership is over; the next one begins with another request to join.
    private mutating func lose(_ nowNanoseconds: Int64) -> MembershipAction {
        memberId = ""
        generation = -1
        phase = .away(notBeforeNanoseconds: nowNanoseconds)
        return .lose
    }

    private mutating func backOff() -> Int64 {
        defer { pauseNanoseconds = min(pauseNanoseconds * 2, Self.pauses.upperBound) }
        return pauseNanoseconds
    }
}
