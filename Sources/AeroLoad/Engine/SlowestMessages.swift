// The slowest messages of a run, kept with everything that is known of them.

/// One message that arrived, with its way.
package struct SlowMessage: Sendable, Equatable {
    /// Its class in the scenario.
    package let classIndex: Int
    /// The group of the class whose consumer received it.
    package let group: Int
    /// Its producer in the class.
    package let producer: Int
    /// Its topic-partition in the class.
    package let destination: Int
    /// Its position within producer and topic-partition; of a compact stamp, the low 32 bits.
    package let sequence: Int64
    /// When it was to be sent.
    package let intendedNanoseconds: Int64
    /// When its consumer had it.
    package let takenNanoseconds: Int64
    /// When its handling began, and it was recorded; later where consumers take their time.
    package let handledNanoseconds: Int64
    /// What lay between.
    package let times: StageTimes

    /// How long it took from the intended send to its handler.
    package var totalNanoseconds: Int64 { handledNanoseconds - intendedNanoseconds }

    /// How long one stage of it took.
    package func nanoseconds(_ stage: StageSeries) -> Int64 {
        times.nanoseconds(stage, intended: intendedNanoseconds, handled: handledNanoseconds)
    }
}

/// A bounded heap with the fastest of the slowest on top: most messages cost one comparison.
///
/// - Allocations: none after init.
package struct SlowestMessages: Sendable {
    let capacity: Int
    private(set) var heap: [SlowMessage] = []

    /// - Parameter capacity: Messages to keep; 0 keeps none.
    package init(capacity: Int) {
        self.capacity = capacity
        heap.reserveCapacity(capacity)
    }

    /// Whether a message that took so long would be kept now.
    package func isSlow(_ totalNanoseconds: Int64) -> Bool {
        guard heap.count == capacity else { return true }
        return capacity > 0 && totalNanoseconds > heap[0].totalNanoseconds
    }

    /// Takes a message that is slow, in place of the fastest one when all places are taken.
    package mutating func insert(_ message: SlowMessage) {
        guard isSlow(message.totalNanoseconds) else { return }
        if heap.count < capacity {
            heap.append(message)
            siftUp()
        } else {
            heap[0] = message
            siftDown()
        }
    }

    /// Takes what another worker has kept.
    package mutating func merge(_ other: SlowestMessages) {
        for message in other.heap { insert(message) }
    }

    /// The messages, slowest first.
    package var sorted: [SlowMessage] {
        heap.sorted {
            ($1.totalNanoseconds, $0.intendedNanoseconds, $0.times.offset, $0.group)
                < ($0.totalNanoseconds, $1.intendedNanoseconds, $1.times.offset, $1.group)
        }
    }

    private mutating func siftUp() {
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isFaster(child, than: parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var fastest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if isFaster(child, than: fastest) { fastest = child }
            }
            guard fastest != parent else { return }
            heap.swapAt(parent, fastest)
            parent = fastest
        }
    }

    private func isFaster(_ index: Int, than other: Int) -> Bool {
        heap[index].totalNanoseconds < heap[other].totalNanoseconds
    }
}
