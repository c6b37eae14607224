// Starts brokers inside the test process, and ends them whatever the test does.

import AeroBroker
import AeroIO
import Testing

/// A way to run a broker: every behaviour has to be the same in all of them.
struct BrokerShape: Sendable, CustomTestStringConvertible {
    let shardCount: Int
    let poller: PollerKind

    var testDescription: String { "\(shardCount) shards, \(poller.rawValue)" }

    static let all = [
        BrokerShape(shardCount: 1, poller: .epoll), BrokerShape(shardCount: 3, poller: .epoll),
        BrokerShape(shardCount: 1, poller: .uring), BrokerShape(shardCount: 3, poller: .uring),
    ]

    static let epoll = Array(all[0..<2])

    var configuration: BrokerConfiguration {
        var configuration = BrokerConfiguration(listenAddress: .loopback(port: 0))
        configuration.shardCount = shardCount
        configuration.poller = poller
        configuration.memoryByteCountMax = 256 << 20
        return configuration
    }
}

/// Runs `body` against a broker and stops it afterwards, also when `body` throws.
func withBroker(
    _ configuration: BrokerConfiguration,
    onNotice: @escaping @Sendable (StorageNotice) -> Void = { _ in },
    _ body: (Broker) throws -> Void
) throws {
    let broker = try Broker.start(configuration, onNotice: onNotice)
    do {
        try body(broker)
    } catch {
        broker.stop()
        try broker.join()
        throw error
    }
    broker.stop()
    try broker.join()
}

func withBroker(_ shape: BrokerShape, _ body: (Broker) throws -> Void) throws {
    try withBroker(shape.configuration, body)
}
