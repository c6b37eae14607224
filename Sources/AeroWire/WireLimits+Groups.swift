// The limits of what the wire says about consumer groups.

extension WireLimits {
    /// UTF-8 bytes of the id that a coordinator gives a member.
    package static let memberIdByteCountMax = 255
    /// UTF-8 bytes of the id that a static member keeps over its restarts.
    package static let instanceIdByteCountMax = 255
    /// UTF-8 bytes of the name of a machine room.
    package static let machineRoomByteCountMax = 255
    /// UTF-8 bytes of the address of a member, as DESCRIBE_GROUP shows it.
    package static let memberAddressByteCountMax = 255
    /// UTF-8 bytes of what a consumer stores beside an offset.
    package static let offsetMetadataByteCountMax = 4_096
    /// Topics that one member consumes.
    package static let topicsPerMemberMax = 1_000
    /// Partitions of one topic in one assignment.
    package static let partitionsPerAssignmentMax = partitionsPerTopicMax
    /// Partitions in one COMMIT_OFFSETS or FETCH_OFFSETS, and their replies.
    package static let offsetsPerFrameMax = 1_000_000
    /// Groups in one LIST_GROUPS reply.
    package static let groupsPerListMax = 1_000_000
    /// Members in one DESCRIBE_GROUP reply.
    package static let membersPerGroupMax = 100_000
}
