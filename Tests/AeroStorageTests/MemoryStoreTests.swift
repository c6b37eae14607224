// The volatile store: conformance, limits, and that it gives all of its memory back.

import AeroMemory
import AeroStorage
import AeroWire
import TestSupport
import Testing

struct MemoryStoreTests {
    private static func makePool(_ byteCount: Int = 64 << 20) throws -> BufferPool {
        try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: byteCount))
    }

    @Test(arguments: [
        (0, 20_000, 2_000), (5_000, 20_000, 500), (100_000, 100_000, 30_000),
        (10_000, 400_000, 9_000), (0, 4_000_000, 400_000), (0, 500, 300),
    ])
    func conformsToTheModel(retention: Int, maximum: Int, batch: Int) throws {
        for round in 0..<UInt64(6) {
            let pool = try Self.makePool()
            try run(pool, retention, maximum, batch, TestSeed.current &+ round)
            // Every chunk, the spare one, too, went home with the store.
            #expect(pool.statistics.bytesOutstanding == 0)
        }
    }

    private func run(
        _ pool: BufferPool, _ retention: Int, _ maximum: Int, _ batch: Int, _ seed: UInt64
    ) throws {
        var store = PartitionLog(
            volatile: ChunkSource(pool: pool),
            limits: MemoryStoreLimits(retentionByteCount: retention, maximumByteCount: maximum))
        try StoreConformance.check(
            &store,
            StoreConformance.Terms(
                retentionByteCount: retention, maximumByteCount: maximum,
                batchByteCountMax: batch),
            seed: seed)
    }

    @Test func everythingAcknowledgedAlwaysMakesRoom() throws {
        let pool = try Self.makePool()
        var random = SplitMix64(seed: TestSeed.current)
        var store = PartitionLog(
            volatile: ChunkSource(pool: pool),
            limits: MemoryStoreLimits(retentionByteCount: 8_000, maximumByteCount: 10_000))
        for _ in 0..<500 {
            let batch = ModelBatch.random(&random, byteCountMax: 9_000)
            let header = try RecordBatchHeader.checked(batch)
            _ = store.release(below: store.logEndOffset, reserving: batch.count)
            let outcome = try batch.withUnsafeBytes {
                try store.append($0, header: header, nowMilliseconds: 0)
            }
            guard case .appended = outcome else {
                Issue.record("\(outcome), seed \(TestSeed.current)")
                return
            }
        }
    }

    @Test func exhaustedMemoryIsThrownAndNothingIsStored() throws {
        let pool = try Self.makePool(16 * 1024)
        var random = SplitMix64(seed: TestSeed.current)
        let source = ChunkSource(pool: pool)
        var store = PartitionLog(
            volatile: source,
            limits: MemoryStoreLimits(retentionByteCount: 0, maximumByteCount: 10 << 20))
        var storedCount: Int64 = 0
        var isExhausted = false
        while !isExhausted {
            let batch = ModelBatch.random(&random, byteCountMax: 3_000)
            let header = try RecordBatchHeader.checked(batch)
            do {
                let outcome = try batch.withUnsafeBytes {
                    try store.append($0, header: header, nowMilliseconds: 0)
                }
                #expect(outcome == .appended(baseOffset: storedCount))
                storedCount += Int64(header.recordCount)
            } catch {
                isExhausted = true
            }
        }
        #expect(storedCount > 0 && store.logEndOffset == storedCount)
        #expect(store.release(below: storedCount, reserving: .max) > 0)
        #expect(store.logStartOffset == storedCount && store.storedByteCount == 0)
        // The first call ends the period in which buffers were taken, the second finds none taken.
        source.trim()
        source.trim()
        #expect(pool.statistics.bytesOutstanding == 0)
        var cursor = StoreCursor(offset: storedCount)
        guard case .atEnd = store.read(&cursor, maximumByteCount: 1) else {
            Issue.record("an emptied store has nothing to read")
            return
        }
        cursor = StoreCursor(offset: storedCount - 1)
        guard case .outOfRange = store.read(&cursor, maximumByteCount: 1) else {
            Issue.record("what was released cannot be read")
            return
        }
    }
}
