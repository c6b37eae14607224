// A real broker in this process, for as long as a test runs.

import AeroBroker
import AeroClient
import AeroIO
import Testing

/// A broker on a free loopback port, stopped and joined on every path.
enum TestBroker {
    static func run(
        configure: (inout BrokerConfiguration) -> Void = { _ in },
        _ body: (String) async throws -> Void
    ) async throws {
        var configuration = BrokerConfiguration(listenAddress: .loopback(port: 0))
        configuration.poller = .epoll
        configuration.drainNanoseconds = 200_000_000
        configure(&configuration)
        let broker = try Broker.start(configuration)
        do {
            try await body("\(broker.address)")
        } catch {
            broker.stop()
            try broker.join()
            throw error
        }
        broker.stop()
        try broker.join()
    }

    /// A broker with one topic and a connection to it.
    static func runWithTopic(
        partitionCount: Int = 1, options: ConnectionOptions = ConnectionOptions(),
        configure: (inout BrokerConfiguration) -> Void = { _ in },
        _ body: (Connection, String) async throws -> Void
    ) async throws {
        try await run(configure: configure) { address in
            try await Connection.withConnection(to: address, options: options) { connection in
                try await connection.admin.create(
                    "orders", options: TopicOptions { $0.partitionCount = partitionCount })
                try await body(connection, address)
            }
        }
    }
}

/// The error that a call ends with.
func clientError(_ body: () async throws -> Void) async -> ClientError? {
    do {
        try await body()
        return nil
    } catch let error as ClientError {
        return error
    } catch {
        Issue.record("not a ClientError: \(error)")
        return nil
    }
}

extension Consumer {
    /// Takes batches until so many records came; their values as text, in order.
    func takeTexts(_ count: Int) async throws -> [String] {
        var texts: [String] = []
        while texts.count < count {
            guard let batch = try await poll(maximumWait: .seconds(20)) else { break }
            texts += batch.map { $0.text ?? "" }
        }
        return texts
    }
}
