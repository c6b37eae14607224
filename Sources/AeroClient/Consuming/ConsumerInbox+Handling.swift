// What a handler of records tells the inbox: what is worked off, and what has to wait.

import AeroMemory
import Synchronization

extension ConsumerInbox {
    /// Batches behind a record that waits for its next attempt.
    struct Parked {
        /// Tells one wait of a lane from another.
        let ticket: Int
        var chunks = FIFO<DeliveredChunk>()
    }

    /// From here on only `settle` acknowledges, record by record. What was taken before counts as
    /// worked off where acknowledgement is automatic.
    ///
    /// - Returns: False when that was said before.
    func beginHandling() -> Bool {
        state.withLock { state in
            guard !state.isHandled else { return false }
            acknowledgePrevious(&state)
            state.isHandled = true
            return true
        }
    }

    /// The records of the chunk in hand are worked off up to this one.
    ///
    /// - Returns: Whether there may be more of the lane. If not, its partition is another member's
    ///   or about to be, its position was moved, or the consumer has ended.
    func settle(_ chunk: DeliveredChunk, throughOffset: Int64) -> Bool {
        state.withLock { state in
            guard state.laneInHand == chunk.lane else { return false }
            if state.isPresent(chunk) {
                state.acknowledged[chunk.lane] = throughOffset
                state.taken[chunk.lane, default: Taken()].throughOffset = throughOffset
            }
            return staysInHand(&state)
        }
    }

    /// A record of the lane in hand waits: until `resume` or the end of the lane, nothing of it is
    /// given out.
    ///
    /// - Returns: A ticket to pick it up again; nil when the lane is not ours any more.
    func setAside(lane: Int) -> Int? {
        state.withLock { state in
            guard state.laneInHand == lane, staysInHand(&state) else { return nil }
            state.laneInHand = nil
            if let parked = state.parked[lane] { return parked.ticket }
            state.lastTicket += 1
            var parked = Parked(ticket: state.lastTicket)
            var others = FIFO<DeliveredChunk>()
            while let chunk = state.chunks.popFirst() {
                if chunk.lane == lane { parked.chunks.append(chunk) } else { others.append(chunk) }
            }
            state.chunks = others
            state.parked[lane] = parked
            return state.lastTicket
        }
    }

    /// Takes a record that waited in hand again.
    ///
    /// - Returns: False when its lane is not ours any more, or was moved.
    func pickUp(lane: Int, _ ticket: Int) -> Bool {
        state.withLock { state in
            guard state.parked[lane]?.ticket == ticket else { return false }
            state.laneInHand = lane
            state.leavingLane = nil
            return true
        }
    }

    /// The batch in hand is worked off: what waits behind it is given out again.
    func resume(lane: Int) {
        state.withLock { state in
            if state.laneInHand == lane { state.laneInHand = nil }
            guard var parked = state.parked.removeValue(forKey: lane) else { return }
            while let chunk = parked.chunks.popFirst() { state.chunks.append(chunk) }
        }
    }

    /// Lets a lane go that is on its way out; whether it is still in hand.
    private func staysInHand(_ state: inout State) -> Bool {
        guard state.leavingLane != nil else { return true }
        state.leavingLane = nil
        state.laneInHand = nil
        return false
    }
}
