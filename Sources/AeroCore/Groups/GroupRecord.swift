// The records of the internal topic that keeps groups over restarts.

package import AeroWire

/// One fact about a group, as the log of its coordinator keeps it; the last one of a key counts.
///
/// | Record | Key | Value; none deletes |
/// |---|---|---|
/// | offset | `version kind group topicId partition` | `version offset timestamp metadata` |
/// | group | `version kind group` | `version generation mode strategy timestamp` |
///
/// `version u16` is 1; `kind u8` is 0 for an offset and 1 for a group; `topicId u32`,
/// `partition u32`, `offset i64`, `generation i32`, `mode u8`, `strategy u8`; times are
/// milliseconds since 1970 as i64; texts stand behind their length as u16.
///
/// Members are not kept: after a restart they join anew, under new ids and a later generation.
package enum GroupRecord: Equatable, Sendable {
    /// An offset was committed, or forgotten.
    case offset(group: String, TopicPartition, GroupOffset?)
    /// A group has a new assignment, or was deleted.
    case group(String, GroupMetadata?)

    /// The group that the record is about.
    package var group: String {
        switch self {
        case .offset(let group, _, _), .group(let group, _): group
        }
    }
}

/// What of a group outlives its members.
package struct GroupMetadata: Hashable, Sendable {
    /// Counts the group's assignments.
    package let generation: Int32
    /// Who gets a message.
    package let mode: GroupMode
    /// How partitions are shared out.
    package let strategy: AssignmentStrategy
    /// When it was written, in milliseconds since 1970.
    package let timestampMilliseconds: Int64

    /// Makes metadata from its fields.
    package init(
        generation: Int32, mode: GroupMode, strategy: AssignmentStrategy,
        timestampMilliseconds: Int64
    ) {
        self.generation = generation
        self.mode = mode
        self.strategy = strategy
        self.timestampMilliseconds = timestampMilliseconds
    }
}

extension GroupRecord {
    /// The version of keys and values that this build writes and reads.
    private static let version: UInt16 = 1
    private static let offsetKind: UInt8 = 0
    private static let groupKind: UInt8 = 1
    // BOUND: a name, a note and fixed fields.
    private static let byteCountMax =
        WireLimits.offsetMetadataByteCountMax + WireLimits.groupNameByteCountMax + 64

    /// The bytes of the record's key.
    package var key: [UInt8] {
        Self.bytes { (writer) throws(WireError) in
            try writer.write(Self.version)
            switch self {
            case .offset(let group, let partition, _):
                try writer.write(Self.offsetKind)
                try writer.write(text: group)
                try writer.write(partition.topicId)
                try writer.write(partition.partition)
            case .group(let group, _):
                try writer.write(Self.groupKind)
                try writer.write(text: group)
            }
        }
    }

    /// The bytes of the record's value; nil for one that deletes.
    package var value: [UInt8]? {
        switch self {
        case .offset(_, _, nil), .group(_, nil): nil
        case .offset(_, _, let entry?):
            Self.bytes { (writer) throws(WireError) in
                try writer.write(Self.version)
                try writer.write(entry.offset)
                try writer.write(entry.timestampMilliseconds)
                try writer.write(text: entry.metadata)
            }
        case .group(_, let metadata?):
            Self.bytes { (writer) throws(WireError) in
                try writer.write(Self.version)
                try writer.write(metadata.generation)
                try writer.write(metadata.mode.rawValue)
                try writer.write(metadata.strategy.rawValue)
                try writer.write(metadata.timestampMilliseconds)
            }
        }
    }

    /// Reads a record.
    ///
    /// - Returns: Nil for one of a version or kind that this build does not know.
    /// - Throws: What the fields throw, when key or value are damaged.
    package static func decode(
        key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?
    ) throws(WireError) -> GroupRecord? {
        var reader = WireReader(key)
        guard try reader.readInteger(UInt16.self) == version else { return nil }
        let kind = try reader.readInteger(UInt8.self)
        guard kind == offsetKind || kind == groupKind else { return nil }
        let group = try reader.readText(limit: WireLimits.groupNameByteCountMax)
        guard kind == offsetKind else {
            try reader.expectEnd()
            return try decodeGroup(group, value)
        }
        let partition = TopicPartition(
            topicId: try reader.readInteger(), partition: try reader.readInteger())
        try reader.expectEnd()
        return try decodeOffset(group, partition, value)
    }

    private static func decodeOffset(
        _ group: String, _ partition: TopicPartition, _ value: UnsafeRawBufferPointer?
    ) throws(WireError) -> GroupRecord? {
        guard let value else { return .offset(group: group, partition, nil) }
        var reader = WireReader(value)
        guard try reader.readInteger(UInt16.self) == version else { return nil }
        let offset: Int64 = try reader.readInteger()
        let timestamp: Int64 = try reader.readInteger()
        let metadata = try reader.readText(limit: WireLimits.offsetMetadataByteCountMax)
        try reader.expectEnd()
        return .offset(
            group: group, partition,
            GroupOffset(offset: offset, metadata: metadata, timestampMilliseconds: timestamp))
    }

    private static func decodeGroup(
        _ group: String, _ value: UnsafeRawBufferPointer?
    ) throws(WireError) -> GroupRecord? {
        guard let value else { return .group(group, nil) }
        var reader = WireReader(value)
        guard try reader.readInteger(UInt16.self) == version else { return nil }
        let generation: Int32 = try reader.readInteger()
        let mode: GroupMode = try reader.readEnumeration()
        let strategy: AssignmentStrategy = try reader.readEnumeration()
        let timestamp: Int64 = try reader.readInteger()
        try reader.expectEnd()
        return .group(
            group,
            GroupMetadata(
                generation: generation, mode: mode, strategy: strategy,
                timestampMilliseconds: timestamp))
    }

    private static func bytes(
        _ write: (inout WireWriter) throws(WireError) -> Void
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCountMax) { memory, count in
            // SAFETY: the count becomes what was written, and nothing else.
            var writer = WireWriter(UnsafeMutableRawBufferPointer(memory))
            do throws(WireError) {
                try write(&writer)
            } catch {
                preconditionFailure("a group's names and notes are bounded: \(error)")
            }
            count = writer.position
        }
    }
}
