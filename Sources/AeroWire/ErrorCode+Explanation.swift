// What each code means, in the words a person is shown.

extension ErrorCode {
    /// One sentence on what went wrong and, where there is something to do, what to do.
    package var explanation: String {
        switch self {
        case .ok: "carried out"
        case .internalError: "the broker broke a promise of its own; its log says more"
        case .notSupported: "this broker does not support the command"
        case .shuttingDown: "the broker is stopping; try another, or this one later"
        case .requestTimedOut: "not done in the request's time; try again"
        case .unknownCommand: "the command is not known to this broker"
        case .unsupportedVersion: "client and broker have no protocol version in common"
        case .malformedFrame: "the frame's length is not possible; the connection is closed"
        case .frameTooLarge: "the frame exceeds the broker's limit; the connection is closed"
        case .malformedRequest: "the payload does not have the command's fields"
        case .notConnected: "the first frame of a connection must be CONNECT"
        case .alreadyConnected: "CONNECT was sent twice"
        case .authenticationFailed: "the mechanism or the credentials are refused"
        case .tooManyConnections: "the broker's limit of connections is reached; try later"
        case .tooManyInFlight: "too many unanswered requests; wait for answers"
        case .unknownTopic: "no topic of that name or id; create it first"
        case .unknownPartition: "the topic has fewer partitions"
        case .topicAlreadyExists: "a topic of that name exists"
        case .invalidTopicName:
            "a topic name has 1 to 249 characters of letters, digits, '.', '_' and '-'"
        case .invalidPartitionCount: "the partition count is zero or above the broker's limit"
        case .tooManyTopics: "the broker's limit of topics is reached; delete one first"
        case .tooManyPartitions:
            "the broker's limit of partitions is reached; ask for fewer, or delete a topic first"
        case .durabilityNotSupported:
            "this broker keeps nothing on disk: start it with --data, or use durability volatile"
        case .corruptBatch: "the batch's CRC does not match; it was damaged on the way"
        case .invalidBatch: "the batch breaks the record batch format"
        case .batchTooLarge: "the batch exceeds the topic's limit; send smaller batches"
        case .offsetOutOfRange: "the offset is below the log's start or past its end"
        case .unknownSubscription: "no such subscription on this connection"
        case .subscriptionExists: "the subscription id is in use on this connection"
        case .groupPartitionTaken: "another consumer of the group has the partition"
        case .tooManyGroups: "the partition's limit of groups is reached"
        case .memoryFull: "the broker's memory is spoken for; try later"
        case .storageFull: "the topic's byte limit is reached; raise it or consume faster"
        case .diskFull:
            "the broker's disk is full: free space there, and sending goes on by itself"
        case .logFailed:
            "this log's disk failed: see the broker's log, mend the disk, restart the broker"
        case .logDamaged:
            "stored records are damaged: see `aeromq log inspect`; restore or delete the topic"
        case .unknownGroup: "no group of that name; the first member or commit makes it"
        case .unknownMember: "the member is not, or no longer, part of the group; join again"
        case .staleGeneration: "the group has rebalanced since; join again for the new assignment"
        case .groupRebalancing: "the group is rebalancing; join again"
        case .groupNotEmpty: "the group has members; stop them first"
        case .inconsistentGroup: "the member asks for another strategy or mode than the group has"
        case .invalidSessionTimeout:
            "the session or rebalance timeout is outside the broker's bounds"
        case .memberFenced: "another consumer has joined under this instance id; only one may"
        case .coordinatorLoading: "the broker is still reading the group's offsets; try again"
        case .tooManyMembers: "the group's limit of members is reached; start fewer consumers"
        case .outOfOrderSequence:
            "a batch before this one is missing; the producer must start over with a new id"
        case .staleProducerEpoch: "a newer producer has taken over this producer id"
        case .duplicateSequence: "the batch was stored before; its offset is no longer known"
        case .invalidSetting: "a topic setting does not exist or is out of its bounds"
        case .unrecognized: "the code is not known to this version"
        }
    }
}
