// What a consumer does when the records at its position are gone.

import AeroWire

extension ConsumerEngine {
    /// The broker has no record where the lane is: retention has taken them, or the broker was
    /// started anew without them.
    ///
    /// - Returns: False when that is the consumer's end; else the lane's `restart` is set.
    func lostPosition(_ lane: Int, _ loop: ConnectionLoop) -> Bool {
        switch options.whenOutOfRange {
        case .earliest: lanes[lane].restart = .earliest
        case .latest: lanes[lane].restart = .latest
        case .error:
            let next = lanes[lane].nextOffset ?? 0
            lanes[lane].state = .ended
            finish(
                loop.context.error(
                    .offsetOutOfRange,
                    "the records of \(topic)/\(lanes[lane].partition) from offset \(next) on are "
                        + "gone; make another consumer that starts at what is left"),
                keepsChunks: true)
            return false
        }
        return true
    }

    /// The partition's log counts from the beginning: what was to be acknowledged of the one before
    /// must not be taken for its own records.
    func beginAnew(_ lane: Int) {
        lanes[lane].incarnation += 1
        lanes[lane].acknowledgeThrough = -1
        lanes[lane].toldThrough = -1
        for waiting in lanes[lane].pending {
            waiting.outcome.complete(.failure(Self.bygone(waiting.throughOffset)))
        }
        lanes[lane].pending = []
        inbox.beginAnew(lane: lane)
    }

    static func bygone(_ offset: Int64) -> ClientError {
        ClientError(
            .offsetOutOfRange,
            "offset \(offset) was of a log that the broker has lost: there is nothing left to "
                + "acknowledge")
    }
}
