// Work that waits for its next attempt.

/// Waiting work, by when it is due. Pure: no clock and no I/O.
///
/// BOUND: whoever fills it has one piece of work a partition.
struct RedeliveryQueue<Work> {
    private var waiting: [(dueNanoseconds: Int64, work: Work)] = []

    /// Makes an empty queue.
    init() {}

    /// When the first piece is due; `Int64.max` when none waits.
    var nextDueNanoseconds: Int64 { waiting.map(\.dueNanoseconds).min() ?? .max }

    /// Adds a piece of work that is due at this time.
    mutating func add(_ work: Work, dueNanoseconds: Int64) {
        waiting.append((dueNanoseconds, work))
    }

    /// Takes the piece that has been due for longest; of several, the one that was added first.
    mutating func takeDue(nowNanoseconds: Int64) -> Work? {
        var earliest: Int?
        for (index, entry) in waiting.enumerated() where entry.dueNanoseconds <= nowNanoseconds {
            guard let best = earliest, waiting[best].dueNanoseconds <= entry.dueNanoseconds else {
                earliest = index
                continue
            }
        }
        return earliest.map { waiting.remove(at: $0).work }
    }
}
