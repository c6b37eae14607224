// The times of a partition's latest batches, for subscriptions that measure.

/// When a batch was sent and when the broker had it; what is known before it is appended.
internal struct ArrivalTimes: Sendable {
    /// When its producer handed it to the kernel; 0 for one that does not say.
    var sentNanoseconds: Int64
    /// When the chunk with its last byte was received.
    var receivedNanoseconds: Int64

    /// Of a batch that nobody measures.
    static let unknown = ArrivalTimes(sentNanoseconds: 0, receivedNanoseconds: 0)

    var isKnown: Bool { sentNanoseconds != 0 }
}

/// The times of one batch, on the machine's monotonic clock.
internal struct BatchTimes: Sendable {
    let baseOffset: Int64
    let arrival: ArrivalTimes
    let appendedNanoseconds: Int64
    /// 0 until it is as durable as its topic promises.
    var durableNanoseconds: Int64
}

/// Bounds how much memory a shard gives to times.
internal final class StageTimesBudget {
    // BOUND: 256 rings of 160 KiB. Partitions beyond are delivered without times.
    static let ringCountMax = 256

    fileprivate(set) var ringCount = 0
}

/// The times of a partition's latest batches, in the order of their offsets. A batch that has left
/// the ring is delivered without its times, and its reader counts it.
///
/// - Allocations: none after init.
internal final class StageTimesRing {
    // BOUND: a power of two; batches that a reader may lag behind and still get their times.
    static let capacity = 4_096

    private let budget: StageTimesBudget
    private var entries: [BatchTimes] = []
    /// Batches ever entered; the last `capacity` of them are there.
    private var count = 0
    /// The first one that is not durable, by the same numbering.
    private var firstUnsettled = 0

    /// - Returns: nil when the shard has no room for another ring.
    init?(_ budget: StageTimesBudget) {
        guard budget.ringCount < StageTimesBudget.ringCountMax else { return nil }
        self.budget = budget
        budget.ringCount += 1
        entries.reserveCapacity(Self.capacity)
    }

    deinit { budget.ringCount -= 1 }

    /// Batches that are in the ring.
    var indices: Range<Int> { count - entries.count..<count }

    subscript(index: Int) -> BatchTimes { entries[index & (Self.capacity - 1)] }

    /// Enters the batch that was appended last.
    func append(_ times: BatchTimes) {
        if entries.count < Self.capacity {
            entries.append(times)
        } else {
            entries[count & (Self.capacity - 1)] = times
        }
        count += 1
        if times.durableNanoseconds != 0, firstUnsettled == count - 1 { firstUnsettled = count }
    }

    /// Everything below an offset has become durable.
    func settle(below offset: Int64, atNanoseconds nowNanoseconds: Int64) {
        firstUnsettled = max(firstUnsettled, indices.lowerBound)
        while firstUnsettled < count, self[firstUnsettled].baseOffset < offset {
            entries[firstUnsettled & (Self.capacity - 1)].durableNanoseconds = nowNanoseconds
            firstUnsettled += 1
        }
    }

    /// The first batch at or behind an offset; the end of `indices` when there is none.
    ///
    /// - Complexity: logarithmic.
    func firstIndex(from offset: Int64) -> Int {
        var (low, high) = (indices.lowerBound, count)
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle].baseOffset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
