// Between the I/O thread that receives and the task that takes.

import AeroMemory
import AeroWire
import Synchronization

/// What has arrived for a consumer, who waits for it, and what the takers have to say.
///
/// A batch crosses here without a thread hop when it is already there; the I/O thread collects
/// acknowledgements and room for more in its next turn.
final class ConsumerInbox: Sendable {
    struct Waiter {
        let outcome: Outcome<DeliveredChunk?>
        let deadlineNanoseconds: Int64
    }

    struct State {
        var chunks = FIFO<DeliveredChunk>()
        var waiters: [Waiter] = []
        var failure: ClientError?
        /// What was taken since the I/O thread looked, by lane.
        var taken: [Int: Taken] = [:]
        /// What automatic acknowledgement has settled since then, by lane.
        var acknowledged: [Int: Int64] = [:]
        /// The batch that the next `take` acknowledges.
        var previous: (lane: Int, lastOffset: Int64)?
        /// The lane whose batch the application is working on, as far as can be told.
        var laneInHand: Int?
        /// That lane, when it is going to another member: its next record is theirs.
        var leavingLane: Int?
        /// True when a handler works the records off: see `+Handling`.
        var isHandled = false
        /// What stands behind records that wait for their next attempt, by lane.
        var parked: [Int: Parked] = [:]
        var lastTicket = 0
        /// The present log of lanes that began anew: others are not acknowledged any more.
        var incarnations: [Int: Int] = [:]

        /// Whether what is done with a chunk still counts.
        func isPresent(_ chunk: DeliveredChunk) -> Bool {
            chunk.incarnation == incarnations[chunk.lane] ?? 0
        }
    }

    /// How much was taken of a lane.
    struct Taken {
        /// In bytes of the receive window.
        var byteCount = 0
        var recordCount = 0
        /// The last offset of it; with a handler, the last that it has worked off. Below 0: none.
        var throughOffset: Int64 = -1
    }

    /// What the I/O thread collects.
    struct Notes {
        var taken: [Int: Taken]
        var acknowledged: [Int: Int64]
    }

    let state = Mutex(State())
    private let acknowledgesPrevious: Bool

    /// - Parameter acknowledgesPrevious: Whether taking acknowledges what was taken before.
    init(acknowledgesPrevious: Bool) { self.acknowledgesPrevious = acknowledgesPrevious }

    // MARK: - The taking task

    /// Takes the oldest batch that has records, or waits for one.
    ///
    /// - Parameters:
    ///   - deadlineNanoseconds: When to give up with nil; at once when it has passed.
    ///   - explain: What is said of a batch that cannot be read, with which the inbox fails.
    func takeBatch(
        deadlineNanoseconds: Int64, isOver: Bool, _ runtime: ClientRuntime,
        explain: (DeliveredChunk, WireError) -> String
    ) async throws(ClientError) -> RecordBatch? {
        while true {
            let taken = await take(
                deadlineNanoseconds: deadlineNanoseconds, isOver: isOver, signal: runtime.signal)
            guard let chunk = try taken.get() else { return nil }
            do throws(WireError) {
                let batch = try RecordBatch(chunk, topic: chunk.topic)
                // Compaction may have left nothing of it but its offsets.
                if batch.count > 0 { return batch }
            } catch {
                let failure = ClientError(
                    .corruptData, explain(chunk, error), brokerAddress: runtime.brokerAddress)
                fail(failure, keepsChunks: false)
                throw failure
            }
        }
    }

    private func take(
        deadlineNanoseconds: Int64, isOver: Bool, signal: ThreadSignal
    ) async -> Result<DeliveredChunk?, ClientError> {
        let outcome = Outcome<DeliveredChunk?>()
        let immediate = state.withLock { state -> Result<DeliveredChunk?, ClientError>? in
            acknowledgePrevious(&state)
            if let chunk = state.chunks.popFirst() {
                handOver(chunk, &state)
                return .success(chunk)
            }
            if let failure = state.failure { return .failure(failure) }
            if isOver { return .success(nil) }
            state.waiters.append(
                Waiter(outcome: outcome, deadlineNanoseconds: deadlineNanoseconds))
            return nil
        }
        signal.wake()
        if let immediate { return immediate }
        let result = await outcome.wait()
        if case .failure(let error) = result, error.code == .cancelled { forgetSettled() }
        return result
    }

    /// What was taken last counts as worked off, where acknowledgement is automatic.
    func settlePrevious() { state.withLock { state in acknowledgePrevious(&state) } }

    /// Refuses to give anything more, for this reason; the first one counts.
    func fail(_ error: ClientError, keepsChunks: Bool) {
        let waiters = state.withLock { state in
            state.failure = state.failure ?? error
            if !keepsChunks {
                state.chunks = FIFO()
                state.parked = [:]
                state.laneInHand = nil
                state.leavingLane = nil
            }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.outcome.complete(.failure(error)) }
    }

    private func forgetSettled() {
        state.withLock { $0.waiters.removeAll { $0.outcome.isSettled } }
    }

    // MARK: - The I/O thread

    /// A batch has arrived.
    func put(_ chunk: DeliveredChunk) {
        state.withLock { state in
            guard state.parked[chunk.lane] == nil else {
                state.parked[chunk.lane]?.chunks.append(chunk)
                return
            }
            while let waiter = state.waiters.first {
                state.waiters.removeFirst()
                // A waiter that was cancelled meanwhile does not get it, and it is not lost.
                if waiter.outcome.complete(.success(chunk)) {
                    handOver(chunk, &state)
                    return
                }
            }
            state.chunks.append(chunk)
        }
    }

    /// True while somebody waits.
    var isAwaited: Bool { state.withLock { !$0.waiters.isEmpty } }

    /// When the first waiter gives up.
    var nextDeadlineNanoseconds: Int64 {
        state.withLock { state in state.waiters.map(\.deadlineNanoseconds).min() ?? .max }
    }

    /// Sends waiters home with nothing whose time is over.
    func expire(nowNanoseconds: Int64) {
        let due = state.withLock { state in
            let due = state.waiters.filter { $0.deadlineNanoseconds <= nowNanoseconds }
            if !due.isEmpty {
                state.waiters.removeAll { $0.deadlineNanoseconds <= nowNanoseconds }
            }
            return due
        }
        for waiter in due { waiter.outcome.complete(.success(nil)) }
    }

    /// What the takers have left since the last call.
    func collectNotes() -> Notes? {
        state.withLock { state in
            guard !state.taken.isEmpty || !state.acknowledged.isEmpty else { return nil }
            defer {
                state.taken = [:]
                state.acknowledged = [:]
            }
            return Notes(taken: state.taken, acknowledged: state.acknowledged)
        }
    }

    /// Drops what waits of a lane, and forgets what was taken of it.
    func forget(lane: Int) {
        state.withLock { state in
            dropChunks(of: lane, &state)
            state.taken[lane] = nil
            state.acknowledged[lane] = nil
            if state.previous?.lane == lane { state.previous = nil }
            if state.laneInHand == lane { state.laneInHand = nil }
            if state.leavingLane == lane { state.leavingLane = nil }
        }
    }

    /// The partition of a lane counts from the beginning: what came before is still given out, and
    /// not acknowledged.
    func beginAnew(lane: Int) {
        state.withLock { state in
            state.incarnations[lane, default: 0] += 1
            state.acknowledged[lane] = nil
            if state.previous?.lane == lane { state.previous = nil }
        }
    }

    /// Drops what waits of a lane; what was taken of it still counts. A handler may finish the
    /// record that it has in hand, and one that waits for its next attempt is dropped too.
    func drop(lane: Int) {
        state.withLock { state in
            dropChunks(of: lane, &state)
            if state.isHandled, state.laneInHand == lane { state.leavingLane = lane }
        }
    }

    /// True while the application works on a batch of this lane, as far as can be told: until it
    /// asks for the next one.
    func isInHand(lane: Int) -> Bool { state.withLock { $0.laneInHand == lane } }

    // MARK: - Under the lock

    private func dropChunks(of lane: Int, _ state: inout State) {
        var kept = FIFO<DeliveredChunk>()
        while let chunk = state.chunks.popFirst() {
            if chunk.lane != lane { kept.append(chunk) }
        }
        state.chunks = kept
        state.parked[lane] = nil
    }

    func acknowledgePrevious(_ state: inout State) {
        state.laneInHand = nil
        state.leavingLane = nil
        guard let previous = state.previous else { return }
        state.acknowledged[previous.lane] = previous.lastOffset
        state.previous = nil
    }

    private func handOver(_ chunk: DeliveredChunk, _ state: inout State) {
        state.taken[chunk.lane, default: Taken()].byteCount += chunk.windowByteCount
        state.taken[chunk.lane, default: Taken()].recordCount += chunk.recordCount
        state.laneInHand = chunk.lane
        guard !state.isHandled else { return }
        state.taken[chunk.lane, default: Taken()].throughOffset = chunk.lastOffset
        if acknowledgesPrevious, state.isPresent(chunk) {
            state.previous = (chunk.lane, chunk.lastOffset)
        }
    }
}
