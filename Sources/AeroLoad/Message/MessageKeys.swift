// The keys of messages, and the partitions that they decide.

/// What keys the messages of a class carry.
package enum MessageKeys: Sendable, Equatable {
    /// No key.
    case none
    /// A key per destination, taken in turn.
    case roundRobin
    /// One of `count` keys, all equally likely.
    case uniform(count: Int)
    /// One of `count` keys, the k-th as often as k to the power of minus the exponent says.
    case zipf(count: Int, exponentBillionths: Int64)

    /// Whether each message draws a key, which decides its partition.
    package var areDrawn: Bool {
        switch self {
        case .none, .roundRobin: false
        case .uniform, .zipf: true
        }
    }

    /// The spellings of kinds that take no number, and of the others.
    enum Plain: String, CaseIterable {
        case none
        case roundRobin = "round-robin"
    }

    enum Distribution: String, CaseIterable {
        case uniform, zipf
    }
}

/// Keys by the index of a message among all of its class.
@usableFromInline package struct KeySampler: Sendable {
    private let random: CounterRandom
    private let count: UInt64
    private let table: AliasTable?

    /// - Parameters:
    ///   - keys: Of a kind that is drawn.
    ///   - seed: Of the class (`ArrivalSchedule.classSeed`).
    package init(_ keys: MessageKeys, seed: UInt64) {
        random = DrawSeed.keys.random(classSeed: seed)
        switch keys {
        case .none, .roundRobin: (count, table) = (1, nil)
        case .uniform(let count): (self.count, table) = (UInt64(count), nil)
        case .zipf(let count, let exponentBillionths):
            let exponent = Double(exponentBillionths) / 1e9
            let weights = (1...count).map {
                NaturalExponential.of(-exponent * NaturalLogarithm.of(Double($0)))
            }
            (self.count, table) = (UInt64(count), AliasTable(weights: weights))
        }
    }

    /// The key of message `index`, below the number of keys; of zipf, 0 is the most frequent one.
    ///
    /// - Allocations: none.
    @usableFromInline package func key(index: Int64) -> UInt64 {
        let word = random.word(UInt64(bitPattern: index))
        guard let table else { return word.multipliedFullWidth(by: count).high }
        return UInt64(table.index(word))
    }
}

/// The partition of a drawn key.
@usableFromInline package enum KeyHash {
    /// Bytes of a key on the wire: the number, big-endian.
    @usableFromInline package static let byteCount = 8

    /// The partition that AeroMQ's client, and Kafka's, would choose for the key: murmur2 of its
    /// eight bytes without the sign bit, modulo the partitions.
    ///
    /// Here once more because the engine knows no driver and no wire format;
    /// `DrawnKeyTests` holds the two together.
    @usableFromInline package static func partition(ofKey key: UInt64, count: Int) -> Int {
        var hash: UInt32 = 0x9747_B28C ^ UInt32(byteCount)
        // Big-endian bytes in little-endian blocks of four.
        mix(UInt32(truncatingIfNeeded: key >> 32).byteSwapped, into: &hash)
        mix(UInt32(truncatingIfNeeded: key).byteSwapped, into: &hash)
        hash ^= hash &>> 13
        hash &*= multiplier
        hash ^= hash &>> 15
        return Int((hash & 0x7FFF_FFFF) % UInt32(count))
    }

    private static let multiplier: UInt32 = 0x5BD1_E995

    private static func mix(_ block: UInt32, into hash: inout UInt32) {
        var block = block &* multiplier
        block ^= block &>> 24
        hash = hash &* multiplier ^ block &* multiplier
    }
}
