// Where stores get the buffers they fill, and give them back.

package import AeroMemory

/// How much of a pool its stores leave free for other uses.
package struct StoreReserves: Sendable, Equatable {
    /// What no store takes.
    package let byteCount: Int
    /// What a store does not take that holds more than `largeByteCount`: so that a partition
    /// whose consumers are slow leaves room for those whose consumers keep up.
    package let largeStoreByteCount: Int
    /// Bytes of batches from which on a store is large.
    package let largeByteCount: Int

    /// - Parameters:
    ///   - byteCount: 0 or more.
    ///   - largeStoreByteCount: At least `byteCount`.
    ///   - largeByteCount: 0 or more.
    package init(byteCount: Int, largeStoreByteCount: Int, largeByteCount: Int) {
        precondition(
            0 <= byteCount && byteCount <= largeStoreByteCount && largeByteCount >= 0,
            "a large store leaves at least what a small one leaves")
        self.byteCount = byteCount
        self.largeStoreByteCount = largeStoreByteCount
        self.largeByteCount = largeByteCount
    }

    /// Nothing is left.
    package static let none = StoreReserves(
        byteCount: 0, largeStoreByteCount: 0, largeByteCount: 0)

    /// What a store leaves that holds so many bytes of batches.
    package func byteCount(forStoreOf storedByteCount: Int) -> Int {
        storedByteCount > largeByteCount ? largeStoreByteCount : byteCount
    }
}

/// The buffers of all stores of one shard: fresh from its pool, or released ones, still warm.
///
/// A released buffer that nobody reads any more is kept for the next store that needs one, so
/// that a topic whose consumers keep up runs in the same few buffers and allocates nothing.
/// Thread: the owning shard's.
package final class ChunkSource {
    // BOUND: buffers kept for reuse; a consumer that was away for a moment releases many at once.
    private static let spareByteCountMax = 4 << 20

    private let pool: BufferPool
    private let reserves: StoreReserves
    private var spares: [SharedBuffer] = []
    private var spareByteCount = 0
    private var isInUse = false

    /// - Parameters:
    ///   - pool: The shard's pool; must outlive the source and its buffers.
    ///   - reserves: What the stores leave free of it.
    package init(pool: BufferPool, reserves: StoreReserves = .none) {
        self.pool = pool
        self.reserves = reserves
    }

    /// An empty buffer of at least `byteCount` bytes.
    ///
    /// - Parameters:
    ///   - byteCount: Above 0.
    ///   - storedByteCount: What the asking store holds already.
    /// - Throws: `PoolError.exhausted` where the memory cap or the reserves allow no more, when no
    ///   spare is left to give up either.
    func take(_ byteCount: Int, storedByteCount: Int) throws(PoolError) -> SharedBuffer {
        isInUse = true
        // Looked at in place: a copy would be another reference.
        for index in spares.indices.reversed()
        where spares[index].capacity >= byteCount && isKnownUniquelyReferenced(&spares[index]) {
            let spare = spares.remove(at: index)
            spareByteCount -= spare.capacity
            spare.reset()
            pool.countReuse()
            return spare
        }
        let reserve = reserves.byteCount(forStoreOf: storedByteCount)
        do throws(PoolError) {
            return SharedBuffer(
                try pool.allocate(minimumByteCount: byteCount, keepingFree: reserve))
        } catch {
            guard !spares.isEmpty else { throw error }
            dropSpares()
            return SharedBuffer(
                try pool.allocate(minimumByteCount: byteCount, keepingFree: reserve))
        }
    }

    /// Takes a released buffer back; it is used again once its last reader has let it go.
    func giveBack(_ buffer: SharedBuffer) {
        guard spareByteCount + buffer.capacity <= Self.spareByteCountMax else { return }
        spareByteCount += buffer.capacity
        spares.append(buffer)
    }

    /// Lets go of the spares when no buffer was taken since the last call; call it now and then.
    package func trim() {
        if !isInUse { dropSpares() }
        isInUse = false
    }

    /// Lets go of the spares at once, because memory is short.
    package func dropSpares() {
        spares.removeAll(keepingCapacity: true)
        spareByteCount = 0
    }
}
