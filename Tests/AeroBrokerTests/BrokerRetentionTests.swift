// Old records go: at once for readers, for good once a checkpoint says so, and no later.

import AeroBroker
import AeroIO
import AeroWire
import FaultSupport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BrokerRetentionTests {
    private let disk = SimulatedDisk()

    private func configuration(_ shape: BrokerShape, on disk: SimulatedDisk? = nil)
        -> BrokerConfiguration
    {
        var configuration = shape.configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk ?? self.disk
        return configuration
    }

    private func offsets(_ client: RawClient, _ topic: UInt32) throws -> ListOffsetsReply {
        try client.call(ListOffsetsRequest(topicId: topic, partition: 0), ListOffsetsReply.self)
    }

    private func segmentNames(_ topic: UInt32) throws -> [String] {
        try disk.entries(of: "/data/topics/events.\(topic)/0").map(\.name)
            .filter { $0.hasSuffix(".log") }
    }

    /// Many segments expire within a second, and all of them go; whoever starts again, after
    /// whatever end, finds the log as it was said to be.
    @Test(arguments: BrokerShape.epoll, [TopicDurability.sync, .os])
    func aLogKeepsToItsRetentionHoweverFastItGrows(
        _ shape: BrokerShape, _ durability: TopicDurability
    ) throws {
        var topic: UInt32 = 0
        var start: Int64 = 0
        try withBroker(configuration(shape)) { broker in
            let client = try RawClient(broker.address)
            topic = try client.createTopic(
                "events", partitions: 1, durability: durability,
                settings: [
                    TopicSetting("segment.bytes", "4096"),
                    TopicSetting("retention.bytes", "20000"),
                    TopicSetting("retention.ms", "-1"),
                ])
            for _ in 0..<200 {
                _ = try client.append(TestBatches.make(byteCount: 1_000), topic: topic)
            }
            let isDeleted = try client.awaitStatistics {
                $0["log.bytes_deleted", default: 0] > 170_000
            }
            #expect(isDeleted)
            start = try offsets(client, topic).logStartOffset
            #expect((160..<195).contains(start))
            // The files go behind the next checkpoint, not at the next start.
            var count = Int.max
            // BOUND: round trips, each of which lets the broker do what it has to do.
            for _ in 0..<20_000 where count > 7 {
                try client.ping()
                count = try segmentNames(topic).count
            }
            #expect(count <= 7)
            #expect(try offsets(client, topic).logStartOffset >= start)
        }
        for left in [disk.afterKill(), disk.synchronizedState()] {
            try withBroker(configuration(shape, on: left)) { broker in
                let client = try RawClient(broker.address)
                let found = try offsets(client, topic)
                #expect(found.logStartOffset >= start && found.highWatermark == 200)
                let (_, batches) = try client.fetch(topic: topic, offset: found.logStartOffset)
                #expect(!batches.isEmpty)
            }
        }
    }

    private func deleteRecords(
        _ client: RawClient, _ topic: UInt32, below offset: Int64
    ) throws -> Int64 {
        try client.call(
            DeleteRecordsRequest(topicId: topic, partition: 0, offset: offset),
            DeleteRecordsReply.self
        ).logStartOffset
    }

    /// What was answered as deleted stays so, whatever the machine does in that moment: also of a
    /// log whose records themselves nobody has waited for.
    @Test(arguments: BrokerShape.epoll, [TopicDurability.sync, .os])
    func anAnsweredDeletionOutlivesPowerLoss(
        _ shape: BrokerShape, _ durability: TopicDurability
    ) throws {
        var topic: UInt32 = 0
        var left: [SimulatedDisk] = []
        try withBroker(configuration(shape)) { broker in
            let client = try RawClient(broker.address)
            topic = try client.createTopic("events", partitions: 1, durability: durability)
            for round in 0..<3 {
                for _ in 0..<10 {
                    _ = try client.append(TestBatches.make(byteCount: 100), topic: topic)
                }
                let wished = round < 2 ? Int64(round * 10 + 7) : -1
                let start = try deleteRecords(client, topic, below: wished)
                #expect(start == [7, 17, 30][round])
                #expect(try offsets(client, topic).logStartOffset == start)
                left.append(disk.synchronizedState())
            }
            #expect(throws: RawClientError.refused(.offsetOutOfRange)) {
                try deleteRecords(client, topic, below: 31)
            }
        }
        for (round, disk) in left.enumerated() {
            try withBroker(configuration(shape, on: disk)) { broker in
                let client = try RawClient(broker.address)
                let found = try offsets(client, topic)
                #expect(found.logStartOffset == [7, 17, 30][round])
                #expect(found.highWatermark >= found.logStartOffset)
                #expect(try client.append(TestBatches.numbered(0..<1), topic: topic) >= 7)
            }
        }
    }

    /// Nobody is told that records are gone which may come back.
    @Test func aDeletionThatCannotBeMadeDurableIsRefused() throws {
        try withBroker(configuration(BrokerShape.all[0])) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("events", partitions: 1, durability: .sync)
            _ = try client.append(TestBatches.numbered(0..<5), topic: topic)
            disk.setDecision { operation in
                operation.kind == .rename && operation.path.contains("checkpoints")
                    ? .noSpace : nil
            }
            #expect(throws: RawClientError.refused(.diskFull)) {
                try deleteRecords(client, topic, below: 3)
            }
            disk.setDecision(nil)
            #expect(try deleteRecords(client, topic, below: 3) == 3)
        }
    }

    /// The disk is full to the last byte, again and again: what is deleted makes room, although its
    /// files go behind a checkpoint only, for which there is none.
    @Test(arguments: [TopicDurability.sync, .os])
    func deletionFreesAFullDisk(_ durability: TopicDurability) throws {
        try withBroker(configuration(BrokerShape.all[0])) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic(
                "events", partitions: 1, durability: durability,
                settings: [TopicSetting("segment.bytes", "4096")])
            let batch = TestBatches.make(byteCount: 1_000)
            for _ in 0..<20 { _ = try client.append(batch, topic: topic) }
            // With the first checkpoint room is kept for the next one.
            _ = try deleteRecords(client, topic, below: 1)
            try awaitRoom(client)
            disk.capacityByteCount = disk.usedByteCount + 5_000
            for round in 0..<4 {
                let waiting = try fillDisk(client, topic, with: batch)
                #expect(throws: RawClientError.refused(.diskFull)) {
                    try client.append(batch, topic: topic)
                }
                let start = try deleteRecords(client, topic, below: -1)
                let offsets = try waiting.map { try client.baseOffset($0) }
                #expect(offsets.last ?? -1 >= start, "\(round)")
                var count = Int.max
                // BOUND: round trips, each of which lets the broker do what it has to do.
                for _ in 0..<200_000 where count > 4 {
                    try client.ping()
                    count = try segmentNames(topic).count
                }
                #expect(count <= 4, "\(round)")
                try awaitRoom(client)
            }
        }
    }

    /// Sends batches until the disk has no room for the last one.
    ///
    /// - Returns: The requests.
    private func fillDisk(
        _ client: RawClient, _ topic: UInt32, with batch: [UInt8]
    ) throws -> [UInt64] {
        let name = "log.disk_full"
        let before = try client.statistics()[name]
        var requests: [UInt64] = []
        // BOUND: more than there is room for.
        for _ in 0..<200 where try client.statistics()[name] == before {
            requests.append(try client.postSend(batch, topic: topic))
        }
        #expect(try client.statistics()[name] != before)
        return requests
    }

    /// Waits until room is kept for a checkpoint.
    private func awaitRoom(_ client: RawClient) throws {
        var isKept = false
        // BOUND: as above.
        for _ in 0..<200_000 where !isKept {
            try client.ping()
            isKept = try disk.entries(of: "/data/checkpoints").contains {
                $0.name == "ballast-0"
            }
        }
        #expect(isKept)
    }

    /// The machine's clock is set ahead by ten days, and then back: what was to be kept for some
    /// seconds is kept for those seconds.
    @Test func aClockThatJumpsNeitherDeletesNorKeeps() throws {
        let clock = JumpingClock()
        let jumps = Atomic<Int>(0)
        var configuration = configuration(BrokerShape.all[0])
        configuration.clock = clock
        try withBroker(
            configuration,
            onNotice: { notice in
                guard notice.text.contains("clock was set by 864000 s") else { return }
                jumps.wrappingAdd(1, ordering: .relaxed)
            }
        ) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic(
                "events", partitions: 1, durability: .sync,
                settings: [
                    TopicSetting("segment.ms", "1000"), TopicSetting("retention.ms", "20000"),
                ])
            let records = TestBatches.numbered(0..<5, timestamp: clock.wallMilliseconds())
            _ = try client.append(records, topic: topic)
            clock.setWall(by: 10 * 86_400_000)
            try pass(seconds: 10, clock, client)
            #expect(try offsets(client, topic).logStartOffset == 0)
            #expect(try segmentNames(topic).count == 2, "the segment was closed by age")
            #expect(jumps.load(ordering: .relaxed) == 1)
            clock.setWall(by: -20 * 86_400_000)
            try pass(seconds: 16, clock, client)
            #expect(try offsets(client, topic).logStartOffset == 5)
        }
    }

    /// Lets time pass, a second at a time, and waits each time until the broker has seen it.
    private func pass(seconds: Int, _ clock: JumpingClock, _ client: RawClient) throws {
        for _ in 0..<seconds {
            clock.advance(nanoseconds: 1_000_000_000)
            // BOUND: a tick of the broker, 50 ms of its time, has come when a checkpoint or a
            // maintenance could; each round trip is a turn of its loop.
            for _ in 0..<20 { try client.ping() }
        }
    }
}

/// A clock that goes on as fast as the machine's, and can be pushed.
private final class JumpingClock: Clock {
    private let aheadNanoseconds = Atomic<Int64>(0)
    private let wallShiftMilliseconds = Atomic<Int64>(0)

    func monotonicNanoseconds() -> Int64 {
        MonotonicClock.nowNanoseconds() + aheadNanoseconds.load(ordering: .relaxed)
    }

    func wallMilliseconds() -> Int64 {
        WallClock.nowMilliseconds() + aheadNanoseconds.load(ordering: .relaxed) / 1_000_000
            + wallShiftMilliseconds.load(ordering: .relaxed)
    }

    func advance(nanoseconds: Int64) {
        aheadNanoseconds.wrappingAdd(nanoseconds, ordering: .relaxed)
    }

    func setWall(by milliseconds: Int64) {
        wallShiftMilliseconds.wrappingAdd(milliseconds, ordering: .relaxed)
    }
}
