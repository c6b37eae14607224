// Every option is checked against its bounds.

import AeroClient
import Testing

@Suite struct ClientOptionsTests {
    @Test func defaultsAreValid() throws {
        try ConnectionOptions().validate()
        try ProducerOptions().validate()
        try ConsumerOptions().validate()
        try TopicOptions().validate()
    }

    @Test func connectionOptionsHaveBounds() {
        let changes: [(inout ConnectionOptions) -> Void] = [
            { $0.clientId = String(repeating: "x", count: 256) }, { $0.maximumMemory = 1_000 },
            { $0.connectTimeout = .zero }, { $0.requestTimeout = .seconds(-1) },
            { $0.closeTimeout = .seconds(-1) }, { $0.maximumInFlightRequests = 0 },
            { $0.reconnectBackoff = .zero ... .seconds(1) },
        ]
        for change in changes {
            expectInvalid { () throws(ClientError) in try ConnectionOptions(change).validate() }
        }
    }

    @Test func producerOptionsHaveBounds() {
        let changes: [(inout ProducerOptions) -> Void] = [
            { $0.batchMessageCount = 0 }, { $0.batchByteCount = 5 << 20 },
            { $0.linger = .seconds(61) }, { $0.deliveryTimeout = .zero },
            {
                $0.linger = .seconds(2); $0.deliveryTimeout = .seconds(1)
            },
            { $0.retryPolicy = .atLeastOnce(maximumAttempts: 1) },
            { $0.maximumMessageByteCount = 4 << 20 }, { $0.maximumInFlightBatches = 0 },
            { $0.maximumRefusedAttempts = 0 }, { $0.compressionThreshold = -1 },
            { $0.compression = .zstd(level: 99) }, { $0.maximumInFlightBatches = 6 },
        ]
        for change in changes {
            expectInvalid { () throws(ClientError) in try ProducerOptions(change).validate() }
        }
    }

    @Test func consumerOptionsHaveBounds() {
        let changes: [(inout ConsumerOptions) -> Void] = [
            { $0.receiveWindow = 1 }, { $0.maximumBatchByteCount = 0 },
            { $0.group = "" }, { $0.start = .committed },
            { $0.start = .offset(-1) }, { $0.partitions = .list([]) },
            { $0.partitions = .list([1, 1]) }, { $0.partitions = .list([-1]) },
        ]
        for change in changes {
            expectInvalid { () throws(ClientError) in try ConsumerOptions(change).validate() }
        }
    }

    private func expectInvalid(_ validate: () throws(ClientError) -> Void) {
        do throws(ClientError) {
            try validate()
            Issue.record("an option outside its bounds was accepted")
        } catch {
            #expect(error.code == .invalidConfiguration)
            #expect(!error.isRetriable)
        }
    }
}
