// A disk that cannot be read for a moment: consumers wait, and then go on.

import AeroBroker
import AeroIO
import AeroWire
import FaultSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct UnreadableLogTests {
    @Test func aSubscriptionGoesOnAfterAFailedRead() throws {
        let disk = SimulatedDisk()
        var configuration = BrokerShape.all[0].configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk
        var topic: UInt32 = 0
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            topic = try client.createTopic("orders", durability: .sync)
            for index in 0..<8 {
                _ = try client.append(TestBatches.numbered(index..<index + 1), topic: topic)
            }
        }
        // Memory is empty now: what a consumer gets comes from the file.
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            let fault = DiskFault(.read, .ioError, count: 2, pathSuffix: ".log")
            disk.inject(fault)
            try client.subscribe(1, topic: topic)
            #expect(try client.takeValues(8).count == 8)
        }
    }
}
