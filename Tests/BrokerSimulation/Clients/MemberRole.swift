// A member of a group: joins, consumes what it is given, commits, leaves, dies.

import AeroClient
import AeroCore
import AeroWire
import FaultSupport
import TestSupport

/// Consumes what a group gives it; its membership is kept by the client's own state machine.
///
/// Facet: `+Lanes` (what it does with the partitions that it has).
final class MemberRole: ClientRole {
    static let group = "members"

    let plan: SimulationPlan
    let ledger: GroupLedger
    let topics: TopicAccess
    let creditByteCount: Int
    var random: SplitMix64
    var lanes: [MemberLane] = []
    var machine: GroupMembershipStateMachine
    /// Commits under way, by request.
    var commits: [UInt64: (lane: UInt64, name: PartitionName, offset: Int64)] = [:]
    var nextSubscriptionId: UInt64 = 1
    var nextCommitNanoseconds: Int64 = 0
    private var nextLane: UInt64 = 0
    private let sessionMilliseconds: UInt32
    private let rebalanceMilliseconds: UInt32
    private let strategy: AssignmentStrategy
    /// Counts the member's lives: what one asked for is not answered to the next.
    private var memberLife: UInt64 = 0
    private var rejoinNanoseconds: Int64 = 0
    private var nextChangeNanoseconds: Int64
    private var brokerLife = 0
    private weak var lastClient: SimulatedClient?

    /// Contexts of requests for a lane are from here on, those of the membership below.
    static let laneContext: UInt64 = 1 << 32

    init(_ plan: SimulationPlan, number: Int, seed: UInt64, ledger: GroupLedger) {
        self.plan = plan
        self.ledger = ledger
        topics = TopicAccess(plan.topics)
        // All members of a group have to ask for the same.
        var common = SplitMix64(seed: seed, part: 700)
        strategy = common.pick(AssignmentStrategy.allCases)
        random = SplitMix64(seed: seed, part: 701 + UInt64(number))
        sessionMilliseconds = random.pick([500, 1_500, 6_000])
        rebalanceMilliseconds = random.pick([500, 3_000])
        creditByteCount = random.pick([1_000, 20_000, 500_000])
        nextChangeNanoseconds = random.drawTime(0...3_000_000_000)
        machine = GroupMembershipStateMachine(
            sessionTimeoutNanoseconds: Int64(sessionMilliseconds) * 1_000_000, isStatic: false)
    }

    var nextDueNanoseconds: Int64 {
        let lane = lanes.filter { $0.state == .none }.map(\.notBeforeNanoseconds).min() ?? .max
        let isCommitDue = lanes.contains { $0.uncommittedOffset != nil && !$0.isCommitting }
        let membership = machine.hasEnded ? rejoinNanoseconds : machine.nextDueNanoseconds
        return min(
            lane, membership, nextChangeNanoseconds, isCommitDue ? nextCommitNanoseconds : .max)
    }

    /// The group has been given everything that anybody knows of.
    var isDone: Bool {
        guard let client = lastClient, topics.isComplete else { return false }
        return models(client).allSatisfy(ledger.isThrough)
    }

    var unfinished: String {
        guard let client = lastClient, topics.isComplete else { return " does not know its topics" }
        let missing = models(client).filter { !ledger.isThrough($0) }.map { "\($0.name)" }
        let own = lanes.map {
            "\($0.name) \($0.state) at \($0.nextOffset ?? -1)\($0.isLeaving ? " leaving" : "")"
        }
        return " of generation \(machine.generation) has \(own), and the group lacks \(missing)"
    }

    private func models(_ client: SimulatedClient) -> [PartitionModel] {
        plan.topics.enumerated().flatMap { index, topic in
            (0..<topic.partitionCount).map { partition in
                client.simulation.model(
                    client.simulation.partitionName(
                        client, topics.id(index) ?? 0, partition, topic), topic)
            }
        }
    }

    // MARK: - Connection

    func ready(_ client: SimulatedClient) {
        lastClient = client
        if client.brokerLife != brokerLife {
            // Its numbers of topics in memory may be others.
            brokerLife = client.brokerLife
            lanes.removeAll()
        }
        forgetConnection()
        machine.connected(nowNanoseconds: client.nowNanoseconds)
    }

    func lost(_ client: SimulatedClient) {
        forgetConnection()
        machine.disconnected()
    }

    private func forgetConnection() {
        topics.reset()
        commits.removeAll()
        for index in lanes.indices { lanes[index].disconnected() }
    }

    // MARK: - Acting

    func act(_ client: SimulatedClient) {
        topics.act(client)
        if machine.hasEnded, client.nowNanoseconds >= rejoinNanoseconds { beginAnew(client) }
        advanceMembership(client)
        advanceLanes(client)
        if !lanes.contains(where: \.isLeaving) {
            machine.released(nowNanoseconds: client.nowNanoseconds)
        }
        changeNowAndThen(client)
    }

    /// True while it may ask for partitions and commit.
    var isMember: Bool { machine.isMember && !machine.hasEnded }

    private func beginAnew(_ client: SimulatedClient) {
        dropLanes(client)
        memberLife += 1
        machine = GroupMembershipStateMachine(
            sessionTimeoutNanoseconds: Int64(sessionMilliseconds) * 1_000_000, isStatic: false)
        machine.connected(nowNanoseconds: client.nowNanoseconds)
    }

    private func advanceMembership(_ client: SimulatedClient) {
        while let action = machine.nextAction(nowNanoseconds: client.nowNanoseconds) {
            let isSent: Bool
            switch action {
            case .lose:
                dropLanes(client)
                continue
            case .join(let memberId):
                isSent = request(
                    JoinGroupRequest(
                        group: Self.group, memberId: memberId,
                        clientId: "client-\(client.number)",
                        sessionTimeoutMilliseconds: sessionMilliseconds,
                        rebalanceTimeoutMilliseconds: rebalanceMilliseconds, strategy: strategy,
                        topics: plan.topics.map(\.name)), client)
            case .heartbeat(let memberId, let generation, let wait):
                isSent = request(
                    HeartbeatGroupRequest(
                        group: Self.group, memberId: memberId, generation: generation,
                        maxWaitMilliseconds: random.percent(50) ? wait : 0), client)
            case .leave(let memberId):
                isSent = request(
                    LeaveGroupRequest(group: Self.group, memberId: memberId), client)
            }
            guard isSent else {
                machine.requestFailed(nowNanoseconds: client.nowNanoseconds + 20_000_000)
                return
            }
        }
    }

    private func request(_ payload: some RequestPayload, _ client: SimulatedClient) -> Bool {
        let admission = client.session.request(
            payload, context: TopicAccess.contextEnd + memberLife,
            nowNanoseconds: client.nowNanoseconds)
        if case .admitted = admission { return true }
        return false
    }

    /// Leaves in order, or dies: nobody is told, and what it had stays taken for a while.
    private func changeNowAndThen(_ client: SimulatedClient) {
        guard client.nowNanoseconds >= nextChangeNanoseconds else { return }
        nextChangeNanoseconds =
            client.nowNanoseconds + random.drawTime(300_000_000...4_000_000_000)
        guard !client.simulation.isQuiescing else {
            nextChangeNanoseconds = .max
            return
        }
        guard machine.isMember else { return }
        rejoinNanoseconds = client.nowNanoseconds + random.drawTime(0...1_000_000_000)
        if random.percent(50) {
            dropLanes(client)
            machine.stop(isOrderly: true)
        } else {
            lanes.removeAll()
            machine.stop(isOrderly: false)
            // What nobody takes holds producers back until the broker has given the member up, and
            // a connection that is not read from for so long may be taken for dead.
            client.simulation.disturb(
                until: client.nowNanoseconds + Int64(sessionMilliseconds) * 1_000_000)
        }
    }

    // MARK: - Answers

    func answered(
        _ client: SimulatedClient, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        if topics.answered(client, request, answer) { return }
        switch (request.command, answer) {
        case (.ping, _): break
        case (.joinGroup, _), (.heartbeatGroup, _), (.leaveGroup, _):
            guard request.context == TopicAccess.contextEnd + memberLife else { return }
            membershipAnswered(client, request, answer)
        case (.commitOffsets, _): committed(client, request, answer)
        case (.subscribe, _): subscribed(client, request, answer)
        case (.unsubscribe, _): unsubscribed(request)
        default: break
        }
    }

    private func membershipAnswered(
        _ client: SimulatedClient, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        let now = client.nowNanoseconds
        switch (request.command, answer) {
        case (.joinGroup, .success(let payload)):
            client.decode(JoinGroupReply.self, payload) { joined($0, client) }
        case (.heartbeatGroup, .success): machine.heartbeatAnswered(nowNanoseconds: now)
        case (.leaveGroup, _): machine.left()
        case (_, .refused(let code, _)):
            guard let end = machine.refused(code, nowNanoseconds: now) else { return }
            dropLanes(client)
            rejoinNanoseconds = now + 200_000_000
            guard end != .logFailed, end != .logDamaged else { return }
            client.simulation.violate("member \(client.number) was refused with \(end)")
        default: break
        }
    }

    private func joined(_ reply: JoinGroupReply, _ client: SimulatedClient) {
        // One that leaves meanwhile takes nothing on any more.
        guard !machine.hasEnded else { return }
        machine.joined(reply)
        guard machine.memberId == reply.memberId else { return }
        var wanted: [(partition: TopicPartition, topic: Int)] = []
        for topic in reply.assignment {
            guard let index = plan.topics.firstIndex(where: { $0.name == topic.topic }) else {
                client.simulation.violate("a member was given \(topic.topic)")
                continue
            }
            for partition in topic.partitions {
                wanted.append(
                    (TopicPartition(topicId: topic.topicId, partition: partition), index))
            }
        }
        ledger.assigned(
            wanted.map(\.partition), to: reply.memberId, generation: reply.generation,
            life: client.brokerLife)
        for index in lanes.indices where !lanes[index].isLeaving {
            let partition = lanes[index].partition
            if let known = wanted.firstIndex(where: { $0.partition == partition }) {
                wanted.remove(at: known)
            } else {
                lanes[index].isLeaving = true
            }
        }
        for (partition, index) in wanted {
            nextLane += 1
            lanes.append(
                MemberLane(
                    number: nextLane, topic: index, partition: partition,
                    name: client.simulation.partitionName(
                        client, partition.topicId, partition.partition, plan.topics[index])))
        }
    }

    func failed(_ client: SimulatedClient, _ request: PendingRequest, _ cause: RequestFailure) {
        if topics.failed(request) { return }
        switch request.command {
        case .joinGroup, .heartbeatGroup, .leaveGroup:
            guard request.context == TopicAccess.contextEnd + memberLife else { return }
            machine.requestFailed(nowNanoseconds: client.nowNanoseconds)
        default: break
        }
    }

    /// A subscription of a partition that went to another member, or of a life before this one.
    func ended(_ client: SimulatedClient, _ subscriptionId: UInt64, _ code: ErrorCode) -> Bool {
        if let index = lanes.firstIndex(where: { $0.subscriptionId == subscriptionId }) {
            lanes[index].disconnected()
            lanes[index].notBeforeNanoseconds = client.nowNanoseconds + 50_000_000
        }
        return code == .unknownMember
    }
}
