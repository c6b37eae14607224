// Records of groups: there and back, through keys, values and batches.

import AeroCore
import AeroWire
import TestSupport
import Testing

@Suite struct GroupRecordTests {
    static func random(_ random: inout SplitMix64) -> GroupRecord {
        let group = "group-\(random.next() % 1_000)"
        switch random.next() % 4 {
        case 0: return .group(group, nil)
        case 1:
            return .group(
                group,
                GroupMetadata(
                    generation: Int32(truncatingIfNeeded: random.next()),
                    mode: random.next() % 2 == 0 ? .clustering : .broadcasting,
                    strategy: AssignmentStrategy.allCases.randomElement(using: &random) ?? .sticky,
                    timestampMilliseconds: Int64(bitPattern: random.next())))
        case 2: return .offset(group: group, partition(&random), nil)
        default:
            let note = String(repeating: "né", count: Int(random.next() % 100))
            return .offset(
                group: group, partition(&random),
                GroupOffset(
                    offset: Int64(bitPattern: random.next()), metadata: note,
                    timestampMilliseconds: Int64(bitPattern: random.next())))
        }
    }

    private static func partition(_ random: inout SplitMix64) -> TopicPartition {
        TopicPartition(
            topicId: UInt32(truncatingIfNeeded: random.next()),
            partition: UInt32(truncatingIfNeeded: random.next()))
    }

    static func decode(_ key: [UInt8], _ value: [UInt8]?) throws -> GroupRecord? {
        try key.withUnsafeBytes { key in
            guard let value else { return try GroupRecord.decode(key: key, value: nil) }
            return try value.withUnsafeBytes { try GroupRecord.decode(key: key, value: $0) }
        }
    }

    @Test func recordsComeBack() throws {
        var random = SplitMix64(seed: TestSeed.current)
        for _ in 0..<500 {
            let record = Self.random(&random)
            #expect(try Self.decode(record.key, record.value) == record)
        }
    }

    /// Tombstone and value must have one key, or compaction keeps both; different things must not.
    @Test func keysTellThingsApart() {
        let partition = TopicPartition(topicId: 1, partition: 2)
        let entry = GroupOffset(offset: 5, timestampMilliseconds: 6)
        let written = GroupRecord.offset(group: "g", partition, entry)
        #expect(written.key == GroupRecord.offset(group: "g", partition, nil).key)
        let others: [GroupRecord] = [
            .group("g", nil), .offset(group: "h", partition, nil),
            .offset(group: "g", TopicPartition(topicId: 2, partition: 2), nil),
            .offset(group: "g", TopicPartition(topicId: 1, partition: 3), nil),
        ]
        for other in others { #expect(other.key != written.key) }
    }

    @Test func theBytesArePinned() {
        let record = GroupRecord.offset(
            group: "g", TopicPartition(topicId: 3, partition: 4),
            GroupOffset(offset: 5, metadata: "m", timestampMilliseconds: 6))
        #expect(record.key == [0, 1, 0, 0, 1, 0x67, 0, 0, 0, 3, 0, 0, 0, 4])
        #expect(
            record.value == [
                0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1, 0x6D,
            ])
    }

    @Test func unknownVersionsAreSkippedAndCutOnesRefused() throws {
        var random = SplitMix64(seed: TestSeed.current)
        for _ in 0..<100 {
            let record = Self.random(&random)
            var future = record.key
            future[1] = 2
            #expect(try Self.decode(future, record.value) == nil)
            future = record.key
            future[2] = 9
            #expect(try Self.decode(future, record.value) == nil)
            for count in 0..<record.key.count {
                #expect(throws: WireError.self) {
                    try Self.decode(Array(record.key[..<count]), record.value)
                }
            }
            guard let value = record.value else { continue }
            for count in 0..<value.count {
                #expect(throws: WireError.self) {
                    try Self.decode(record.key, Array(value[..<count]))
                }
            }
        }
    }

    @Test func batchesAreValidAndKeepTheOrder() throws {
        var random = SplitMix64(seed: TestSeed.current)
        let records = (0..<5_000).map { _ in Self.random(&random) }
        let batches = GroupRecordBatches.encode(records, timestampMilliseconds: 77)
        #expect(batches.count > 1, "several are needed for this many")
        for batch in batches {
            try batch.withUnsafeBytes { bytes in
                let header = try RecordBatchHeader.validate(in: bytes, range: 0..<bytes.count)
                #expect(header.maxTimestamp == 77)
                #expect(bytes.count <= 256 << 10)
            }
        }
        var found: [GroupRecord?] = []
        let all = batches.flatMap { $0 }
        try all.withUnsafeBytes { bytes in
            try GroupRecordBatches.decode(bytes) { found.append($0) }
        }
        #expect(found == records, "seed \(TestSeed.current)")
        #expect(GroupRecordBatches.encode([], timestampMilliseconds: 1).isEmpty)
    }
}
