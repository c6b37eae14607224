// Compaction through a whole broker: set by topic, done beside the traffic, seen by consumers.

import AeroBroker
import AeroIO
import AeroWire
import FaultSupport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BrokerCompactionTests {
    private let disk = SimulatedDisk()

    private func configuration(
        _ shape: BrokerShape, on disk: SimulatedDisk? = nil
    ) -> BrokerConfiguration {
        var configuration = shape.configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk ?? self.disk
        return configuration
    }

    /// A batch of one record.
    private func batch(key: Int, _ value: [UInt8]?) -> [UInt8] {
        let key = Array("key \(key)".utf8)
        let roof =
            WireLimits.batchHeaderByteCount
            + RecordBatchBuilder.recordByteCountBound(
                keyByteCount: key.count, valueByteCount: value?.count ?? 0)
        return [UInt8](unsafeUninitializedCapacity: roof) { memory, count in
            var builder = RecordBatchBuilder(into: UnsafeMutableRawBufferPointer(memory))
            builder.begin()
            let isAppended = key.withUnsafeBytes { key in
                guard let value else { return builder.append(key: key, value: nil) }
                return value.withUnsafeBytes { builder.append(key: key, value: $0) }
            }
            precondition(isAppended, "the buffer was measured for the record")
            count = builder.finish(RecordBatchProperties(baseTimestamp: 1))
        }
    }

    /// The offsets of all records that a topic has.
    private func offsets(_ client: RawClient, _ topic: UInt32, end: Int64) throws -> [Int64] {
        var found: [Int64] = []
        var offset: Int64 = 0
        while offset < end {
            let (_, bytes) = try client.fetch(topic: topic, offset: offset, maximum: 3_000)
            try bytes.withUnsafeBytes { bytes in
                var batches = RecordBatchCursor(0..<bytes.count)
                while let batch = try batches.next(in: bytes) {
                    let header = try RecordBatchHeader.validateStored(
                        in: bytes, range: batch.range)
                    #expect(header.baseOffset <= offset, "a gap in front of \(header.baseOffset)")
                    var records = try RecordCursor(header, at: batch.range.lowerBound)
                    while let record = try records.next(in: bytes) {
                        found.append(header.baseOffset + Int64(record.offsetDelta))
                    }
                    offset = header.nextOffset
                }
            }
        }
        return found
    }

    @Test(arguments: BrokerShape.epoll)
    func theLatestOfEachKeyStays(_ shape: BrokerShape) throws {
        var topic: UInt32 = 0
        try withBroker(configuration(shape)) { broker in
            let client = try RawClient(broker.address)
            topic = try client.createTopic(
                "state", partitions: 1, durability: .sync,
                settings: [
                    TopicSetting("cleanup.policy", "compact"),
                    TopicSetting("segment.bytes", "4096"),
                ])
            for number in 0..<200 {
                let value = number % 50 == 7 ? nil : [UInt8](repeating: 5, count: 300)
                _ = try client.append(batch(key: number % 20, value), topic: topic)
            }
            let isCompacted = try client.awaitStatistics {
                $0["log.bytes_compacted", default: 0] > 40_000
            }
            #expect(isCompacted)
            // It goes on beside new records.
            #expect(try client.append(batch(key: 1, [1]), topic: topic) == 200)
        }
        // What is in memory is as it came; after a restart everything comes from the files.
        for left in [disk.afterKill(), disk.synchronizedState()] {
            try withBroker(configuration(shape, on: left)) { broker in
                let client = try RawClient(broker.address)
                let kept = try offsets(client, topic, end: 201)
                // The latest twenty, and what else stands in the last segments.
                #expect(kept.count < 60 && Array(kept.suffix(20)) == Array(181..<201))
                // A subscription gets the same, and knows where it is.
                try client.subscribe(9, topic: topic)
                var delivered: [Int64] = []
                while delivered.last != 200 {
                    let batches = try client.nextDelivery().batches
                    delivered += try offsetsOfLastRecords(in: batches)
                }
                #expect(delivered == kept)
                #expect(try client.append(batch(key: 2, [1]), topic: topic) == 201)
            }
        }
    }

    /// Files of one log that cannot be removed, ever, are tried again and again; the other log is
    /// compacted all the same.
    @Test func filesThatStayDoNotKeepOtherLogsFromCompaction() throws {
        let refusals = Atomic<Int>(0)
        try withBroker(configuration(BrokerShape.all[0])) { broker in
            let client = try RawClient(broker.address)
            let events = try client.createTopic(
                "events", partitions: 1, durability: .sync,
                settings: [
                    TopicSetting("segment.bytes", "4096"),
                    TopicSetting("retention.bytes", "8192"),
                ])
            disk.setDecision { operation in
                guard operation.kind == .remove, operation.path.contains("/events."),
                    operation.path.hasSuffix(".log")
                else {
                    return nil
                }
                refusals.wrappingAdd(1, ordering: .relaxed)
                return .permissionDenied
            }
            for _ in 0..<30 {
                _ = try client.append(TestBatches.make(byteCount: 1_000), topic: events)
            }
            let isTried = try client.awaitStatistics { _ in
                refusals.load(ordering: .relaxed) > 0
            }
            #expect(isTried)
            let state = try client.createTopic(
                "state", partitions: 1, durability: .sync,
                settings: [
                    TopicSetting("cleanup.policy", "compact"),
                    TopicSetting("segment.bytes", "4096"),
                ])
            let value = [UInt8](repeating: 5, count: 300)
            for number in 0..<100 {
                _ = try client.append(batch(key: number % 10, value), topic: state)
            }
            let isCompacted = try client.awaitStatistics {
                $0["log.bytes_compacted", default: 0] > 0
            }
            #expect(isCompacted)
            disk.setDecision(nil)
        }
    }

    /// The last offset of each batch that has records.
    private func offsetsOfLastRecords(in bytes: [UInt8]) throws -> [Int64] {
        try bytes.withUnsafeBytes { bytes in
            var found: [Int64] = []
            var batches = RecordBatchCursor(0..<bytes.count)
            while let batch = try batches.next(in: bytes) {
                if batch.header.recordCount > 0 { found.append(batch.header.lastOffset) }
            }
            return found
        }
    }

    @Test func thePoliciesAreThoseThatAreNamed() throws {
        try withBroker(configuration(BrokerShape.all[0])) { broker in
            let client = try RawClient(broker.address)
            for policy in ["compact,delete", "delete,compact", "delete", "compact"] {
                _ = try client.createTopic(
                    policy.replacing(",", with: "-"), partitions: 1, durability: .os,
                    settings: [
                        TopicSetting("cleanup.policy", policy),
                        TopicSetting("min.cleanable.dirty.ratio", "0.25"),
                    ])
            }
            for (name, value) in [
                ("cleanup.policy", "compress"), ("min.cleanable.dirty.ratio", "1.5"),
                ("min.cleanable.dirty.ratio", "nan"), ("min.cleanable.dirty.ratio", "half"),
            ] {
                #expect(throws: RawClientError.refused(.invalidSetting)) {
                    try client.createTopic(
                        "refused", partitions: 1, durability: .os,
                        settings: [TopicSetting(name, value)])
                }
            }
        }
    }
}
