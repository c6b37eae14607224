// What a frame asks for.

/// The command of a request or push. A reply carries its request's command with the top bit set.
///
/// | Codes | For |
/// |---|---|
/// | 1...9 | the connection |
/// | 10...19 | records and subscriptions |
/// | 20...29 | topics |
/// | 30...39 | consumer groups and committed offsets; reserved, no code is assigned yet |
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
    /// Creates a topic.
    case createTopic = 20
    /// Deletes a topic and its records.
    case deleteTopic = 21
    /// Names all topics.
    case listTopics = 22
    /// Tells a topic's options and its partitions' state.
    case describeTopic = 23
    /// Reserved: answered `notSupported`.
    case joinCluster = 40
    /// Reserved: answered `notSupported`.
    case leaveCluster = 41
    /// Asks for the broker's counters.
    case statistics = 50

    /// The bit that makes a reply of a command.
    package static let replyBit: UInt16 = 0x8000
    /// Codes kept free for consumer groups.
    package static let reservedGroupCodes: ClosedRange<UInt16> = 30...39

    /// The command code of this command's reply.
    @inlinable
    package var replyCode: UInt16 { rawValue | Command.replyBit }
}
