// The consumers' side of the ledger: what arrived, and in what state.

/// What the consumers of one group of one class received on one worker.
///
/// Ledgers of one group on several workers are merged before the verdict. Consumers that share a
/// partition belong on one worker: apart, each would hold the other's messages as gaps.
/// - Thread: the owning worker only.
@usableFromInline package struct ReceiveLedger: Sendable, Equatable {
    /// How streams are numbered.
    @usableFromInline package let streams: StreamTable
    /// What arrived, counted.
    package var counts: Counts { tally }
    @usableFromInline var tally = Counts()
    /// Arrived sequences of each stream.
    @usableFromInline var received: [SequenceSet]
    @usableFromInline var faults = ArrivalFaults()
    @usableFromInline let classIndex: UInt8
    /// Messages intended before this are an earlier run's.
    @usableFromInline let startNanoseconds: Int64

    /// Arrivals by kind: every arrival is in exactly one of `received`, `corrupt` and `foreign`;
    /// the other counts are parts of `received`.
    @usableFromInline package struct Counts: Sendable, Equatable {
        /// Intact messages of this class and run, repeated ones included.
        @usableFromInline package var received: Int64 = 0
        /// Of those, repeated ones.
        @usableFromInline package var duplicates: Int64 = 0
        /// Of those, late ones: a later sequence of the stream had arrived before.
        @usableFromInline package var reordered: Int64 = 0
        /// Of those, ones that arrived at another destination than they were sent to.
        @usableFromInline package var misrouted: Int64 = 0
        /// Messages with a stamp's mark and a wrong CRC; which message it was is unknown.
        @usableFromInline package var corrupt: Int64 = 0
        /// Messages that this run did not send to this class.
        @usableFromInline package var foreign: Int64 = 0

        /// All zero.
        @inlinable package init() {}
    }

    /// An empty ledger.
    ///
    /// - Parameters:
    ///   - streams: The streams of the class.
    ///   - classIndex: Stamps of other classes are foreign here.
    ///   - startNanoseconds: Start of the load; stamps from before it are an earlier run's.
    @usableFromInline package init(
        _ streams: StreamTable, classIndex: UInt8, startNanoseconds: Int64
    ) {
        self.streams = streams
        self.classIndex = classIndex
        self.startNanoseconds = startNanoseconds
        received = Array(repeating: SequenceSet(), count: streams.count)
    }

    /// Notes one arrival.
    ///
    /// A misrouted message is noted under the stream it was sent on: it is not lost as well.
    /// - Parameters:
    ///   - decode: What `Stamp.decode` made of the message.
    ///   - destination: Where it arrived.
    /// - Returns: Whether it is a message of this run and class that had not arrived before: one to
    ///   record the latency of. (A duplicate's latency would be counted twice.)
    /// - Allocations: none while messages arrive in order.
    @inlinable package mutating func note(_ decode: StampDecode, arrivedAt destination: Int) -> Bool
    {
        switch decode {
        case .valid(let stamp, let form):
            return note(stamp, form: form, arrivedAt: destination)
        case .corrupt:
            noteCorrupt(arrivedAt: destination)
            return false
        case .foreign:
            tally.foreign &+= 1
            return false
        }
    }

    @inlinable mutating func note(
        _ stamp: Stamp, form: StampForm, arrivedAt destination: Int
    ) -> Bool {
        guard stamp.classIndex == classIndex, stamp.intendedNanoseconds >= startNanoseconds,
            let stream = streams.stream(
                producer: Int(stamp.producer), destination: Int(stamp.destination))
        else {
            tally.foreign &+= 1
            return false
        }
        var sequence = stamp.sequence
        if case .compact = form {
            // The nearest sequence to the expected one with these low 32 bits.
            let expected = received[stream].next
            let distance = Int32(truncatingIfNeeded: sequence &- expected)
            sequence = expected &+ Int64(distance)
            // Before 2^31 messages a far jump ahead can only be one, not a step back below 0.
            if sequence < 0 { sequence &+= 1 << 32 }
        }
        tally.received &+= 1
        if Int(stamp.destination) != destination { noteMisrouted(stream, sequence) }
        switch received[stream].insert(sequence) {
        case .inOrder, .jumped: return true
        case .filledGap:
            noteReordered(stream, sequence)
            return true
        case .duplicate:
            noteDuplicate(stream, sequence)
            return false
        }
    }

    // Apart from the path of a message without a fault, which they would make longer.
    @usableFromInline mutating func noteCorrupt(arrivedAt destination: Int) {
        tally.corrupt += 1
        faults.note(.corrupt, stream: destination, sequence: nil)
    }

    @usableFromInline mutating func noteMisrouted(_ stream: Int, _ sequence: Int64) {
        tally.misrouted += 1
        faults.note(.misrouted, stream: stream, sequence: sequence)
    }

    @usableFromInline mutating func noteReordered(_ stream: Int, _ sequence: Int64) {
        tally.reordered += 1
        faults.note(.reordered, stream: stream, sequence: sequence)
    }

    @usableFromInline mutating func noteDuplicate(_ stream: Int, _ sequence: Int64) {
        tally.duplicates += 1
        faults.note(.duplicated, stream: stream, sequence: sequence)
    }

    /// Faults of arrivals, by stream.
    var streamFaults: [StreamFault] { faults.list(streams) }

    /// Arrived sequences of one stream.
    package func received(stream: Int) -> SequenceSet { received[stream] }

    /// Adds what consumers of the same group received on another worker.
    ///
    /// A message that both received becomes a duplicate. Order is judged within each worker.
    package mutating func merge(_ other: ReceiveLedger) {
        precondition(
            streams == other.streams && classIndex == other.classIndex,
            "ledgers of different classes do not merge")
        for stream in 0..<streams.count {
            let common = received[stream].formUnion(other.received[stream])
            tally.duplicates += common
            faults.note(.duplicated, stream: stream, sequence: nil, count: common)
        }
        faults.merge(other.faults)
        tally.received += other.tally.received
        tally.duplicates += other.tally.duplicates
        tally.reordered += other.tally.reordered
        tally.misrouted += other.tally.misrouted
        tally.corrupt += other.tally.corrupt
        tally.foreign += other.tally.foreign
    }
}
