// How a shard's memory is divided, so that what must not fail finds room when messages fill the rest.

import AeroStorage

/// How much of a shard's pool each use leaves free for the uses behind it.
///
/// | use | leaves free | why |
/// |---|---|---|
/// | a store that holds more than 1/64 | `stores.largeStoreByteCount` | one slow topic fills no other's room |
/// | any other store, copies for other shards | `stores.byteCount` | frames of any size still come in |
/// | appends that wait for room | 1/16 less than their store | back-pressure instead of refusals |
/// | frames that arrive in parts, large answers | `frameByteCount` | small answers always find a block |
/// | small answers, control frames | nothing | |
///
/// With a frame limit below an eighth of the memory the columns are 3/8, 1/4 and 1/16 of it.
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
        // One frame of the largest size fits beside stores and waiting appends that are at their end.
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
