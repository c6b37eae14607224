// Draws the size of each message.

/// Sizes by the index of a message among all of its class.
///
/// The size depends on the class's seed and that index alone: however the class is split over
/// producers, and however often a message is tried, it has the same size.
@usableFromInline package struct SizeSampler: Sendable {
    private let size: MessageSize
    private let random: CounterRandom
    private let table: AliasTable?
    private let logarithm: Double
    private let sigma: Double

    // BOUND: draws for one size; the bounds hold at least a part in some hundreds of the whole.
    private static let attemptsMax = 256

    /// - Parameter seed: Of the class (`ArrivalSchedule.classSeed`).
    package init(_ size: MessageSize, seed: UInt64) {
        self.size = size
        random = DrawSeed.sizes.random(classSeed: seed)
        switch size {
        case .weighted(let shares), .histogram(_, let shares):
            table = AliasTable(weights: shares.map { Double($0.weight) })
        case .fixed, .uniform, .logNormal, .trace: table = nil
        }
        if case .logNormal(let median, let sigmaBillionths, _) = size {
            logarithm = NaturalLogarithm.of(Double(median))
            sigma = Double(sigmaBillionths) / 1e9
        } else {
            (logarithm, sigma) = (0, 0)
        }
    }

    /// Whether sizes differ at all.
    var isVarying: Bool {
        if case .fixed = size { return false }
        return true
    }

    /// Bytes of message `index`.
    ///
    /// - Allocations: none.
    @usableFromInline package func byteCount(index: Int64) -> Int {
        let word = random.word(UInt64(bitPattern: index) &* UInt64(2 * Self.attemptsMax))
        switch size {
        case .fixed(let byteCount): return byteCount
        case .weighted(let shares), .histogram(_, let shares):
            return shares[table?.index(word) ?? 0].byteCount
        case .uniform(let range):
            let count = UInt64(range.upperBound - range.lowerBound + 1)
            return range.lowerBound + Int(word.multipliedFullWidth(by: count).high)
        case .logNormal(_, _, let bounds): return logNormal(index, bounds)
        case .trace(let trace): return Int(trace.sizes[Int(index % Int64(trace.sizes.count))])
        }
    }

    private func logNormal(_ index: Int64, _ bounds: ClosedRange<Int>) -> Int {
        var position = UInt64(bitPattern: index) &* UInt64(2 * Self.attemptsMax)
        var size = 0.0
        for _ in 0..<Self.attemptsMax {
            let deviate = NormalDeviate.value(random.word(position), random.word(position &+ 1))
            size = NaturalExponential.of(logarithm + sigma * deviate)
            // Compared as numbers of any size: the nearest integer may not exist.
            if size >= Double(bounds.lowerBound), size < Double(bounds.upperBound) + 1 {
                return Int(size)
            }
            position &+= 2
        }
        return size < Double(bounds.lowerBound) ? bounds.lowerBound : bounds.upperBound
    }
}

/// What a class draws at random besides its arrivals, each from words of its own.
enum DrawSeed: UInt64 {
    case sizes = 0x5349_5A45
    case keys = 0x4B45_5953
    case processing = 0x5052_4F43
    case failures = 0x4641_494C

    /// The words of one kind of draw.
    func random(classSeed: UInt64) -> CounterRandom {
        CounterRandom(seed: CounterRandom(seed: classSeed ^ rawValue).word(rawValue))
    }
}
