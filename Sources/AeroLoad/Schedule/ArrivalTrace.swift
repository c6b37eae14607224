// Arrivals that were recorded somewhere and are to come again.

/// Arrival times from a file, and sizes if it has them; see `ArrivalTrace.init(_:path:)`.
package final class ArrivalTrace: Sendable, Equatable {
    /// When each message is due, in nanoseconds after the start; never falling, at least one.
    let times: [Int64]
    /// Bytes of each message, empty where the file has none.
    let sizes: [Int32]

    /// - Parameters:
    ///   - times: Ascending, none below 0, at least one.
    ///   - sizes: As many, or none.
    package init(times: [Int64], sizes: [Int32]) {
        precondition(!times.isEmpty, "a trace has arrivals")
        precondition(sizes.isEmpty || sizes.count == times.count, "every arrival has a size")
        self.times = times
        self.sizes = sizes
    }

    /// When the last message is due.
    package var lastNanoseconds: Int64 { times[times.count - 1] }

    /// Equal when all times and sizes are.
    package static func == (a: ArrivalTrace, b: ArrivalTrace) -> Bool {
        a === b || a.times == b.times && a.sizes == b.sizes
    }
}

/// How a trace is played.
package struct TraceReplay: Sendable, Equatable {
    /// The file, as the scenario names it.
    package let file: DataFile
    /// What it says.
    package let trace: ArrivalTrace
    /// After so long it begins anew; nil plays it once.
    package let everyNanoseconds: Int64?

    /// Makes a replay; `everyNanoseconds` is later than the last arrival.
    package init(file: DataFile, trace: ArrivalTrace, everyNanoseconds: Int64?) {
        self.file = file
        self.trace = trace
        self.everyNanoseconds = everyNanoseconds
    }
}

/// A position in a trace.
@usableFromInline struct TraceWalk: Sendable {
    private let trace: ArrivalTrace
    private let everyNanoseconds: Int64?

    init(_ replay: TraceReplay) {
        trace = replay.trace
        everyNanoseconds = replay.everyNanoseconds
    }

    /// When the message at `index` is due, in nanoseconds after the start.
    @usableFromInline func nanoseconds(at index: Int64) -> Int64 {
        let count = Int64(trace.times.count)
        if index < count { return trace.times[Int(index)] }
        guard let everyNanoseconds else { return ProfileWalk.neverNanoseconds }
        let (round, position) = index.quotientAndRemainder(dividingBy: count)
        return round &* everyNanoseconds &+ trace.times[Int(position)]
    }

    /// How many messages are due before a time.
    func count(beforeNanoseconds end: Int64) -> Int64 {
        var rest = end
        var count: Int64 = 0
        if let everyNanoseconds {
            let round = (end - 1) / everyNanoseconds
            rest = end - round * everyNanoseconds
            count = round * Int64(trace.times.count)
        }
        var (low, high) = (0, trace.times.count)
        while low < high {
            let middle = (low + high) / 2
            if trace.times[middle] < rest { low = middle + 1 } else { high = middle }
        }
        return count + Int64(low)
    }
}
