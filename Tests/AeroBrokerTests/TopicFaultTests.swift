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
