// Messages that a consumer has and its handler has not taken yet.

/// A message that was received and waits for its handler.
struct WaitingMessage {
    let stamp: Stamp
    /// When the consumer had it.
    let receivedNanoseconds: Int64
    /// When its handler takes it.
    let takenNanoseconds: Int64
    /// Bytes of its value.
    let byteCount: Int
    /// Its stages, where they are measured and known.
    let stages: StageTimes?
}

/// The messages of one consumer, in the order in which they are taken.
struct WaitingMessages {
    private var messages: [WaitingMessage] = []
    private var first = 0

    // BOUND: more than a window of small messages. Where nothing is held back, the rest is recorded
    // when it arrives: its latency is as right, its interval is too early.
    private static let countMax = 1 << 16

    /// Keeps a message; false when there is no more room.
    mutating func keep(_ message: WaitingMessage) -> Bool {
        guard messages.count - first < Self.countMax else { return false }
        messages.append(message)
        return true
    }

    /// The next one that has been taken by a time.
    mutating func popTaken(nowNanoseconds: Int64) -> WaitingMessage? {
        guard first < messages.count, messages[first].takenNanoseconds <= nowNanoseconds else {
            return nil
        }
        let message = messages[first]
        first += 1
        if first == messages.count {
            messages.removeAll(keepingCapacity: true)
            first = 0
        } else if first == Self.countMax {
            messages.removeFirst(first)
            first = 0
        }
        return message
    }
}
