// Long polls: fetches that wait for enough bytes or for their time.

/// A fetch that could not be answered at once.
package struct ParkedFetch: Equatable, Sendable {
    /// Who asked.
    package let origin: RequestOrigin
    /// The first record wanted.
    package let offset: Int64
    /// Answer once this many bytes are there.
    package let minimumByteCount: Int
    /// Answer with no more than this, except that one batch is always allowed.
    package let maximumByteCount: Int
    /// Answer with whatever there is at this time.
    package let deadlineNanoseconds: Int64
    /// Bytes known to be there behind `offset`.
    package var availableByteCount: Int

    package init(
        origin: RequestOrigin, offset: Int64, minimumByteCount: Int, maximumByteCount: Int,
        deadlineNanoseconds: Int64, availableByteCount: Int
    ) {
        self.origin = origin
        self.offset = offset
        self.minimumByteCount = minimumByteCount
        self.maximumByteCount = maximumByteCount
        self.deadlineNanoseconds = deadlineNanoseconds
        self.availableByteCount = availableByteCount
    }
}

extension PartitionStateMachine {
    /// True while any fetch waits.
    package var hasParkedFetches: Bool { !fetches.isEmpty }

    /// Parks a fetch until it is ready or due.
    ///
    /// - Returns: False when too many wait already; answer it with what there is.
    package mutating func park(_ fetch: ParkedFetch) -> Bool {
        guard fetches.count < limits.parkedFetchCountMax else { return false }
        fetches.append(fetch)
        earliestFetchDeadlineNanoseconds = min(
            earliestFetchDeadlineNanoseconds, fetch.deadlineNanoseconds)
        return true
    }

    /// Takes one fetch that has enough bytes.
    package mutating func takeReadyFetch() -> ParkedFetch? {
        guard
            let index = fetches.firstIndex(where: { $0.availableByteCount >= $0.minimumByteCount })
        else { return nil }
        return fetches.remove(at: index)
    }

    /// Takes one fetch whose time has come.
    package mutating func takeDueFetch(nowNanoseconds: Int64) -> ParkedFetch? {
        guard nowNanoseconds >= earliestFetchDeadlineNanoseconds else { return nil }
        if let index = fetches.firstIndex(where: { $0.deadlineNanoseconds <= nowNanoseconds }) {
            return fetches.remove(at: index)
        }
        earliestFetchDeadlineNanoseconds = fetches.reduce(Int64.max) {
            min($0, $1.deadlineNanoseconds)
        }
        return nil
    }

    /// When the next fetch is due; `Int64.max` when none waits.
    package var nextFetchDeadlineNanoseconds: Int64 {
        fetches.isEmpty ? Int64.max : earliestFetchDeadlineNanoseconds
    }

    /// Takes the parked fetches of a connection whose client will say no more.
    package mutating func takeFetches(of connection: ConnectionAddress) -> [ParkedFetch] {
        let taken = fetches.filter { $0.origin.connection == connection }
        if !taken.isEmpty { fetches.removeAll { $0.origin.connection == connection } }
        return taken
    }

    /// Takes all parked fetches, when the topic goes away.
    package mutating func takeAllFetches() -> [ParkedFetch] {
        defer { fetches.removeAll() }
        return fetches
    }
}
