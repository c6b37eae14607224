// The producers' side of the ledger: what was sent and what was acknowledged.

/// What the producers of one class on one worker sent, stream by stream.
///
/// Sequences of a stream are handed out here, contiguous from 0, so that the receiving side can
/// name what is missing. Each stream is sent by one worker only; `merge` joins workers afterwards.
/// - Thread: the owning worker only.
@usableFromInline package struct SendLedger: Sendable, Equatable {
    /// How streams are numbered.
    @usableFromInline package let streams: StreamTable
    /// Next sequence of each stream, which is also how many were handed out.
    @usableFromInline var nextSequences: [Int64]
    /// Acknowledged sequences of each stream.
    @usableFromInline var acknowledged: [SequenceSet]
    /// Acknowledgements that named a sequence that was acknowledged before or never sent.
    package var strayAcknowledgementCount: Int64 { strayCount }
    @usableFromInline var strayCount: Int64 = 0

    /// An empty ledger of `streams`.
    @usableFromInline package init(_ streams: StreamTable) {
        self.streams = streams
        nextSequences = Array(repeating: 0, count: streams.count)
        acknowledged = Array(repeating: SequenceSet(), count: streams.count)
    }

    /// Hands out the next sequence of a stream: the message counts as sent from now on.
    ///
    /// - Precondition: the stream exists.
    /// - Allocations: none.
    @inlinable package mutating func nextSequence(producer: Int, destination: Int) -> Int64 {
        let stream = producer &* streams.destinationCount &+ destination
        let sequence = nextSequences[stream]
        nextSequences[stream] = sequence &+ 1
        return sequence
    }

    /// Notes that the broker acknowledged `count` sequences of a stream from `first` on.
    ///
    /// - Complexity: O(1) when acknowledgements come in order.
    @inlinable package mutating func acknowledge(
        producer: Int, destination: Int, first: Int64, count: Int64
    ) {
        let stream = producer &* streams.destinationCount &+ destination
        // Cutting the range keeps a wrong acknowledgement from inventing sent messages.
        let valid = max(0, min(count, nextSequences[stream] &- first))
        let newCount = acknowledged[stream].insert(from: first, count: valid)
        strayCount &+= count &- newCount
    }

    /// Messages sent on all streams.
    package var sentCount: Int64 { nextSequences.reduce(0, +) }

    /// Messages acknowledged on all streams.
    package var acknowledgedCount: Int64 { acknowledged.reduce(0) { $0 + $1.count } }

    /// Messages sent on one stream.
    package func sentCount(stream: Int) -> Int64 { nextSequences[stream] }

    /// Acknowledged sequences of one stream.
    package func acknowledged(stream: Int) -> SequenceSet { acknowledged[stream] }

    /// Adds what another worker sent; every stream was sent by at most one of the two.
    package mutating func merge(_ other: SendLedger) {
        precondition(streams == other.streams, "ledgers of different classes do not merge")
        for stream in 0..<streams.count where other.nextSequences[stream] > 0 {
            precondition(nextSequences[stream] == 0, "two workers sent the same stream")
            nextSequences[stream] = other.nextSequences[stream]
            acknowledged[stream] = other.acknowledged[stream]
        }
        strayCount += other.strayCount
    }
}
