// How a shard's memory is divided, so that messages leave room for what must not fail.

import AeroStorage

/// How much of a shard's pool each use leaves free for the uses behind it.
///
/// | use | leaves free | so that |
/// |---|---|---|
/// | a store that holds more than 1/64 | 3/8 | one slow topic fills no other's room |
/// | other stores, copies for other shards | 1/4 | frames of any size still come in |
/// | appends that wait for room | 1/16 less than their store | they wait, and are not refused |
/// | frames that arrive in parts, large answers | 1/16 | small answers find a block |
/// | small answers, control frames | nothing | |
///
/// A frame limit above an eighth of the memory raises the first two shares.
internal struct MemoryReserves: Sendable, Equatable {
    /// What the stores leave free.
    let stores: StoreReserves
    /// What frames under way and large answers leave free.
    let frameByteCount: Int
    /// How much nearer to the end a waiting append may go than the store that it waits for.
    private let waitingByteCount: Int

    /// - Parameters:
    ///   - capacityByteCount: The pool's cap.
    ///   - frameByteCountMax: The largest frame, at most a quarter of it.
    init(capacityByteCount: Int, frameByteCountMax: Int) {
        let sixteenth = capacityByteCount / 16
        frameByteCount = sixteenth
        waitingByteCount = sixteenth
        // A frame of the largest size fits beside stores and waiting appends at their end.
        let smallStores = max(4 * sixteenth, frameByteCountMax + 2 * sixteenth)
        stores = StoreReserves(
            byteCount: smallStores, largeStoreByteCount: smallStores + 2 * sixteenth,
            largeByteCount: capacityByteCount / 64)
    }

    /// What a copy of an append leaves free that waits for a store which holds so many bytes.
    func byteCount(waitingForStoreOf storedByteCount: Int) -> Int {
        stores.byteCount(forStoreOf: storedByteCount) - waitingByteCount
    }

    /// Beyond this many bytes, what is kept for replay only is let go of ahead of need.
    func comfortableByteCount(of capacityByteCount: Int) -> Int {
        capacityByteCount - stores.largeStoreByteCount - waitingByteCount
    }
}
