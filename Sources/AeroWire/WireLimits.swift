// Every limit of the wire and record formats, in one place.

/// The bounds that both ends of a connection apply to what they read and write.
///
/// A decoder checks a length against these and against the bytes at hand before it believes it.
@usableFromInline package enum WireLimits {
    /// The protocol versions this build speaks, both ends included.
    @usableFromInline package static let protocolVersions: ClosedRange<UInt16> = 1...1

    /// Bytes of `length u32 | command u16 | requestId u64`.
    @usableFromInline package static let frameHeaderByteCount = 14
    /// Bytes of the length field itself, which the length does not count.
    @usableFromInline package static let frameLengthFieldByteCount = 4
    /// The least value of the length field: command and request id, and no payload.
    @usableFromInline package static let frameLengthMin = 10

    /// The default bound on a whole frame, header included: a full 4 MiB buffer.
    @usableFromInline package static let frameByteCountMaxDefault = 4 << 20
    /// The bound that no configuration may exceed.
    @usableFromInline package static let frameByteCountMaxCeiling = 64 << 20

    /// Bytes of any string on the wire, from its `u16` length.
    @usableFromInline package static let textByteCountMax = 65_535
    /// UTF-8 bytes of a client or broker id.
    @usableFromInline package static let peerIdByteCountMax = 255
    /// UTF-8 bytes of an authentication mechanism's name.
    @usableFromInline package static let authenticationMechanismByteCountMax = 64
    /// Bytes of authentication data in one CONNECT.
    @usableFromInline package static let authenticationDataByteCountMax = 64 << 10
    /// UTF-8 bytes of a consumer group's name.
    @usableFromInline package static let groupNameByteCountMax = 255
    /// UTF-8 bytes of the message of a failed reply; longer ones are cut at a character.
    @usableFromInline package static let failureMessageByteCountMax = 1_024
    /// UTF-8 bytes of the name of a statistic.
    @usableFromInline package static let statisticNameByteCountMax = 255
    /// Bytes of a topic name; its alphabet is that of ``TopicName``.
    @usableFromInline package static let topicNameByteCountMax = 249

    /// Topics in one LIST_TOPICS reply.
    @usableFromInline package static let topicsPerListMax = 1_000_000
    /// Settings of one topic, and bytes of a setting's name or value.
    @usableFromInline package static let topicSettingsMax = 64, topicSettingByteCountMax = 255
    /// Partitions of one topic.
    @usableFromInline package static let partitionsPerTopicMax = 100_000
    /// Entries in one STATISTICS reply.
    @usableFromInline package static let statisticsMax = 65_535

    /// Bytes of the header of a record batch v2.
    @usableFromInline package static let batchHeaderByteCount = 61
    /// Bytes of a batch that its length field does not count: base offset and the field itself.
    @usableFromInline package static let batchLengthExcludedByteCount = 12
    /// The least bytes of one record: length, attributes, two deltas, two lengths, header count.
    @usableFromInline package static let recordByteCountMin = 7
    /// The least bytes of one record header: two lengths.
    @usableFromInline package static let recordHeaderByteCountMin = 2
    /// Records in a compressed batch, whose count cannot be checked against its bytes.
    @usableFromInline package static let compressedRecordCountMax = 1 << 20
    /// Bytes of a varint of 32 bits, and of one of 64 bits.
    @usableFromInline package static let varint32ByteCountMax = 5, varint64ByteCountMax = 10
}
