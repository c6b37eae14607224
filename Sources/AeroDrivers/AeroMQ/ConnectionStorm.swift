// Connections that are cut on purpose while a load runs.

import Synchronization

/// Asks the workers of a run to cut connections of theirs: said by one thread, looked at by each
/// worker every few milliseconds.
///
/// What is cut is the socket. The broker sees an end of stream, and the client a reset: it fails
/// what was in flight and connects again by its own rules.
package final class ConnectionStorm: Sendable {
    /// What is asked for.
    struct Order: Sendable, Equatable {
        /// Counts storms; a worker that comes late still cuts once.
        var number = 0
        /// The share of each worker's connections, in billionths.
        var shareBillionths: Int64 = 0
        /// Whether those that come back are cut, too.
        var isGoingOn = false
    }

    private let state = Mutex(Order())

    /// A calm one.
    package init() {}

    var order: Order { state.withLock { $0 } }

    /// Cuts a share of all connections, and again what comes back, until the end.
    package func begin(shareBillionths: Int64) {
        state.withLock { order in
            order.number += 1
            order.shareBillionths = shareBillionths
            order.isGoingOn = true
        }
    }

    /// Lets connections live that are made from now on.
    package func end() { state.withLock { $0.isGoingOn = false } }
}

extension ConnectionStorm.Order {
    /// Whether a worker's connection is one of those that are cut: evenly spread, the first too.
    func concerns(_ index: Int) -> Bool {
        func count(_ index: Int) -> Int64 {
            (Int64(index) * shareBillionths + 999_999_999) / 1_000_000_000
        }
        return count(index + 1) > count(index)
    }
}
