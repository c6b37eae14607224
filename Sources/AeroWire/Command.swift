// What a frame asks for.

/// The command of a request or push. A reply carries its request's command with the top bit set.
///
/// | Codes | For |
/// |---|---|
/// | 1...9 | the connection |
/// | 10...19 | records and subscriptions |
/// | 20...29 | topics |
/// | 30...39 | consumer groups and committed offsets |
/// | 40...49 | the cluster; answered `notSupported` until there is one |
/// | 50...59 | observation |
package enum Command: UInt16, CaseIterable, Sendable {
    /// Opens the session; must be a connection's first frame.
    case connect = 1
    /// Closes the session once what is in flight has been answered.
    case disconnect = 2
    /// Proves that the peer is alive.
    case ping = 3
    /// Appends one record batch to a partition.
    case send = 10
    /// Reads batches from an offset, waiting for them if asked to.
    case fetch = 11
    /// Asks for batches to be pushed, within credit.
    case subscribe = 12
    /// Grants a subscription more bytes. One-way.
    case credit = 13
    /// Tells how far a subscription has been worked off. One-way when the request id is 0.
    case acknowledge = 14
    /// Ends a subscription.
    case unsubscribe = 15
    /// Carries batches of a subscription, from broker to client. One-way.
    case deliver = 16
    /// Asks for the first and the next offset of a partition.
    case listOffsets = 17
    /// Asks for a producer id, so that repeated batches are told apart from new ones.
    case initProducer = 18
    /// Deletes the records of a partition below an offset.
    case deleteRecords = 19
    /// Creates a topic.
    case createTopic = 20
    /// Deletes a topic and its records.
    case deleteTopic = 21
    /// Names all topics.
    case listTopics = 22
    /// Tells a topic's options and its partitions' state.
    case describeTopic = 23
    /// Changes a topic's settings.
    case alterTopic = 24
    /// Asks for the first record of a partition at or after a time.
    case findOffset = 25
    /// Enters a consumer group, or asks it for the current assignment.
    case joinGroup = 30
    /// Proves that a member of a group is alive, and learns whether the group rebalances.
    case heartbeatGroup = 31
    /// Leaves a group.
    case leaveGroup = 32
    /// Stores how far a group has worked partitions off.
    case commitOffsets = 33
    /// Asks how far a group has worked partitions off.
    case fetchOffsets = 34
    /// Names all groups.
    case listGroups = 35
    /// Tells a group's members, assignment and offsets.
    case describeGroup = 36
    /// Deletes a group without members, and its offsets.
    case deleteGroup = 37
    /// Reserved: answered `notSupported`.
    case joinCluster = 40
    /// Reserved: answered `notSupported`.
    case leaveCluster = 41
    /// Asks for the broker's counters.
    case statistics = 50
    /// Tells when the batches behind it were handed to the kernel. One-way.
    case markSend = 51
    /// Carries the times of a batch that is delivered next, from broker to client. One-way.
    case stageTimes = 52

    /// The bit that makes a reply of a command.
    package static let replyBit: UInt16 = 0x8000

    /// The command code of this command's reply.
    @inlinable
    package var replyCode: UInt16 { rawValue | Command.replyBit }
}
