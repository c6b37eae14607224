// Faults told apart by producer and partition.

/// What can be wrong with messages of a stream. The raw value is the name in results.
package enum LedgerFault: String, CaseIterable, Sendable {
    /// Never arrived.
    case lost
    /// Never arrived, though acknowledged: part of `lost`.
    case acknowledgedThenLost = "ackedThenLost"
    /// Arrived again.
    case duplicated
    /// Arrived after a later one.
    case reordered
    /// Arrived from another partition.
    case misrouted
    /// Arrived damaged.
    case corrupt
}

/// One kind of fault of one stream.
package struct StreamFault: Sendable, Equatable {
    /// What is wrong.
    package let fault: LedgerFault
    /// Producer index in the class; nil for damaged messages, which do not tell.
    package let producer: Int?
    /// Destination index in the class: where messages were sent to, and for damaged ones where
    /// they arrived.
    package let destination: Int
    /// How many messages.
    package let count: Int64
    /// The sequence of the first of them, where it is known.
    package let firstSequence: Int64?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        fault: LedgerFault, producer: Int?, destination: Int, count: Int64, firstSequence: Int64?
    ) {
        self.fault = fault
        self.producer = producer
        self.destination = destination
        self.count = count
        self.firstSequence = firstSequence
    }
}

/// Arrivals with faults, by stream: memory goes with the streams that have any.
@usableFromInline struct ArrivalFaults: Sendable, Equatable {
    /// A fault of a stream; of damaged messages `stream` is the destination.
    struct Key: Hashable, Sendable {
        let fault: LedgerFault
        let stream: Int
    }

    struct Tally: Sendable, Equatable {
        var count: Int64
        var firstSequence: Int64?
    }

    private(set) var tallies: [Key: Tally] = [:]

    init() {}

    mutating func note(
        _ fault: LedgerFault, stream: Int, sequence: Int64?, count: Int64 = 1
    ) {
        guard count > 0 else { return }
        let key = Key(fault: fault, stream: stream)
        tallies[key, default: Tally(count: 0, firstSequence: sequence)].count += count
    }

    mutating func merge(_ other: ArrivalFaults) {
        for (key, tally) in other.tallies {
            note(key.fault, stream: key.stream, sequence: tally.firstSequence, count: tally.count)
        }
    }

    /// Every fault in words of producers and destinations.
    func list(_ streams: StreamTable) -> [StreamFault] {
        tallies.map { key, tally in
            let isKnown = key.fault != .corrupt
            return StreamFault(
                fault: key.fault,
                producer: isKnown ? key.stream / streams.destinationCount : nil,
                destination: isKnown ? key.stream % streams.destinationCount : key.stream,
                count: tally.count, firstSequence: tally.firstSequence)
        }
    }
}
