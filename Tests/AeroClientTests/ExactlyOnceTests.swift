// Idempotent producers over real sockets that are cut at random moments.

import AeroBroker
import AeroClient
import AeroIO
import FaultSupport
import Synchronization
import TestSupport
import Testing

/// What was acknowledged where, by producer and number.
private final class Acknowledgements: Sendable {
    struct Place: Equatable {
        let partition: Int
        let offset: Int64?
    }

    private struct State {
        var places: [String: Place] = [:]
        var errors: [ClientError] = []
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.places.count } }
    var places: [String: Place] { state.withLock { $0.places } }
    var errors: [ClientError] { state.withLock { $0.errors } }

    func note(_ text: String, _ result: Result<RecordMetadata, ClientError>) {
        state.withLock { state in
            switch result {
            case .success(let metadata):
                state.places[text] = Place(
                    partition: metadata.partition, offset: metadata.offset)
            case .failure(let error): state.errors.append(error)
            }
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct ExactlyOnceTests {
    private static let partitionCount = 3
    private static let producerCount = 3
    private static let messageCount = 3_000

    private let options = ConnectionOptions {
        $0.reconnectBackoff = .milliseconds(1) ... .milliseconds(5)
    }

    @Test func volatileTopicsGetEveryMessageOnce() async throws {
        try await run(durability: .volatile) { $0.shardCount = 2 }
    }

    @Test func syncedTopicsGetEveryMessageOnce() async throws {
        try await run(durability: .sync) {
            $0.shardCount = 2
            $0.dataDirectory = "/data"
            $0.disk = SimulatedDisk()
        }
    }

    @Test func adaptiveAndCompressedBatchesToo() async throws {
        try await run(
            durability: .volatile,
            producer: {
                $0.batching = .adaptive
                $0.compression = .lz4
                $0.compressionThreshold = 0
            }
        ) { $0.shardCount = 1 }
    }

    /// Produces while connections are cut, then reads everything back past the proxy.
    private func run(
        durability: Durability,
        producer configureProducer: @Sendable (inout ProducerOptions) -> Void = { _ in },
        _ configure: (inout BrokerConfiguration) -> Void
    ) async throws {
        let seed = TestSeed.current
        let configuration = ProducerOptions {
            $0.batchMessageCount = 7
            $0.retryBackoff = .milliseconds(1) ... .milliseconds(10)
            configureProducer(&$0)
        }
        try await TestBroker.run(configure: configure) { address in
            let proxy = try CuttingProxy(to: address)
            defer { proxy.stop() }
            try await Connection.withConnection(to: address) { connection in
                try await connection.admin.create(
                    "orders",
                    options: TopicOptions {
                        $0.partitionCount = Self.partitionCount
                        $0.durability = durability
                        $0.retentionByteCount = 64 << 20
                    })
            }
            let acknowledgements = Acknowledgements()
            var connections: [Connection] = []
            var producers: [Producer] = []
            for _ in 0..<Self.producerCount {
                let connection = try await Connection.connect(
                    to: proxy.address, options: options)
                connections.append(connection)
                producers.append(
                    try await connection.makeProducer(topic: "orders", options: configuration))
            }
            let cutCount = try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, producer) in producers.enumerated() {
                    group.addTask { try await send(producer, "\(index)", acknowledgements) }
                }
                return try await cut(proxy, seed, acknowledgements, &group)
            }
            for connection in connections { await connection.close() }
            #expect(acknowledgements.errors == [], "seed \(seed)")
            #expect(cutCount > 10, "seed \(seed): too few cuts to prove anything")
            try await check(address, acknowledgements.places, seed)
        }
    }

    /// Sends without waiting for answers; ends when all are there.
    private func send(
        _ producer: Producer, _ name: String, _ acknowledgements: Acknowledgements
    ) async throws {
        for number in 0..<Self.messageCount {
            let text = "\(name)-\(number)"
            let message = Message(
                Array(text.utf8), partition: number % Self.partitionCount)
            try producer.enqueue(message) { acknowledgements.note(text, $0) }
            // Others get their turn, so that batches of all sizes are under way.
            if number % 5 == 0 { await Task.yield() }
        }
        try await producer.flush()
    }

    /// Cuts every connection each time that a random number of messages more was acknowledged.
    private func cut(
        _ proxy: CuttingProxy, _ seed: UInt64, _ acknowledgements: Acknowledgements,
        _ group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws -> Int {
        let total = Self.producerCount * Self.messageCount
        let cutter = Task {
            var random = SplitMix64(seed: seed)
            var cutCount = 0
            var next = 0
            while !Task.isCancelled {
                let count = acknowledgements.count
                guard count < total else { break }
                if count >= next {
                    proxy.cut()
                    cutCount += 1
                    next = count + Int.random(in: 1...600, using: &random)
                }
                await Task.yield()
            }
            return cutCount
        }
        defer { cutter.cancel() }
        try await group.waitForAll()
        cutter.cancel()
        return await cutter.value
    }

    /// Every message once, at the offset that was told, and in the order of its producer.
    private func check(
        _ address: String, _ places: [String: Acknowledgements.Place], _ seed: UInt64
    ) async throws {
        #expect(places.count == Self.producerCount * Self.messageCount, "seed \(seed)")
        var found: [String: Int64] = [:]
        var last: [String: Int] = [:]
        try await Connection.withConnection(to: address) { connection in
            let consumer = try await connection.makeConsumer(
                topic: "orders", options: ConsumerOptions { $0.start = .earliest })
            while found.count < places.count {
                guard let batch = try await consumer.poll(maximumWait: .seconds(5)) else { break }
                for record in batch {
                    let text = record.text ?? ""
                    #expect(found[text] == nil, "seed \(seed): \(text) is stored twice")
                    found[text] = record.offset
                    let parts = text.split(separator: "-")
                    let lane = "\(parts[0])/\(record.partition)"
                    let number = Int(parts[1]) ?? -1
                    #expect(last[lane] ?? -1 < number, "seed \(seed): \(text) is out of order")
                    last[lane] = number
                }
            }
            // Nothing behind it: a copy would come last.
            #expect(try await consumer.poll(maximumWait: .milliseconds(50)) == nil)
        }
        #expect(found.count == places.count, "seed \(seed)")
        for (text, place) in places {
            #expect(place.offset != nil && found[text] == place.offset, "seed \(seed): \(text)")
        }
    }
}
