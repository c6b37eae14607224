// What an inbox gives out and takes back while partitions come and go under a handler.

import AeroMemory
import AeroWire
import Testing

@testable import AeroClient

@Suite struct ConsumerInboxTests {
    private let keeper: PoolKeeper
    private let runtime = ClientRuntime(brokerAddress: "nowhere:1", options: ConnectionOptions())
    private let inbox = ConsumerInbox(acknowledgesPrevious: true)

    init() throws {
        keeper = PoolKeeper(
            try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 1 << 20)))
        #expect(inbox.beginHandling())
    }

    /// Lets a batch of one record arrive.
    private func put(lane: Int) throws {
        let memory = SharedBuffer(try keeper.pool.allocate(minimumByteCount: 1 << 10))
        var builder = RecordBatchBuilder(
            into: UnsafeMutableRawBufferPointer(
                start: memory.baseAddress, count: memory.capacity))
        builder.begin()
        let isAppended = [UInt8(7)].withUnsafeBytes { builder.append(key: nil, value: $0) }
        #expect(isAppended)
        let byteCount = builder.finish(RecordBatchProperties(baseTimestamp: 1))
        _ = memory.claim(byteCount)
        let piece = DeliveredPiece(
            content: .success(
                SharedSlice(owner: memory, position: 0, byteCount: byteCount)),
            offsets: 0...0, recordCount: 1, deliveredByteCount: byteCount)
        inbox.put(
            DeliveredChunk(
                piece, keeper: keeper, topic: "orders", lane: lane, partition: lane,
                highWatermark: 1))
    }

    /// Takes the oldest batch, which is there.
    private func take() async throws -> DeliveredChunk {
        let batch = try await inbox.takeBatch(
            deadlineNanoseconds: 0, isOver: false, runtime, explain: { _, error in "\(error)" })
        return try #require(batch).chunk
    }

    /// The handler took longer than the broker would wait for the partition: what it does not say
    /// of that one must not be taken for another.
    @Test func aPartitionThatLeftUnderASlowHandlerTakesNoOtherAlong() async throws {
        try put(lane: 1)
        try put(lane: 2)
        let waiting = try await take()
        let ticket = try #require(inbox.setAside(lane: 1))
        let slow = try await take()
        #expect(waiting.lane == 1 && slow.lane == 2)
        inbox.drop(lane: 2)
        inbox.forget(lane: 2)
        #expect(!inbox.settle(slow, throughOffset: 0))
        #expect(inbox.pickUp(lane: 1, ticket))
        #expect(inbox.settle(waiting, throughOffset: 0), "its partition has not gone anywhere")
        try put(lane: 1)
        inbox.resume(lane: 1)
        #expect(try await take().lane == 1)
    }

    @Test func aPartitionInHandLeavesAlsoWhenAnotherLeavesWithIt() async throws {
        try put(lane: 1)
        let chunk = try await take()
        inbox.drop(lane: 1)
        inbox.drop(lane: 2)
        #expect(!inbox.settle(chunk, throughOffset: 0), "its next record is another member's")
        #expect(!inbox.isInHand(lane: 1))
    }
}
