// What a virtual target will do later, in order of time.

import AeroLoad

/// Something that happens at a virtual time.
struct VirtualEvent {
    enum Kind {
        /// A message is done with: acknowledged, failed, or (nil) neither. `stamp` is that of a
        /// message which has not been answered before.
        case settle(token: UInt32, isSuccess: Bool?, stamp: Stamp?)
        /// A message arrives; the target's clock is off by `skewNanoseconds`.
        case arrive(consumer: Int, destination: Int, value: [UInt8], skewNanoseconds: Int64)
    }

    let atNanoseconds: Int64
    let kind: Kind
}

/// A queue of events by time; events of one time keep their order.
struct VirtualEvents {
    private var heap: [(key: (Int64, Int), event: VirtualEvent)] = []
    private var ordinal = 0

    var firstNanoseconds: Int64 { heap.first?.key.0 ?? .max }

    mutating func insert(_ event: VirtualEvent) {
        heap.append(((event.atNanoseconds, ordinal), event))
        ordinal += 1
        var child = heap.count - 1
        while child > 0, heap[child].key < heap[(child - 1) / 2].key {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst(byNanoseconds: Int64) -> VirtualEvent? {
        guard firstNanoseconds <= byNanoseconds else { return nil }
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].key < heap[least].key { least = child }
            }
            guard least != parent else { return first.event }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
