// The pool against a model, over seeded random histories.

import AeroMemory
import TestSupport
import Testing

/// Holds an uncopyable buffer in an array, with the mark that was written at both its ends.
private final class Held {
    let buffer: PooledBuffer
    let mark: UInt64

    init(_ buffer: consuming PooledBuffer, mark: UInt64) {
        buffer.baseAddress.storeBytes(of: mark, as: UInt64.self)
        buffer.baseAddress.storeBytes(
            of: mark, toByteOffset: buffer.capacity & ~7 - 8, as: UInt64.self)
        self.buffer = buffer
        self.mark = mark
    }

    /// Whether nobody else has written into the buffer.
    var isIntact: Bool {
        buffer.baseAddress.load(as: UInt64.self) == mark
            && buffer.baseAddress.load(
                fromByteOffset: buffer.capacity & ~7 - 8, as: UInt64.self) == mark
    }
}

/// What the pool's counters must say.
private struct Model {
    var held: [Held] = []
    var allocations: UInt64 = 0
    var exhaustions: UInt64 = 0
    var bytesOutstanding: Int { held.reduce(0) { $0 + $1.buffer.capacity } }
}

@Suite struct BufferPoolModelTests {
    private static let capacityBytes = 12 << 20

    @Test(arguments: 0..<8) func countersAndContentFollowTheModel(round: UInt64) throws {
        let seed = TestSeed.current &+ round
        var random = SplitMix64(seed: seed)
        try withPool(capacityBytes: Self.capacityBytes) { pool in
            var model = Model()
            for step in 0..<2000 {
                switch random.next() % 100 {
                case 0..<55: allocate(from: pool, &model, &random, seed)
                case 55..<96: releaseOne(&model, &random, seed)
                case 96: pool.trim(toCachedBytes: Int(random.next() % UInt64(Self.capacityBytes)))
                case 97: pool.setMode(pool.mode == .pooled ? .native : .pooled)
                default: releaseSomeElsewhere(&model, &random, seed)
                }
                pool.collectReturns()
                check(pool, model, "seed \(seed), step \(step)")
            }
            model.held.removeAll()
            check(pool, model, "seed \(seed), at the end")
            #expect(pool.statistics.exhaustions > 0, "seed \(seed): the cap was never met")
        }
    }

    private func allocate(
        from pool: BufferPool, _ model: inout Model, _ random: inout SplitMix64, _ seed: UInt64
    ) {
        // Log-uniform up to 8 MiB, so that each class and huge ones occur.
        let byteCount = Int(random.next() % (1 << (random.next() % 24)))
        let outstanding = model.bytesOutstanding
        let sizeClass = BufferSizeClass.containing(byteCount)
        let needed = sizeClass.byteCount ?? byteCount
        do {
            let buffer = try pool.allocate(minimumByteCount: byteCount)
            #expect(buffer.capacity == needed, "seed \(seed)")
            model.allocations += 1
            model.held.append(Held(buffer, mark: random.next()))
            #expect(outstanding + needed <= Self.capacityBytes, "seed \(seed)")
        } catch {
            let expected = PoolError.exhausted(
                requestedByteCount: needed, outstandingByteCount: outstanding,
                capacityByteCount: Self.capacityBytes)
            #expect(error == expected, "seed \(seed)")
            #expect(outstanding + needed > Self.capacityBytes, "seed \(seed)")
            model.exhaustions += 1
        }
    }

    private func releaseOne(_ model: inout Model, _ random: inout SplitMix64, _ seed: UInt64) {
        guard !model.held.isEmpty else { return }
        let index = Int(random.next() % UInt64(model.held.count))
        model.held.swapAt(index, model.held.count - 1)
        #expect(model.held.removeLast().isIntact, "seed \(seed): a buffer was written by another")
    }

    private func releaseSomeElsewhere(
        _ model: inout Model, _ random: inout SplitMix64, _ seed: UInt64
    ) {
        let count = min(model.held.count, Int(random.next() % 8))
        // SAFETY: removed from the model here and used by the other thread alone.
        nonisolated(unsafe) var leaving = Array(model.held.suffix(count))
        model.held.removeLast(count)
        TestThread.run {
            let isIntact = leaving.allSatisfy(\.isIntact)
            #expect(isIntact, "seed \(seed): a buffer was written by another")
            leaving.removeAll()
        }
    }

    private func check(_ pool: BufferPool, _ model: Model, _ comment: Comment) {
        let statistics = pool.statistics
        #expect(statistics.allocations == model.allocations, comment)
        #expect(statistics.allocations == statistics.hits + statistics.misses, comment)
        #expect(
            statistics.allocations - statistics.releases == UInt64(model.held.count), comment)
        #expect(statistics.exhaustions == model.exhaustions, comment)
        #expect(statistics.bytesOutstanding == model.bytesOutstanding, comment)
        #expect(statistics.bytesCached >= 0, comment)
        #expect(
            statistics.bytesOutstanding + statistics.bytesCached <= statistics.highWaterBytes,
            comment)
        #expect(statistics.highWaterBytes <= Self.capacityBytes, comment)
        if pool.mode == .native { #expect(statistics.bytesCached == 0, comment) }
    }
}
