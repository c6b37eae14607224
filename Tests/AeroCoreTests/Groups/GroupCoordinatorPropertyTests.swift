// Random lives of groups, against what must always hold.

import AeroCore
import AeroWire
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct GroupCoordinatorPropertyTests {
    /// A member as it sees itself: it believes what it was told, and lets go only when it says so.
    struct Client {
        let instance: String
        let connection: UInt64
        var memberId = ""
        var generation: Int32 = -1
        /// What it is consuming.
        var consuming: Set<TopicPartition> = []
        /// What it was told to consume last.
        var assigned: Set<TopicPartition> = []
        var joining: UInt64?
        var beating: UInt64?
        /// A heartbeat that says it has let go; what it consumes from then on.
        var isAlive = true
    }

    /// One run: clients of one group, with random topics under them.
    struct Life: ~Copyable {
        var random: SplitMix64
        var script: GroupScript
        var clients: [Client] = []
        var strategy: AssignmentStrategy
        var generationMax: Int32 = 0
        /// The newest offset that was accepted of each partition.
        var committed: [TopicPartition: Int64] = [:]
        var nextConnection: UInt64 = 1
        var nextTopic: UInt32 = 3
        var rebalanceCount = 0

        init(seed: UInt64, strategy: AssignmentStrategy) {
            random = SplitMix64(seed: seed)
            self.strategy = strategy
            script = GroupScript(
                topics: [
                    GroupTopic(topicId: 1, name: "t", partitionCount: 7),
                    GroupTopic(topicId: 2, name: "u", partitionCount: 3),
                ])
        }
    }

    @Test(arguments: AssignmentStrategy.allCases)
    func partitionsHaveOneConsumerWhateverHappens(strategy: AssignmentStrategy) {
        for run in 0..<12 {
            var life = Life(seed: TestSeed.current &+ UInt64(run), strategy: strategy)
            for _ in 0..<400 { life.step() }
            life.quieten()
            #expect(life.generationMax > 3, "something happened, seed \(TestSeed.current)")
        }
    }

    /// The same seed gives the same actions in the same order.
    @Test func livesCanBeReplayed() {
        func trace() -> [Int64] {
            var life = Life(seed: TestSeed.current, strategy: .sticky)
            for _ in 0..<300 { life.step() }
            return [Int64(life.script.stored.count), Int64(life.generationMax)]
                + life.clients.map { Int64($0.assigned.count) }
        }
        #expect(trace() == trace())
    }
}

extension GroupCoordinatorPropertyTests.Life {
    private var seed: UInt64 { TestSeed.current }

    mutating func step() {
        switch random.next() % 20 {
        case 0...1: if clients.count(where: \.isAlive) < 6 { start() }
        case 2: if let index = living { stop(index) }
        case 3: if let index = living { die(index) }
        case 4: changeTopics()
        case 5: script.log = random.next() % 2 == 0 ? .durableLater : .durableAtOnce
        case 6: if let index = living { commitAsAZombieMight(index) }
        case 7...10: if let index = living { commit(index) }
        case 11: script.pass(Int64.random(in: 0...4_000_000_000, using: &random))
        default: script.pass(Int64.random(in: 0...300_000_000, using: &random))
        }
        script.sync()
        for index in clients.indices where clients[index].isAlive { follow(index) }
        check()
    }

    private var living: Int? {
        mutating get {
            clients.indices.filter { clients[$0].isAlive }.randomElement(using: &random)
        }
    }

    // MARK: - What clients do

    private mutating func start() {
        // A second one under the same instance id is part of the game.
        let instance = random.next() % 3 == 0 ? "i\(random.next() % 3)" : ""
        clients.append(
            GroupCoordinatorPropertyTests.Client(instance: instance, connection: nextConnection))
        nextConnection += 1
        join(clients.count - 1)
    }

    private mutating func join(_ index: Int) {
        clients[index].joining = script.join(
            memberId: clients[index].memberId, instance: clients[index].instance,
            session: 6_000, rebalance: 3_000, strategy: strategy, topics: ["t", "u"],
            connection: clients[index].connection)
    }

    private mutating func stop(_ index: Int) {
        if !clients[index].memberId.isEmpty { script.leave(clients[index].memberId) }
        end(index)
    }

    /// It is gone without a word; perhaps its connection is seen to break.
    private mutating func die(_ index: Int) {
        if random.next() % 2 == 0 {
            script.coordinator.disconnected(
                ConnectionAddress(shard: 0, token: clients[index].connection), at: script.time)
            script.drain()
        }
        end(index)
    }

    private mutating func end(_ index: Int) {
        clients[index].isAlive = false
        clients[index].consuming = []
    }

    /// Reads what was answered and does what a client has to do.
    private mutating func follow(_ index: Int) {
        if let request = clients[index].joining, let answer = script.answers[request] {
            clients[index].joining = nil
            joined(index, answer)
        }
        if let request = clients[index].beating, let answer = script.answers[request] {
            clients[index].beating = nil
            if case .refused(let code) = answer { refused(index, code) }
        }
        guard clients[index].isAlive, clients[index].joining == nil,
            clients[index].beating == nil, clients[index].generation >= 0,
            // Now and then it is slow, up to being removed for it.
            random.next() % 4 != 0
        else { return }
        clients[index].consuming = clients[index].assigned
        clients[index].beating = script.heartbeat(
            clients[index].memberId, clients[index].generation, wait: 1_000,
            connection: clients[index].connection)
    }

    private mutating func joined(_ index: Int, _ answer: GroupAnswer) {
        guard case .joined(let reply) = answer else {
            if case .refused(let code) = answer { refused(index, code) }
            return
        }
        #expect(reply.generation >= clients[index].generation, "seed \(seed)")
        clients[index].memberId = reply.memberId
        clients[index].generation = reply.generation
        clients[index].assigned = Set(
            reply.assignment.flatMap { topic in
                topic.partitions.map { TopicPartition(topicId: topic.topicId, partition: $0) }
            })
        // It goes on with what it lost until it says so.
        clients[index].consuming.formUnion(clients[index].assigned)
    }

    private mutating func refused(_ index: Int, _ code: ErrorCode) {
        switch code {
        case .groupRebalancing, .staleGeneration: join(index)
        case .unknownMember:
            clients[index].memberId = ""
            clients[index].generation = -1
            clients[index].consuming = []
            clients[index].assigned = []
            join(index)
        case .memberFenced: end(index)
        default: Issue.record("unexpected \(code), seed \(seed)")
        }
    }

    private mutating func commit(_ index: Int) {
        let client = clients[index]
        guard client.generation >= 0,
            let partition = client.consuming.sorted().randomElement(using: &random)
        else { return }
        let offset = (committed[partition] ?? 0) + 1
        let request = script.commit(
            client.memberId, client.generation, [(partition.partition, offset)],
            topicId: partition.topicId)
        script.sync()
        if script.answers[request] == .committed([.ok]) { committed[partition] = offset }
    }

    /// A commit of what the client does not hold must be refused, whoever it believes to be.
    private mutating func commitAsAZombieMight(_ index: Int) {
        let others = clients.indices.filter { $0 != index && clients[$0].isAlive }
        guard let other = others.randomElement(using: &random),
            let partition = clients[other].assigned.subtracting(clients[index].consuming)
                .sorted().randomElement(using: &random), isHeld(partition, by: other)
        else { return }
        let request = script.commit(
            clients[index].memberId, max(clients[index].generation, 0),
            [(partition.partition, 1 << 40)], topicId: partition.topicId)
        script.sync()
        #expect(script.answers[request] != .committed([.ok]), "seed \(seed)")
    }

    /// Whether the coordinator would let this client subscribe to the partition now.
    private func isHeld(_ partition: TopicPartition, by index: Int) -> Bool {
        let admission = script.coordinator.admit(
            group: "g", memberId: clients[index].memberId, generation: clients[index].generation,
            partition)
        if case .admitted = admission { return true }
        return false
    }

    private mutating func changeTopics() {
        let position = Int.random(in: 0..<2, using: &random)
        let old = script.topics[position]
        if random.next() % 2 == 0 {
            script.topics[position] = GroupTopic(
                topicId: old.topicId, name: old.name, partitionCount: old.partitionCount + 1)
        } else {
            script.coordinator.topicDeleted(old.topicId, at: script.time)
            script.topics[position] = GroupTopic(
                topicId: nextTopic, name: old.name,
                partitionCount: UInt32.random(in: 1...9, using: &random))
            nextTopic += 1
            committed = committed.filter { $0.key.topicId != old.topicId }
        }
        script.coordinator.topicChanged(script.topics[position], at: script.time)
        script.drain()
    }

    // MARK: - What must always hold

    private mutating func check() {
        let listing = script.coordinator.list().first
        let generation = listing?.generation ?? 0
        #expect(generation >= generationMax, "a generation went back, seed \(seed)")
        generationMax = generation
        // Those that the coordinator still takes for members never consume the same partition.
        var consumers: [TopicPartition: String] = [:]
        for client in clients where client.isAlive && isMember(client) {
            for partition in client.consuming {
                let other = consumers.updateValue(client.memberId, forKey: partition)
                #expect(other == nil, "\(partition) twice, seed \(seed)")
            }
        }
    }

    private func isMember(_ client: GroupCoordinatorPropertyTests.Client) -> Bool {
        var members: [MemberDescription] = []
        do { members = try script.coordinator.describe("g").members } catch { return false }
        return members.contains { $0.memberId == client.memberId }
    }

    /// When nothing happens any more, the group comes to rest with every partition consumed, the
    /// offsets are those that were accepted, and a restart finds them.
    mutating func quieten() {
        script.log = .durableAtOnce
        script.sync()
        if !clients.contains(where: \.isAlive) { start() }
        for _ in 0..<200 {
            script.pass(200_000_000)
            for index in clients.indices where clients[index].isAlive { follow(index) }
            check()
        }
        #expect(script.coordinator.list().first?.state == .stable, "seed \(seed)")
        let consumed = clients.filter(\.isAlive).flatMap(\.consuming)
        let all = script.topics.flatMap { topic in
            (0..<topic.partitionCount).map {
                TopicPartition(topicId: topic.topicId, partition: $0)
            }
        }
        #expect(consumed.sorted() == all.sorted(), "seed \(seed)")
        let next = script.restarted()
        for (partition, offset) in committed {
            #expect(
                next.offset(partition.partition, topicId: partition.topicId) == offset,
                "seed \(seed)")
        }
        #expect(next.coordinator.list().first?.generation == generationMax, "seed \(seed)")
    }
}
