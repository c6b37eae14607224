// One member of a group, as its coordinator knows it.

package import AeroWire

/// A request to join, with what the broker adds to it.
package struct GroupJoin: Sendable {
    /// What the client asks for.
    package let request: JoinGroupRequest
    /// Where the answer goes.
    package let origin: RequestOrigin
    /// Where the client connects from, for people.
    package let address: String
    /// Those of the request's topics that exist.
    package let topics: [GroupTopic]

    /// Makes a join from its parts.
    package init(
        request: JoinGroupRequest, origin: RequestOrigin, address: String, topics: [GroupTopic]
    ) {
        self.request = request
        self.origin = origin
        self.address = address
        self.topics = topics
    }
}

/// A member.
internal struct GroupMember {
    /// A heartbeat whose answer waits for news.
    struct ParkedHeartbeat {
        let origin: RequestOrigin
        let deadlineNanoseconds: Int64
    }

    var id: String
    let instanceId: String
    var clientId: String
    var address: String
    /// The connection that it was last heard on.
    var connection: ConnectionAddress
    var machineRoom: String
    var topics: Set<String>
    var sessionTimeoutNanoseconds: Int64
    var rebalanceTimeoutNanoseconds: Int64
    /// Ids that others took over from: who uses them is fenced.
    // BOUND: `formerIdCountMax`, the oldest go first.
    var formerIds: [String] = []

    /// The generation it was last told; -1 before the first.
    var generation: Int32 = -1
    /// What it is to have by the group's generation, ascending.
    var target: [TopicPartition] = []
    /// What it was last told to consume: of `target` what nobody else held.
    var assigned: Set<TopicPartition> = []
    /// What it may still be consuming: `assigned`, and what it has not let go of yet.
    var held: Set<TopicPartition> = []
    /// True when it has let go of everything that is not assigned to it.
    var isSettled = true
    /// True until `target` takes its wishes into account.
    var isWaitingForTarget = true

    var sessionDeadlineNanoseconds: Int64 = .max
    /// When it must have taken the group's generation on; `.max` when it has.
    var rebalanceDeadlineNanoseconds: Int64 = .max
    var parkedJoin: RequestOrigin?
    var parkedHeartbeat: ParkedHeartbeat?

    static let formerIdCountMax = 16

    init(id: String, _ join: GroupJoin) {
        let request = join.request
        self.id = id
        instanceId = request.instanceId
        clientId = request.clientId
        address = join.address
        connection = join.origin.connection
        machineRoom = request.machineRoom
        topics = Set(request.topics)
        sessionTimeoutNanoseconds = Int64(request.sessionTimeoutMilliseconds) * 1_000_000
        rebalanceTimeoutNanoseconds = Int64(request.rebalanceTimeoutMilliseconds) * 1_000_000
    }

    /// What strategies tell it apart by: the same over restarts of a static member.
    var assignmentName: String { instanceId.isEmpty ? "d:\(id)" : "s:\(instanceId)" }

    /// How many partitions it will get once others have let go of them.
    var awaitedPartitionCount: Int { target.count - assigned.count }

    /// It was heard of.
    mutating func renewSession(_ time: GroupTime, on connection: ConnectionAddress) {
        self.connection = connection
        sessionDeadlineNanoseconds = time.nanoseconds + sessionTimeoutNanoseconds
    }

    /// Takes over what a repeated request to join says.
    ///
    /// - Returns: Whether partitions have to be shared out anew for it.
    mutating func update(_ join: GroupJoin) -> Bool {
        let request = join.request
        let topics = Set(request.topics)
        let isChanged = topics != self.topics || request.machineRoom != machineRoom
        self.topics = topics
        machineRoom = request.machineRoom
        clientId = request.clientId
        address = join.address
        sessionTimeoutNanoseconds = Int64(request.sessionTimeoutMilliseconds) * 1_000_000
        rebalanceTimeoutNanoseconds = Int64(request.rebalanceTimeoutMilliseconds) * 1_000_000
        return isChanged
    }

    /// Gives the member a new id, and remembers the old one as fenced.
    mutating func replaceId(by id: String) {
        formerIds.append(self.id)
        if formerIds.count > Self.formerIdCountMax { formerIds.removeFirst() }
        self.id = id
        // The one that comes has nothing yet.
        generation = -1
        assigned = []
        held = []
        isSettled = true
    }
}
