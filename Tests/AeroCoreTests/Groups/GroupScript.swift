// A coordinator with a log and a clock that tests control, and what it answered.

import AeroCore
import AeroWire
import Testing

/// What was asked of a coordinator and what came of it.
struct GroupScript: ~Copyable {
    /// What the log does with what is appended.
    enum Log {
        case durableAtOnce
        /// Stored, and durable when `sync` is called.
        case durableLater
        case refusing(ErrorCode)
    }

    var coordinator: GroupCoordinator
    var log = Log.durableAtOnce
    var nanoseconds: Int64 = 1_000
    /// Everything that was stored, for a restart.
    private(set) var stored: [GroupRecord] = []
    private(set) var answers: [UInt64: GroupAnswer] = [:]
    private(set) var endedSubscriptions: [(memberId: String, partition: TopicPartition)] = []
    private(set) var forgotten: [String] = []
    private var waitingTickets: [UInt64] = []
    private var nextRequest: UInt64 = 1
    var topics: [GroupTopic]

    static let second: Int64 = 1_000_000_000
    /// A topic of this number is in memory only.
    static let volatileTopicId: UInt32 = 99

    init(
        limits: GroupLimits = GroupLimits(), epoch: UInt64 = 0xE,
        topics: [GroupTopic] = [GroupTopic(topicId: 1, name: "t", partitionCount: 4)]
    ) {
        coordinator = GroupCoordinator(limits: limits, epoch: epoch)
        self.topics = topics
    }

    var time: GroupTime {
        GroupTime(
            nanoseconds: nanoseconds, milliseconds: 1_700_000_000_000 + nanoseconds / 1_000_000)
    }

    /// Lets time pass, tick by tick.
    mutating func pass(_ duration: Int64) {
        let end = nanoseconds + duration
        while nanoseconds < end {
            nanoseconds = min(max(coordinator.nextDueNanoseconds, nanoseconds + 1), end)
            coordinator.tick(at: time)
            drain()
        }
    }

    /// Long enough for a rebalance that was scheduled now.
    mutating func passRebalanceDelay() { pass(GroupLimits().rebalanceDelayNanoseconds) }

    mutating func sync() {
        let tickets = waitingTickets
        waitingTickets = []
        for ticket in tickets { coordinator.durable(ticket) }
        drain()
    }

    mutating func drain() {
        while let action = coordinator.nextAction() {
            switch action {
            case .answer(let origin, _, let answer):
                if answers[origin.requestId] != nil {
                    Issue.record("request \(origin.requestId) was answered twice")
                }
                answers[origin.requestId] = answer
            case .append(let ticket, let records): append(ticket, records)
            case .endSubscription(_, let memberId, let partition):
                endedSubscriptions.append((memberId, partition))
            case .forget(let group): forgotten.append(group)
            }
        }
    }

    private mutating func append(_ ticket: UInt64, _ records: [GroupRecord]) {
        switch log {
        case .durableAtOnce:
            stored += records
            coordinator.stored(ticket)
            coordinator.durable(ticket)
        case .durableLater:
            stored += records
            coordinator.stored(ticket)
            waitingTickets.append(ticket)
        case .refusing(let code): coordinator.refused(ticket, code)
        }
    }

    mutating func origin(_ connection: UInt64 = 1) -> RequestOrigin {
        defer { nextRequest += 1 }
        return RequestOrigin(
            connection: ConnectionAddress(shard: 0, token: connection), requestId: nextRequest)
    }

    // MARK: - Requests, each answering its id

    @discardableResult
    mutating func join(
        _ group: String = "g", memberId: String = "", instance: String = "", room: String = "",
        session: UInt32 = 10_000, rebalance: UInt32 = 20_000,
        strategy: AssignmentStrategy = .sticky, mode: GroupMode = .clustering,
        topics wanted: [String] = ["t"], connection: UInt64 = 1
    ) -> UInt64 {
        let origin = origin(connection)
        let request = JoinGroupRequest(
            group: group, memberId: memberId, instanceId: instance, clientId: "c",
            machineRoom: room, sessionTimeoutMilliseconds: session,
            rebalanceTimeoutMilliseconds: rebalance, strategy: strategy, mode: mode,
            topics: wanted)
        coordinator.join(
            GroupJoin(
                request: request, origin: origin, address: "10.0.0.1:1",
                topics: topics.filter { wanted.contains($0.name) }), at: time)
        drain()
        return origin.requestId
    }

    @discardableResult
    mutating func heartbeat(
        _ memberId: String, _ generation: Int32, group: String = "g", wait: UInt32 = 0,
        connection: UInt64 = 1
    ) -> UInt64 {
        let origin = origin(connection)
        coordinator.heartbeat(
            HeartbeatGroupRequest(
                group: group, memberId: memberId, generation: generation,
                maxWaitMilliseconds: wait), origin, at: time)
        drain()
        return origin.requestId
    }

    @discardableResult
    mutating func leave(_ memberId: String, group: String = "g") -> UInt64 {
        let origin = origin()
        coordinator.leave(LeaveGroupRequest(group: group, memberId: memberId), origin, at: time)
        drain()
        return origin.requestId
    }

    @discardableResult
    mutating func commit(
        _ memberId: String, _ generation: Int32, _ offsets: [(UInt32, Int64)],
        group: String = "g", topicId: UInt32 = 1
    ) -> UInt64 {
        let origin = origin()
        let topics = topics
        coordinator.commit(
            CommitOffsetsRequest(
                group: group, memberId: memberId, generation: generation,
                offsets: offsets.map {
                    OffsetCommit(topicId: topicId, partition: $0.0, offset: $0.1)
                }), origin, at: time,
            keeping: { partition in
                let isKnown = topics.contains {
                    $0.topicId == partition.topicId && partition.partition < $0.partitionCount
                }
                return isKnown
                    ? (partition.topicId == Self.volatileTopicId ? .whileRunning : .forGood) : nil
            })
        drain()
        return origin.requestId
    }

    /// Commits as somebody who is no member.
    @discardableResult
    mutating func toolCommit(
        _ offsets: [(UInt32, Int64)], group: String = "g", topicId: UInt32 = 1
    ) -> UInt64 {
        commit("", -1, offsets, group: group, topicId: topicId)
    }

    @discardableResult
    mutating func delete(_ group: String = "g") -> UInt64 {
        let origin = origin()
        coordinator.delete(group, origin)
        drain()
        return origin.requestId
    }

    // MARK: - What was answered

    func joined(_ request: UInt64) throws -> JoinGroupReply {
        guard case .joined(let reply)? = answers[request] else {
            throw NotJoined(answer: answers[request])
        }
        return reply
    }

    func offset(_ partition: UInt32, group: String = "g", topicId: UInt32 = 1) -> Int64? {
        let admission = coordinator.admit(
            group: group, memberId: "", generation: -1,
            TopicPartition(topicId: topicId, partition: partition))
        guard case .admitted(let offset) = admission else { return nil }
        return offset
    }

    /// A new coordinator that has read what this one stored.
    func restarted() -> GroupScript {
        var next = GroupScript(epoch: 0xF, topics: topics)
        for record in stored { next.coordinator.restore(record) }
        return next
    }
}

struct NotJoined: Error {
    let answer: GroupAnswer?
}

extension JoinGroupReply {
    /// The partitions of all topics, by number.
    var partitions: [UInt32] { assignment.flatMap(\.partitions).sorted() }
}
