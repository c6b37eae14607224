// The ledger's model: every arrival kept, every count taken from the definition.

import AeroLoad

/// What a ledger must say, computed from complete lists.
struct NaiveLedger {
    struct Stream: Hashable {
        var producer: Int
        var destination: Int
    }

    var sent: [Stream: Int64] = [:]
    var acknowledged: [Stream: Set<Int64>] = [:]
    /// Per worker, in order of arrival.
    var arrivals: [Int: [Stream: [Int64]]] = [:]
    var misrouted: Int64 = 0
    var corrupt: Int64 = 0
    var foreign: Int64 = 0

    var received: Int64 {
        arrivals.values.reduce(0) { sum, streams in
            sum + streams.values.reduce(0) { $0 + Int64($1.count) }
        }
    }

    /// Arrivals of a stream on all workers.
    func unique(_ stream: Stream) -> Set<Int64> {
        arrivals.values.reduce(into: Set()) { $0.formUnion($1[stream] ?? []) }
    }

    var duplicates: Int64 {
        received - sent.keys.reduce(0) { $0 + Int64(unique($1).count) }
    }

    /// First arrivals on a worker after a later sequence of their stream on that worker.
    var reordered: Int64 {
        var count: Int64 = 0
        for streams in arrivals.values {
            for sequences in streams.values {
                var highest: Int64 = -1
                var seen: Set<Int64> = []
                for sequence in sequences where seen.insert(sequence).inserted {
                    if sequence < highest { count += 1 }
                    highest = max(highest, sequence)
                }
            }
        }
        return count
    }

    var lost: Int64 {
        sent.reduce(0) { $0 + $1.value - Int64(unique($1.key).count) }
    }

    var acknowledgedThenLost: Int64 {
        acknowledged.reduce(0) { $0 + Int64($1.value.subtracting(unique($1.key)).count) }
    }
}
