// The published table of codes that a reply can carry.

/// The outcome of a request. Numbers are part of the protocol: they are added, never changed.
///
/// | Code | Name | Retry | Meaning |
/// |---:|---|---|---|
/// | 0 | ok | | carried out |
/// | 1 | internalError | no | the broker broke a promise; its log says more |
/// | 2 | notSupported | no | known to the protocol, not to this broker |
/// | 3 | shuttingDown | yes | the broker is stopping; nothing was changed |
/// | 4 | requestTimedOut | yes | not done in the request's time; may have been done since |
/// | 10 | unknownCommand | no | the command code is not assigned |
/// | 11 | unsupportedVersion | no | no version in common |
/// | 12 | malformedFrame | no | a bad frame length; the connection is closed |
/// | 13 | frameTooLarge | no | above the limit of CONNECT's reply; the connection is closed |
/// | 14 | malformedRequest | no | the payload does not have the command's fields |
/// | 20 | notConnected | no | the first frame was not CONNECT |
/// | 21 | alreadyConnected | no | a second CONNECT |
/// | 22 | authenticationFailed | no | mechanism or credentials refused |
/// | 23 | tooManyConnections | yes | the broker's limit is reached |
/// | 24 | tooManyInFlight | yes | more unanswered requests than CONNECT's reply allows |
/// | 30 | unknownTopic | no | no topic of that id or name |
/// | 31 | unknownPartition | no | the topic has fewer partitions |
/// | 32 | topicAlreadyExists | no | the name is taken |
/// | 33 | invalidTopicName | no | outside 1...249 bytes of `[a-zA-Z0-9._-]`, or `.` or `..` |
/// | 34 | invalidPartitionCount | no | zero, or above the limit |
/// | 35 | tooManyTopics | no | the broker's limit is reached |
/// | 36 | durabilityNotSupported | no | the broker cannot keep that promise |
/// | 37 | tooManyPartitions | no | the broker's limit over all topics is reached |
/// | 40 | corruptBatch | yes | the batch's CRC does not match: damaged on the way |
/// | 41 | invalidBatch | no | the batch breaks the format |
/// | 42 | batchTooLarge | no | above the topic's or the broker's limit |
/// | 50 | offsetOutOfRange | no | below the log's start or past its end |
/// | 51 | unknownSubscription | no | no such subscription on this connection |
/// | 52 | subscriptionExists | no | the subscription id is in use on this connection |
/// | 53 | groupPartitionTaken | no | another consumer of the group has the partition |
/// | 54 | tooManyGroups | no | the partition's limit of groups is reached |
/// | 60 | memoryFull | yes | the broker's memory is spoken for |
/// | 61 | storageFull | yes | a topic's bound is reached |
/// | 62 | diskFull | yes | the disk is full; nothing was stored and reading goes on |
/// | 63 | logFailed | no | the log's disk failed; it takes nothing until the broker restarts |
/// | 64 | logDamaged | no | records that were safe are damaged on disk |
/// | 70 | unknownGroup | no | no group of that name |
/// | 71 | unknownMember | no | not, or no longer, a member of the group |
/// | 72 | staleGeneration | no | the group has rebalanced since |
/// | 73 | groupRebalancing | yes | the group is rebalancing |
/// | 74 | groupNotEmpty | no | the group has members |
/// | 75 | inconsistentGroup | no | the member's strategy or mode differs from the group's |
/// | 76 | invalidSessionTimeout | no | a timeout outside the broker's bounds |
/// | 77 | memberFenced | no | another consumer took the static member's place |
/// | 78 | coordinatorLoading | yes | the group's offsets are still being read |
/// | 79 | tooManyMembers | no | the group's limit of members is reached |
/// | 80 | outOfOrderSequence | no | the batch's sequence leaves a gap |
/// | 81 | staleProducerEpoch | no | a newer producer has the same id |
/// | 82 | duplicateSequence | no | stored before, too long ago to say where |
/// | 83 | invalidSetting | no | a topic setting that does not exist or is out of bounds |
package enum ErrorCode: UInt16, Error, CaseIterable, Sendable {
    /// Carried out.
    case ok = 0
    /// The broker broke a promise.
    case internalError = 1
    /// Known to the protocol, not to this broker.
    case notSupported = 2
    /// The broker is stopping.
    case shuttingDown = 3
    /// Not done in the request's time.
    case requestTimedOut = 4
    /// The command code is not assigned.
    case unknownCommand = 10
    /// No protocol version in common.
    case unsupportedVersion = 11
    /// A bad frame length.
    case malformedFrame = 12
    /// A frame above the limit.
    case frameTooLarge = 13
    /// A payload without the command's fields.
    case malformedRequest = 14
    /// The first frame was not CONNECT.
    case notConnected = 20
    /// A second CONNECT.
    case alreadyConnected = 21
    /// Mechanism or credentials refused.
    case authenticationFailed = 22
    /// The limit on connections is reached.
    case tooManyConnections = 23
    /// The limit on unanswered requests is reached.
    case tooManyInFlight = 24
    /// No topic of that id or name.
    case unknownTopic = 30
    /// The topic has fewer partitions.
    case unknownPartition = 31
    /// The topic's name is taken.
    case topicAlreadyExists = 32
    /// Not a ``TopicName``.
    case invalidTopicName = 33
    /// Zero partitions, or above the limit.
    case invalidPartitionCount = 34
    /// The limit on topics is reached.
    case tooManyTopics = 35
    /// The broker cannot keep that durability.
    case durabilityNotSupported = 36
    /// The limit on the partitions of all topics together is reached.
    case tooManyPartitions = 37
    /// The batch's CRC does not match.
    case corruptBatch = 40
    /// The batch breaks the format.
    case invalidBatch = 41
    /// The batch is above a limit.
    case batchTooLarge = 42
    /// Below the log's start or past its end.
    case offsetOutOfRange = 50
    /// No such subscription on this connection.
    case unknownSubscription = 51
    /// The subscription id is in use on this connection.
    case subscriptionExists = 52
    /// Another consumer of the group has the partition.
    case groupPartitionTaken = 53
    /// The partition's limit of groups is reached.
    case tooManyGroups = 54
    /// The broker's memory is spoken for.
    case memoryFull = 60
    /// A topic's bound is reached.
    case storageFull = 61
    /// The disk is full; nothing was stored and reading goes on.
    case diskFull = 62
    /// The log's disk failed; it takes nothing until the broker restarts.
    case logFailed = 63
    /// Records that were safe are damaged on disk.
    case logDamaged = 64
    /// No group of that name.
    case unknownGroup = 70
    /// Not, or no longer, a member of the group.
    case unknownMember = 71
    /// The group has rebalanced since.
    case staleGeneration = 72
    /// The group is rebalancing.
    case groupRebalancing = 73
    /// The group has members.
    case groupNotEmpty = 74
    /// The member's strategy or mode differs from the group's.
    case inconsistentGroup = 75
    /// A timeout outside the broker's bounds.
    case invalidSessionTimeout = 76
    /// Another consumer took the static member's place.
    case memberFenced = 77
    /// The group's offsets are still being read.
    case coordinatorLoading = 78
    /// The limit on members of a group is reached.
    case tooManyMembers = 79
    /// The batch's sequence leaves a gap.
    case outOfOrderSequence = 80
    /// A newer producer has the same id.
    case staleProducerEpoch = 81
    /// Stored before, too long ago to say where.
    case duplicateSequence = 82
    /// A topic setting that does not exist or is out of bounds.
    case invalidSetting = 83
    /// Never sent: stands for a code that this version does not know.
    case unrecognized = 65_535

    /// Whether the same request may succeed later without any change.
    package var isRetriable: Bool {
        switch self {
        case .shuttingDown, .requestTimedOut, .tooManyConnections, .tooManyInFlight,
            .corruptBatch, .memoryFull, .storageFull, .diskFull, .groupRebalancing,
            .coordinatorLoading:
            true
        case .ok, .internalError, .notSupported, .unknownCommand, .unsupportedVersion,
            .malformedFrame, .frameTooLarge, .malformedRequest, .notConnected, .alreadyConnected,
            .authenticationFailed, .unknownTopic, .unknownPartition, .topicAlreadyExists,
            .invalidTopicName, .invalidPartitionCount, .tooManyTopics, .tooManyPartitions,
            .durabilityNotSupported,
            .invalidBatch, .batchTooLarge, .offsetOutOfRange, .unknownSubscription,
            .subscriptionExists, .groupPartitionTaken, .tooManyGroups, .logFailed, .logDamaged,
            .unknownGroup, .unknownMember, .staleGeneration, .groupNotEmpty, .inconsistentGroup,
            .invalidSessionTimeout, .memberFenced, .tooManyMembers, .outOfOrderSequence,
            .staleProducerEpoch,
            .duplicateSequence, .invalidSetting, .unrecognized:
            false
        }
    }
}
