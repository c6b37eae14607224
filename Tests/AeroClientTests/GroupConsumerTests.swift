// Acknowledgement: what a group has done with is not sent again, and what it has not, is.

import AeroClient
import Testing

@Suite(.timeLimit(.minutes(10))) struct GroupConsumerTests {
    private func options(_ policy: AcknowledgementPolicy) -> ConsumerOptions {
        ConsumerOptions {
            $0.group = "billing"
            $0.start = .committed
            $0.acknowledgement = policy
        }
    }

    /// Sends one message at a time, so that each is a batch of its own.
    private func sendSingly(_ connection: Connection, _ texts: [String]) async throws {
        let producer = try await connection.makeProducer(
            topic: "orders", options: ProducerOptions { $0.batchMessageCount = 1 })
        for text in texts { try await producer.send(Message(text)) }
    }

    @Test func manualAcknowledgementDecidesWhatComesAgain() async throws {
        try await TestBroker.runWithTopic { connection, address in
            try await sendSingly(connection, (0..<10).map { "\($0)" })
            try await Connection.withConnection(to: address) { first in
                let consumer = try await first.makeConsumer(
                    topic: "orders", options: options(.manual))
                #expect(try await consumer.takeTexts(10).count == 10)
                try await consumer.acknowledge(through: 3, partition: 0)
                let early = await clientError {
                    try await consumer.acknowledge(through: 10, partition: 0)
                }
                #expect(early?.code == .offsetOutOfRange)
                let elsewhere = await clientError {
                    try await consumer.acknowledge(through: 0, partition: 5)
                }
                #expect(elsewhere?.code == .unknownPartition)
            }
            try await Connection.withConnection(to: address) { second in
                let consumer = try await second.takeOver("orders", options(.manual))
                #expect(try await consumer.takeTexts(6) == (4..<10).map { "\($0)" })
            }
        }
    }

    @Test func automaticAcknowledgementIsThatOfThePreviousBatch() async throws {
        try await TestBroker.runWithTopic { connection, address in
            var options = options(.automatic)
            options.mode = .pull
            options.receiveWindow = 1_024
            let producer = try await connection.makeProducer(topic: "orders")
            for number in 0..<3 {
                let text = "\(number)" + String(repeating: ".", count: 2_000)
                try await producer.send(Message(text))
            }
            let first = try await Connection.connect(to: address)
            let consumer = try await first.makeConsumer(topic: "orders", options: options)
            for offset in Int64(0)..<2 {
                let batch = try #require(try await consumer.poll(maximumWait: .seconds(20)))
                #expect(batch.firstOffset == offset && batch.count == 1)
            }
            // A call on the same connection comes behind the acknowledgement of batch 0.
            _ = try await first.admin.list()
            await first.abort()
            try await Connection.withConnection(to: address) { second in
                let consumer = try await second.takeOver("orders", options)
                let batch = try #require(try await consumer.poll(maximumWait: .seconds(20)))
                #expect(batch.firstOffset == 1)
            }
        }
    }

    /// How a consumer comes to its end.
    enum End: CaseIterable {
        case consumerClosed, connectionClosed, aborted
    }

    /// An end in order asks for no more, so the last batch is worked off; others repeat it.
    @Test(arguments: End.allCases)
    func anOrderlyEndAcknowledgesTheLastBatch(_ end: End) async throws {
        try await TestBroker.runWithTopic { connection, address in
            try await connection.send(["0", "1"], together: 100)
            let first = try await Connection.connect(to: address)
            let consumer = try await first.makeConsumer(
                topic: "orders", options: options(.automatic))
            #expect(try await consumer.takeTexts(2) == ["0", "1"])
            switch end {
            case .consumerClosed:
                await consumer.close()
                await first.abort()
            case .connectionClosed: await first.close()
            case .aborted: await first.abort()
            }
            let second = try await connection.takeOver("orders", options(.automatic))
            try await connection.send(["2"])
            #expect(
                try await second.takeTexts(1).first == (end == .aborted ? "0" : "2"), "\(end)")
        }
    }

    @Test func onDeliveryNothingComesAgain() async throws {
        try await TestBroker.runWithTopic { connection, address in
            try await sendSingly(connection, ["0", "1", "2"])
            try await Connection.withConnection(to: address) { first in
                let consumer = try await first.makeConsumer(
                    topic: "orders", options: options(.onDelivery))
                #expect(try await consumer.takeTexts(3).count == 3)
            }
            try await sendSingly(connection, ["3"])
            try await Connection.withConnection(to: address) { second in
                let consumer = try await second.takeOver("orders", options(.onDelivery))
                #expect(try await consumer.takeTexts(1) == ["3"])
            }
        }
    }

    @Test func aPartitionBelongsToOneConsumerOfAGroup() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let first = try await connection.makeConsumer(
                topic: "orders", options: options(.manual))
            let error = await clientError {
                _ = try await connection.makeConsumer(topic: "orders", options: options(.manual))
            }
            #expect(error?.code == .groupPartitionTaken)
            #expect(error?.isRetriable == true)
            await first.close()
            _ = try await connection.makeConsumer(topic: "orders", options: options(.manual))
        }
    }
}
