// Where stores get the buffers they fill, and give them back.

package import AeroMemory

/// The buffers of all stores of one shard: fresh from its pool, or released ones, still warm.
///
/// A released buffer that nobody reads any more is kept for the next store that needs one, so
/// that a topic whose consumers keep up runs in the same few buffers and allocates nothing.
/// Thread: the owning shard's.
package final class ChunkSource {
    // BOUND: buffers kept for reuse; a consumer that was away for a moment releases many at once.
    private static let spareByteCountMax = 4 << 20

    private let pool: BufferPool
    private var spares: [SharedBuffer] = []
    private var spareByteCount = 0
    private var isInUse = false

    /// - Parameter pool: The shard's pool; must outlive the source and its buffers.
    package init(pool: BufferPool) { self.pool = pool }

    /// An empty buffer of at least `byteCount` bytes.
    ///
    /// - Throws: `PoolError.exhausted` at the memory cap, when no spare is left to give up either.
    func take(_ byteCount: Int) throws(PoolError) -> SharedBuffer {
        isInUse = true
        // Looked at in place: a copy would be another reference.
        for index in spares.indices.reversed()
        where spares[index].capacity >= byteCount && isKnownUniquelyReferenced(&spares[index]) {
            let spare = spares.remove(at: index)
            spareByteCount -= spare.capacity
            spare.reset()
            return spare
        }
        do throws(PoolError) {
            return SharedBuffer(try pool.allocate(minimumByteCount: byteCount))
        } catch {
            guard !spares.isEmpty else { throw error }
            dropSpares()
            return SharedBuffer(try pool.allocate(minimumByteCount: byteCount))
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

    private func dropSpares() {
        spares.removeAll(keepingCapacity: true)
        spareByteCount = 0
    }
}
