// Assignment strategies against what they promise, on random groups.

import AeroCore
import AeroWire
import TestSupport
import Testing

@Suite struct AssignmentPlanTests {
    /// A random group.
    struct Sample {
        var members: [AssignmentMember]
        var topics: [GroupTopic]

        static let rooms = ["", "east", "west", "north"]

        init(_ random: inout SplitMix64, isUniform: Bool) {
            let names = (0..<Int.random(in: 1...4, using: &random)).map { "topic-\($0)" }
            topics = names.enumerated().map { number, name in
                let count = UInt32.random(in: 1...40, using: &random)
                let hasRooms = Bool.random(using: &random)
                return GroupTopic(
                    topicId: UInt32(number) + 1, name: name, partitionCount: count,
                    machineRooms: hasRooms
                        ? (0..<count).map { _ in Self.rooms.randomElement(using: &random) ?? "" }
                        : [])
            }
            members = (0..<Int.random(in: 1...12, using: &random)).map { number in
                let wanted = names.filter { _ in isUniform || Bool.random(using: &random) }
                return AssignmentMember(
                    name: "m\(number)", machineRoom: Self.rooms.randomElement(using: &random) ?? "",
                    topics: Set(wanted))
            }
        }

        func plan(_ strategy: AssignmentStrategy) -> [[TopicPartition]] {
            AssignmentPlan.make(strategy, members: members, topics: topics)
        }

        /// The same members with what `shares` gave them as what they had before.
        func remembering(_ shares: [[TopicPartition]]) -> [AssignmentMember] {
            zip(members, shares).map {
                AssignmentMember(
                    name: $0.name, machineRoom: $0.machineRoom, topics: $0.topics, previous: $1)
            }
        }

        func name(of topicId: UInt32) -> String {
            topics.first { $0.topicId == topicId }?.name ?? ""
        }

        var wantedPartitions: Set<TopicPartition> {
            let wanted = topics.filter { topic in
                members.contains { $0.topics.contains(topic.name) }
            }
            return Set(
                wanted.flatMap { topic in
                    (0..<topic.partitionCount).map {
                        TopicPartition(topicId: topic.topicId, partition: $0)
                    }
                })
        }
    }

    private func eachSample(
        isUniform: Bool = false, _ body: (Sample, inout SplitMix64) throws -> Void
    ) rethrows {
        var random = SplitMix64(seed: TestSeed.current)
        for _ in 0..<150 {
            let sample = Sample(&random, isUniform: isUniform)
            try body(sample, &random)
        }
    }

    @Test(arguments: AssignmentStrategy.allCases)
    func everyPartitionGoesToExactlyOneOfThoseWhoWantIt(strategy: AssignmentStrategy) {
        eachSample { sample, _ in
            let shares = sample.plan(strategy)
            let all = shares.flatMap { $0 }
            #expect(all.count == Set(all).count, "twice, seed \(TestSeed.current)")
            #expect(Set(all) == sample.wantedPartitions, "seed \(TestSeed.current)")
            for (member, share) in zip(sample.members, shares) {
                #expect(share == share.sorted())
                #expect(share.allSatisfy { member.topics.contains(sample.name(of: $0.topicId)) })
            }
        }
    }

    @Test(arguments: AssignmentStrategy.allCases)
    func theOrderOfTheInputDoesNotMatter(strategy: AssignmentStrategy) {
        eachSample { sample, random in
            let shares = sample.plan(strategy)
            let order = sample.members.indices.shuffled(using: &random)
            let shuffled = AssignmentPlan.make(
                strategy, members: order.map { sample.members[$0] },
                topics: sample.topics.shuffled(using: &random))
            #expect(shuffled == order.map { shares[$0] }, "seed \(TestSeed.current)")
        }
    }

    @Test(arguments: [AssignmentStrategy.averagely, .byCircle, .sticky])
    func sharesAreEqualWithinOne(strategy: AssignmentStrategy) {
        eachSample(isUniform: true) { sample, _ in
            let counts = sample.plan(strategy).map(\.count)
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "seed \(TestSeed.current)")
        }
    }

    @Test func averagelyGivesRanges() {
        eachSample(isUniform: true) { sample, _ in
            let inOrder = sample.plan(.averagely).enumerated().sorted {
                sample.members[$0.offset].name < sample.members[$1.offset].name
            }.flatMap(\.element)
            #expect(inOrder == inOrder.sorted(), "seed \(TestSeed.current)")
        }
    }

    @Test func byCircleGoesRound() {
        let topic = GroupTopic(topicId: 7, name: "t", partitionCount: 5)
        let members = ["b", "a"].map { AssignmentMember(name: $0, topics: ["t"]) }
        let shares = AssignmentPlan.make(.byCircle, members: members, topics: [topic])
        #expect(shares.map { $0.map(\.partition) } == [[1, 3], [0, 2, 4]])
    }

    /// Whatever the members had: as much of it stays as any balanced assignment lets stay.
    @Test func stickyMovesNoMoreThanBalanceNeeds() {
        eachSample(isUniform: true) { sample, random in
            var owners: [[TopicPartition]] = sample.members.map { _ in [] }
            for partition in sample.wantedPartitions.sorted() {
                // Some are nobody's: of a member that left, or of new partitions.
                let owner = Int.random(in: 0...owners.count, using: &random)
                if owner < owners.count { owners[owner].append(partition) }
            }
            let shares = AssignmentPlan.make(
                .sticky, members: sample.remembering(owners), topics: sample.topics)
            let kept = zip(owners, shares).reduce(0) { sum, pair in
                sum + Set(pair.0).intersection(pair.1).count
            }
            let (length, rest) = sample.wantedPartitions.count.quotientAndRemainder(
                dividingBy: owners.count)
            let best =
                owners.reduce(0) { $0 + min($1.count, length) }
                + min(rest, owners.count { $0.count > length })
            #expect(kept == best, "seed \(TestSeed.current)")
        }
    }

    @Test func stickyChangesNothingWithoutNeed() {
        eachSample { sample, _ in
            let first = sample.plan(.sticky)
            let second = AssignmentPlan.make(
                .sticky, members: sample.remembering(first), topics: sample.topics)
            #expect(second == first, "seed \(TestSeed.current)")
        }
    }

    @Test func consistentHashMovesOnlyWhatIsOfTheMemberThatLeaves() {
        eachSample(isUniform: true) { sample, random in
            guard sample.members.count > 1 else { return }
            let before = sample.plan(.consistentHash)
            let leaver = Int.random(in: sample.members.indices, using: &random)
            var rest = sample.members
            rest.remove(at: leaver)
            let after = AssignmentPlan.make(
                .consistentHash, members: rest, topics: sample.topics)
            var remaining = before
            remaining.remove(at: leaver)
            for (old, new) in zip(remaining, after) {
                #expect(Set(new).isSuperset(of: old), "seed \(TestSeed.current)")
            }
        }
    }

    @Test func consistentHashIsNotFarFromEven() {
        let topic = GroupTopic(topicId: 1, name: "t", partitionCount: 10_000)
        let members = (0..<8).map { AssignmentMember(name: "member-\($0)", topics: ["t"]) }
        let counts = AssignmentPlan.make(.consistentHash, members: members, topics: [topic])
            .map(\.count)
        #expect(counts.allSatisfy { (625...2_500).contains($0) }, "\(counts)")
    }

    @Test func partitionsStayInTheirMachineRoom() {
        eachSample { sample, _ in
            let shares = sample.plan(.machineRoom)
            for (member, share) in zip(sample.members, shares) {
                for partition in share {
                    guard
                        let topic = sample.topics.first(where: { $0.topicId == partition.topicId })
                    else { continue }
                    let room =
                        topic.machineRooms.isEmpty
                        ? "" : topic.machineRooms[Int(partition.partition)]
                    let hasNeighbour = sample.members.contains {
                        !room.isEmpty && $0.machineRoom == room && $0.topics.contains(topic.name)
                    }
                    #expect(!hasNeighbour || member.machineRoom == room)
                }
            }
        }
    }

    @Test func machineRoomsWithoutMembersAreEverybodys() {
        let topic = GroupTopic(
            topicId: 1, name: "t", partitionCount: 6,
            machineRooms: ["a", "a", "b", "b", "c", "c"])
        let members = [("1", "a"), ("2", "a"), ("3", "b")].map {
            AssignmentMember(name: $0.0, machineRoom: $0.1, topics: ["t"])
        }
        let shares = AssignmentPlan.make(.machineRoom, members: members, topics: [topic])
        #expect(shares.map { $0.map(\.partition) } == [[0, 4], [1, 5], [2, 3]])
    }

    @Test func broadcastingGivesEverythingToEverybody() {
        eachSample { sample, _ in
            let shares = AssignmentPlan.make(
                .averagely, mode: .broadcasting, members: sample.members, topics: sample.topics)
            for (member, share) in zip(sample.members, shares) {
                let own = sample.wantedPartitions.filter {
                    member.topics.contains(sample.name(of: $0.topicId))
                }
                #expect(share == own.sorted(), "seed \(TestSeed.current)")
            }
        }
    }
}
