// What an assignment strategy is given, and the one entrance to all of them.

package import AeroWire

/// A topic that members of a group want to consume.
package struct GroupTopic: Hashable, Sendable {
    /// The topic's number.
    package let topicId: UInt32
    /// The topic's name; strategies go by it, so that they decide alike after a restart.
    package let name: String
    /// How many partitions it has.
    package let partitionCount: UInt32
    /// The machine room of each partition; empty when the partitions are in none.
    package let machineRooms: [String]

    /// - Parameter machineRooms: One for each partition, or none.
    package init(
        topicId: UInt32, name: String, partitionCount: UInt32, machineRooms: [String] = []
    ) {
        precondition(
            machineRooms.isEmpty || machineRooms.count == Int(partitionCount),
            "every partition is in a machine room, or none is")
        self.topicId = topicId
        self.name = name
        self.partitionCount = partitionCount
        self.machineRooms = machineRooms
    }
}

/// A member of a group as strategies see it.
package struct AssignmentMember: Sendable {
    /// What it is told apart by, the same over its restarts where it has such a name.
    package let name: String
    /// The machine room it runs in; may be empty.
    package let machineRoom: String
    /// The names of the topics it consumes.
    package let topics: Set<String>
    /// What it had before.
    package let previous: [TopicPartition]

    /// Makes a member from its fields.
    package init(
        name: String, machineRoom: String = "", topics: Set<String>,
        previous: [TopicPartition] = []
    ) {
        self.name = name
        self.machineRoom = machineRoom
        self.topics = topics
        self.previous = previous
    }
}

/// Shares partitions out among the members of a group. Pure: the same input, in any order of
/// members and topics, gives the same answer.
package enum AssignmentPlan {
    /// Who gets what.
    ///
    /// In clustering mode every partition of a topic that anybody consumes goes to exactly one of
    /// those who do. In broadcasting mode everybody gets all of its topics.
    ///
    /// - Returns: One list for each member, in the order of `members`; each ascending.
    /// - Complexity: O(members x topics + partitions x log).
    package static func make(
        _ strategy: AssignmentStrategy, mode: GroupMode = .clustering,
        members: [AssignmentMember], topics: [GroupTopic]
    ) -> [[TopicPartition]] {
        let topics = topics.sorted { $0.name < $1.name }
        if mode == .broadcasting {
            return members.map { member in
                topics.filter { member.topics.contains($0.name) }.flatMap(\.partitions).sorted()
            }
        }
        let order = members.indices.sorted { members[$0].name < members[$1].name }
        let pools = PartitionPool.make(order, members, topics)
        var shares = [[TopicPartition]](repeating: [], count: members.count)
        for pool in pools {
            switch strategy {
            case .averagely: AverageAssignment.share(pool, into: &shares)
            case .byCircle: CircleAssignment.share(pool, into: &shares)
            case .consistentHash:
                ConsistentHashAssignment.share(pool, members, into: &shares)
            case .sticky: StickyAssignment.share(pool, members, into: &shares)
            case .machineRoom: MachineRoomAssignment.share(pool, members, into: &shares)
            }
        }
        return shares.map { $0.sorted() }
    }
}

/// Partitions with the same candidates: what is balanced is balanced within a pool.
internal struct PartitionPool {
    /// One partition and what strategies go by.
    struct Place {
        let partition: TopicPartition
        let topic: String
        let machineRoom: String
    }

    /// Indices of the members that consume these topics, by name; not empty.
    let candidates: [Int]
    /// The partitions, by topic name and number.
    let places: [Place]

    /// One pool for each set of members that share the same topics.
    static func make(
        _ order: [Int], _ members: [AssignmentMember], _ topics: [GroupTopic]
    ) -> [PartitionPool] {
        var poolIndex: [[Int]: Int] = [:]
        var candidates: [[Int]] = []
        var places: [[Place]] = []
        for topic in topics {
            let interested = order.filter { members[$0].topics.contains(topic.name) }
            guard !interested.isEmpty else { continue }
            let index = poolIndex[interested] ?? candidates.count
            if index == candidates.count {
                poolIndex[interested] = index
                candidates.append(interested)
                places.append([])
            }
            places[index] += topic.partitions.map { partition in
                let room =
                    topic.machineRooms.isEmpty
                    ? "" : topic.machineRooms[Int(partition.partition)]
                return Place(partition: partition, topic: topic.name, machineRoom: room)
            }
        }
        return zip(candidates, places).map { PartitionPool(candidates: $0, places: $1) }
    }
}

extension GroupTopic {
    internal var partitions: [TopicPartition] {
        (0..<partitionCount).map { TopicPartition(topicId: topicId, partition: $0) }
    }
}
