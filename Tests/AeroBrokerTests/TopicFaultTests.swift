// Topics over restarts: ids that are given once, and directories that a failing disk has left.

import AeroBroker
import AeroIO
import AeroWire
import FaultSupport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct TopicFaultTests {
    private func configuration(on disk: SimulatedDisk) -> BrokerConfiguration {
        var configuration = BrokerShape.all[0].configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk
        return configuration
    }

    /// A disk with the topic `first`, its batches, and a checkpoint that knows of them.
    private func makeDisk() throws -> (disk: SimulatedDisk, topic: UInt32) {
        let disk = SimulatedDisk()
        var topic: UInt32 = 0
        try withBroker(configuration(on: disk)) { broker in
            let client = try RawClient(broker.address)
            topic = try client.createTopic("first", durability: .sync)
            for index in 0..<8 {
                _ = try client.append(TestBatches.numbered(index..<index + 1), topic: topic)
            }
        }
        return (disk, topic)
    }

    /// A topic is deleted and the broker killed: what its last checkpoint says is not said of the
    /// next topic.
    @Test func anIdIsNotGivenAgainBehindAKill() throws {
        let (disk, topic) = try makeDisk()
        var left: [SimulatedDisk] = []
        try withBroker(configuration(on: disk)) { broker in
            try RawClient(broker.address).deleteTopic("first")
            left = [disk.afterKill(), disk.synchronizedState()]
        }
        for disk in left {
            try withBroker(configuration(on: disk)) { broker in
                let client = try RawClient(broker.address)
                let other = try client.createTopic("other", durability: .sync)
                #expect(other != topic)
                #expect(try client.append(TestBatches.numbered(0..<1), topic: other) == 0)
            }
        }
    }

    /// Consumers keep positions by topic id: a topic of the same name is another one.
    @Test(arguments: [TopicDurability.sync, .volatile])
    func anIdIsNotGivenAgainBehindAStop(_ durability: TopicDurability) throws {
        let disk = SimulatedDisk()
        var given: [UInt32] = []
        for _ in 0..<4 {
            try withBroker(configuration(on: disk)) { broker in
                let client = try RawClient(broker.address)
                for _ in 0..<3 {
                    given.append(try client.createTopic("t", durability: durability))
                    try client.deleteTopic("t")
                }
            }
        }
        #expect(Set(given).count == given.count, "\(given)")
    }

    /// Who takes the file of ids away has its work done by what else knows of them.
    @Test(arguments: [false, true]) func idsAreFoundWithoutTheirFile(isDamaged: Bool) throws {
        let (disk, topic) = try makeDisk()
        var left = disk
        try withBroker(configuration(on: disk)) { broker in
            try RawClient(broker.address).deleteTopic("first")
            left = disk.afterKill()
        }
        if isDamaged {
            try left.damage("/data/topic-ids") { $0[5] ^= 1 }
        } else {
            try left.remove("/data/topic-ids")
        }
        let alarms = Atomic<Int>(0)
        try withBroker(
            configuration(on: left),
            onNotice: { notice in
                guard notice.isAlarm, notice.text.contains("topic-ids") else { return }
                alarms.wrappingAdd(1, ordering: .relaxed)
            }
        ) { broker in
            let client = try RawClient(broker.address)
            let other = try client.createTopic("other", durability: .sync)
            #expect(other > topic)
            #expect(try client.append(TestBatches.numbered(0..<1), topic: other) == 0)
        }
        #expect(alarms.load(ordering: .relaxed) == (isDamaged ? 1 : 0))
    }

    /// No id is given that could not be written down.
    @Test func aTopicWhoseIdCannotBeKeptIsRefused() throws {
        let disk = SimulatedDisk()
        try withBroker(configuration(on: disk)) { broker in
            let client = try RawClient(broker.address)
            disk.setDecision {
                $0.kind == .rename && $0.path.hasSuffix("/topic-ids") ? .noSpace : nil
            }
            for durability in [TopicDurability.sync, .volatile] {
                #expect(throws: RawClientError.refused(.diskFull)) {
                    try client.createTopic("t", durability: durability)
                }
            }
            disk.setDecision(nil)
            let topic = try client.createTopic("t", durability: .sync)
            #expect(try client.append(TestBatches.numbered(0..<1), topic: topic) == 0)
        }
    }

    /// A directory that should not be there: its topic was refused, another has the name, and the
    /// disk has kept both. The one that clients know is served.
    @Test func aSecondDirectoryOfANameIsSetAside() throws {
        let disk = SimulatedDisk()
        var topic: UInt32 = 0
        try withBroker(configuration(on: disk)) { broker in
            let client = try RawClient(broker.address)
            disk.setDecision { operation in
                switch operation.kind {
                case .synchronizeDirectory where operation.path == "/data/topics": .ioError
                case .rename where operation.path.hasSuffix(".new"): .ioError
                default: nil
                }
            }
            #expect(throws: RawClientError.refused(.logFailed)) {
                try client.createTopic("t", durability: .sync)
            }
            disk.setDecision(nil)
            topic = try client.createTopic("t", durability: .sync)
            #expect(try client.append(TestBatches.numbered(0..<1), topic: topic) == 0)
        }
        for start in 0..<2 {
            let alarms = Atomic<Int>(0)
            try withBroker(
                configuration(on: disk),
                onNotice: { notice in
                    guard notice.isAlarm, notice.text.contains("set aside") else { return }
                    alarms.wrappingAdd(1, ordering: .relaxed)
                }
            ) { broker in
                let client = try RawClient(broker.address)
                let offset = try client.append(TestBatches.numbered(0..<1), topic: topic)
                #expect(offset == Int64(start) + 1)
            }
            #expect(alarms.load(ordering: .relaxed) == (start == 0 ? 1 : 0))
        }
        let kept = try disk.entries(of: "/data/quarantine").map(\.name)
        #expect(kept == ["t.\(topic - 1)"])
    }
}
