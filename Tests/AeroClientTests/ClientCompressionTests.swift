// Compressed batches through a real broker and back.

import AeroClient
import AeroWire
import Testing

@Suite(.timeLimit(.minutes(10))) struct ClientCompressionTests {
    static let compressions: [Compression] = [
        .gzip, .snappy, .lz4, .zstd, .gzip(level: 1), .lz4(level: 9), .zstd(level: -1),
    ]

    /// Like an order in JSON; no two are equal.
    private static func text(_ number: Int) -> String {
        let digest = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        return #"{"order":\#(number),"digest":"\#(String(digest, radix: 16))","state":"shipped","#
            + #""lines":[{"article":"A-\#(number % 97)","count":\#(number % 7)}]}"#
    }

    private static func messages(_ count: Int) -> [Message] {
        (0..<count).map { number in
            var message = Message(text(number), key: "customer-\(number % 10)")
            message.headers = [MessageHeader("trace", [UInt8(number & 0xFF)])]
            return message
        }
    }

    private func send(
        _ messages: [Message], _ connection: Connection,
        _ configure: (inout ProducerOptions) -> Void = { _ in }
    ) async throws {
        let producer = try await connection.makeProducer(
            topic: "orders", options: ProducerOptions(configure))
        for result in try await producer.send(batch: messages) { _ = try result.get() }
    }

    /// Members of a group and their handlers read what was compressed, and commit past it.
    @Test(arguments: [Compression.gzip, .snappy, .lz4, .zstd])
    func membersReadCompressedBatches(_ compression: Compression) async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let messages = Self.messages(300)
            try await send(messages, connection) {
                $0.compression = compression
                $0.batchMessageCount = 100
            }
            let consumer = try await connection.join()
            let journal = HandlingJournal()
            let run = Task { try await consumer.handleRecords { journal.note($0) } }
            #expect(await journal.take(300) == (0..<300).map { Self.text($0) })
            try await connection.awaitCommitted(300)
            await consumer.close()
            #expect(try await run.value.handledCount == 300)
        }
    }

    private func take(_ count: Int, from consumer: Consumer) async throws -> [Record] {
        var records: [Record] = []
        while records.count < count {
            let batch = try #require(try await consumer.poll(maximumWait: .seconds(20)))
            records += Array(batch)
        }
        return records
    }

    @Test(arguments: compressions)
    func recordsComeBackAndBytesAreSaved(_ compression: Compression) async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let messages = Self.messages(2_000)
            try await send(messages, connection)
            let plain = try await connection.admin.statistics()["batches.bytes"] ?? 0
            try await send(messages, connection) { $0.compression = compression }
            let both = try await connection.admin.statistics()["batches.bytes"] ?? 0
            #expect(Double(both - plain) < 0.7 * Double(plain), "\(both - plain) of \(plain)")
            let consumer = try await connection.makeConsumer(topic: "orders")
            let records = try await take(4_000, from: consumer)
            for (index, record) in records.enumerated() {
                let message = messages[index % 2_000]
                #expect(record.offset == Int64(index))
                #expect(record.value == message.value && record.key == message.key)
                #expect(record.headers == message.headers)
            }
        }
    }

    @Test func smallBatchesAreSentAsTheyAre() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            var sizes: [Int64] = []
            for threshold in [0, 10_000] {
                let before = try await connection.admin.statistics()["batches.bytes"] ?? 0
                try await send([Message(String(repeating: "x", count: 5_000))], connection) {
                    $0.compression = .zstd
                    $0.compressionThreshold = threshold
                }
                let after = try await connection.admin.statistics()["batches.bytes"] ?? 0
                sizes.append(after - before)
            }
            #expect(sizes[0] < 200 && sizes[1] > 5_000, "\(sizes)")
        }
    }

    @Test func aConsumerMayStartInsideACompressedBatch() async throws {
        try await TestBroker.runWithTopic { connection, _ in
            try await send(Self.messages(500), connection) { $0.compression = .lz4 }
            let consumer = try await connection.makeConsumer(
                topic: "orders", options: ConsumerOptions { $0.start = .offset(333) })
            let records = try await take(167, from: consumer)
            #expect(records.map(\.offset) == Array(333..<500))
            #expect(records[0].text == Self.text(333))
        }
    }

    @Test(arguments: [DeliveryMode.push, .pull])
    func batchesOfAllKindsMayFollowEachOther(_ mode: DeliveryMode) async throws {
        try await TestBroker.runWithTopic { connection, _ in
            let kinds: [Compression] = [.zstd, .none, .gzip, .snappy, .none, .lz4]
            for kind in kinds + kinds {
                try await send(Self.messages(50), connection) { $0.compression = kind }
            }
            let consumer = try await connection.makeConsumer(
                topic: "orders", options: ConsumerOptions { $0.mode = mode })
            let records = try await take(600, from: consumer)
            #expect(records.map(\.text) == (0..<600).map { Self.text($0 % 50) })
        }
    }

    /// What becomes a hundred times as much must not become more than the client may hold.
    @Test func memoryIsBoundedByWhatBatchesBecome() async throws {
        let options = ConnectionOptions { $0.maximumMemory = 4 << 20 }
        try await TestBroker.runWithTopic { connection, address in
            let value = [UInt8](repeating: 7, count: 50_000)
            for _ in 0..<20 {
                try await send((0..<20).map { _ in Message(value) }, connection) {
                    $0.compression = .zstd
                }
            }
            try await Connection.withConnection(to: address, options: options) { small in
                let consumer = try await small.makeConsumer(topic: "orders")
                var count = 0
                while count < 400 {
                    let batch = try #require(try await consumer.poll(maximumWait: .seconds(20)))
                    #expect(batch.allSatisfy { $0.value == value })
                    #expect(small.memoryByteCount <= 4 << 20)
                    count += batch.count
                }
                #expect(count == 400)
            }
        }
    }

    // MARK: - What is wrong with a batch

    /// A batch with a valid CRC around compressed records of this kind.
    private static func batch(_ codec: CompressionCodec, _ records: [UInt8]) -> [UInt8] {
        var batch = [UInt8](repeating: 0, count: 1_024)
        let byteCount = batch.withUnsafeMutableBytes { block in
            var builder = RecordBatchBuilder(into: block)
            let isAppended = [UInt8](repeating: 1, count: 200).withUnsafeBytes {
                builder.append(key: nil, value: $0)
            }
            precondition(isAppended, "a kilobyte holds the record")
            return builder.finish(RecordBatchProperties(baseTimestamp: 1))
        }
        batch = Array(batch[..<min(byteCount, 61)]) + records
        let length = UInt32(batch.count - 12)
        for index in 0..<4 {
            batch[8 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index))
        }
        batch[22] = codec.rawValue
        let crc = batch[21...].withUnsafeBytes { CRC32C.checksum($0) }
        for index in 0..<4 {
            batch[17 + index] = UInt8(truncatingIfNeeded: crc >> (24 - 8 * index))
        }
        return batch
    }

    @Test(arguments: CompressionCodec.allCases.filter { $0 != .none })
    func damagedCompressionIsToldInItsPlace(_ codec: CompressionCodec) async throws {
        try await TestBroker.runWithTopic { connection, address in
            // Sent ahead: the consumer has both when it takes the first.
            let consumer = try await connection.makeConsumer(topic: "orders")
            try await send([Message("good")], connection)
            let raw = try RawProducer(to: address, topic: "orders")
            try raw.send(Self.batch(codec, [UInt8](repeating: 0xC3, count: 100)))
            #expect(try await consumer.takeTexts(1) == ["good"])
            let error = await clientError {
                _ = try await consumer.poll(maximumWait: .seconds(20))
            }
            #expect(error?.code == .corruptData)
            #expect(error?.message.contains("offset 1 ") == true, "\(String(describing: error))")
        }
    }

    /// Blocks of four bytes that each become 128 KiB: 48 KiB sent, 1.5 GiB meant.
    @Test func aBombIsRefusedByItsSize() async throws {
        try await TestBroker.runWithTopic { connection, address in
            var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, 13 << 3]
            for index in 0..<12_000 {
                let header = UInt32(131_072 << 3 | 1 << 1 | (index == 11_999 ? 1 : 0))
                frame += [0, 8, 16].map { UInt8(truncatingIfNeeded: header >> $0) } + [0x41]
            }
            try RawProducer(to: address, topic: "orders").send(Self.batch(.zstd, frame))
            let consumer = try await connection.makeConsumer(topic: "orders")
            let error = await clientError {
                _ = try await consumer.poll(maximumWait: .seconds(20))
            }
            #expect(error?.code == .corruptData)
            #expect(error?.message.contains("maximumBatchByteCount") == true)
            #expect(connection.memoryByteCount < 16 << 20)
        }
    }

    /// A batch that this connection's memory could never hold ends the consumer, not its progress.
    @Test func aBatchAboveTheMemoryIsRefused() async throws {
        let options = ConnectionOptions { $0.maximumMemory = 4 << 20 }
        try await TestBroker.runWithTopic { connection, address in
            let value = [UInt8](repeating: 7, count: 1 << 20)
            try await send([Message(value), Message(value), Message("behind")], connection) {
                $0.compression = .gzip
                $0.batchByteCount = 3 << 20
            }
            try await Connection.withConnection(to: address, options: options) { small in
                let consumer = try await small.makeConsumer(topic: "orders")
                let error = await clientError {
                    _ = try await consumer.poll(maximumWait: .seconds(20))
                }
                #expect(error?.code == .corruptData)
                #expect(error?.message.contains("maximumMemory") == true)
            }
        }
    }

    @Test func levelsHaveBounds() throws {
        for compression in Self.compressions {
            try ProducerOptions { $0.compression = compression }.validate()
        }
        let invalid: [Compression] = [
            .gzip(level: 0), .gzip(level: 10), .lz4(level: -1), .lz4(level: 13),
            .zstd(level: -8), .zstd(level: 20), Compression(.snappy, level: 1),
            Compression(.none, level: 1),
        ]
        for compression in invalid {
            let error = #expect(throws: ClientError.self) {
                try ProducerOptions { $0.compression = compression }.validate()
            }
            #expect(error?.code == .invalidConfiguration)
        }
    }
}
