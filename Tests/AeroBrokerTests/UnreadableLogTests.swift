// A disk that cannot be read for a moment: consumers wait, and then go on.

import AeroBroker
import AeroIO
import AeroWire
import FaultSupport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct UnreadableLogTests {
    @Test func aSubscriptionGoesOnAfterAFailedRead() throws {
        let disk = SimulatedDisk()
        var topic: UInt32 = 0
        try withBroker(configuration(disk)) { broker in
            let client = try RawClient(broker.address)
            topic = try client.createTopic("orders", durability: .sync)
            for index in 0..<8 {
                _ = try client.append(TestBatches.numbered(index..<index + 1), topic: topic)
            }
        }
        // Memory is empty now: what a consumer gets comes from the file.
        try withBroker(configuration(disk)) { broker in
            let client = try RawClient(broker.address)
            let fault = DiskFault(.read, .ioError, count: 2, pathSuffix: ".log")
            disk.inject(fault)
            try client.subscribe(1, topic: topic)
            #expect(try client.takeValues(8).count == 8)
        }
    }

    /// The coordinator reads its log after a restart; a disk that cannot be read at that moment
    /// must not take its groups away for as long as the broker runs.
    @Test func aCoordinatorGoesOnAfterAFailedRead() throws {
        let disk = SimulatedDisk()
        var topic: UInt32 = 0
        try withBroker(configuration(disk)) { broker in
            let client = try RawClient(broker.address)
            topic = try client.createTopic("orders", durability: .sync)
            try client.commit("g", topic: topic, [0: 7])
        }
        // The first reads are those of the recovery, and what they meet is another matter.
        var ordinal = 0
        var isMet = false
        while !isMet, ordinal < 32 {
            ordinal += 1
            let copy = disk.afterKill()
            copy.inject(DiskFault(.read, .ioError, ordinal: ordinal, pathSuffix: ".log"))
            let notices = Mutex<[String]>([])
            var found: Result<[UInt32: Int64], any Error>?
            do {
                try withBroker(
                    configuration(copy),
                    onNotice: { notice in notices.withLock { $0.append(notice.text) } }
                ) { broker in
                    let client = try RawClient(broker.address)
                    found = Result { try awaitOffsets(client, topic) }
                }
            } catch is BrokerError {
                continue
            }
            isMet = notices.withLock { $0.contains { $0.contains("offsets of its groups") } }
            if isMet { #expect(try found?.get() == [0: 7]) }
        }
        #expect(isMet, "no read was the coordinator's")
    }

    private func configuration(_ disk: SimulatedDisk) -> BrokerConfiguration {
        var configuration = BrokerShape.all[0].configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk
        return configuration
    }

    /// The offsets of the group `g`, as soon as its coordinator has them.
    private func awaitOffsets(
        _ client: RawClient, _ topic: UInt32
    ) throws -> [UInt32: Int64] {
        // BOUND: the suite's time limit.
        while true {
            do {
                return try client.offsets("g", topic: topic)
            } catch RawClientError.refused(.coordinatorLoading) {
                continue
            }
        }
    }
}
