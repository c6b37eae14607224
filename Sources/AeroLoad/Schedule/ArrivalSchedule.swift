// When each message of an open loop is meant to be sent.

/// The intended send times of one traffic class, as a function of the message index.
///
/// Nothing is accumulated with a rounding: the n-th constant arrival is `floor(n / rate)` computed
/// in 128 bits, and the n-th Poisson arrival is an exact fixed-point sum of gaps that depend on
/// (seed, gap index) alone. Where the rate changes, the n-th even arrival is where the integrated
/// rate is n (see `RateProfile`), and the n-th Poisson arrival where it is the sum of n + 1
/// exponential gaps of mean 1. Two schedules of equal parameters give equal times everywhere.
///
/// The class's arrivals are shared out by index: of P producers, producer i sends the arrivals
/// i, i + P, i + 2P, …; so any split covers exactly the instants of the whole.
@usableFromInline package struct ArrivalSchedule: Sendable {
    /// How times are made: a rate that stays, one that changes, or times from a file.
    @usableFromInline enum Process: Sendable {
        case constant, poisson, profile, poissonProfile, trace
    }

    @usableFromInline let process: Process
    /// Of a rate that stays: the mean gap is `gapNumerator / gapDenominator` nanoseconds, in
    /// lowest terms.
    @usableFromInline let gapNumerator: UInt64
    @usableFromInline let gapDenominator: UInt64
    @usableFromInline let seed: UInt64
    private let profile: RateProfile?
    let replay: TraceReplay?

    /// The schedule of an open-loop shape, nil for shapes that follow the target.
    ///
    /// - Parameter seed: Used by Poisson only; give each class its own (see `classSeed`).
    package init?(_ load: LoadShape, seed: UInt64) {
        var rate = MessageRate(messagesPerSecond: 1)
        var profile: RateProfile?
        var replay: TraceReplay?
        switch load {
        case .constant(let constant): (process, rate) = (.constant, constant)
        case .poisson(let mean): (process, rate) = (.poisson, mean)
        case .varying(let shape, .even): (process, profile) = (.profile, RateProfile(shape))
        case .varying(let shape, .poisson):
            (process, profile) = (.poissonProfile, RateProfile(shape))
        case .trace(let trace): (process, replay) = (.trace, trace)
        case .maximum, .closedLoop: return nil
        }
        // Gap in ns = 10^9 / (billionths / 10^9) = 10^18 / billionths.
        let billionths = UInt64(rate.billionthsPerSecond)
        let divisor = Self.greatestCommonDivisor(1_000_000_000_000_000_000, billionths)
        gapNumerator = 1_000_000_000_000_000_000 / divisor
        gapDenominator = billionths / divisor
        self.seed = seed
        self.profile = profile
        self.replay = replay
    }

    /// The walk of a rate that changes, at its beginning.
    var profileWalk: ProfileWalk? {
        let unitBitCount =
            switch process {
            case .poissonProfile: ProfileWalk.poissonBitCount
            default: 0
            }
        return profile.map { ProfileWalk($0, unitBitCount: unitBitCount) }
    }

    /// The gaps of a Poisson process.
    var gaps: PoissonGaps {
        switch process {
        case .poissonProfile:
            PoissonGaps(seed: seed, unitBitCount: ProfileWalk.poissonBitCount)
        default: PoissonGaps(self)
        }
    }

    /// The seed of one class of a scenario: differs for every class and every scenario seed.
    package static func classSeed(scenarioSeed: UInt64, classIndex: Int) -> UInt64 {
        CounterRandom(seed: scenarioSeed).word(UInt64(classIndex))
    }

    /// When arrival `index` is meant to be sent, in nanoseconds after the start of the load.
    ///
    /// - Parameter index: >= 0; the result must fit in 292 years (104 days for Poisson).
    /// - Complexity: O(index) for Poisson, else O(1); loops use a cursor.
    package func intendedNanoseconds(index: Int64) -> Int64 {
        precondition(index >= 0, "arrivals are counted from 0")
        switch process {
        case .constant:
            return Int64(Self.scaled(UInt64(index), gapNumerator, gapDenominator).quotient)
        case .profile, .trace: return cursor(first: index).intendedNanoseconds
        case .poisson, .poissonProfile:
            var cursor = self.cursor()
            for _ in 0..<index { cursor.advance() }
            return cursor.intendedNanoseconds
        }
    }

    /// How many arrivals are meant to be sent before `endNanoseconds` after the start.
    ///
    /// The inverse of `intendedNanoseconds(index:)`, for every shape.
    /// - Complexity: O(result) for Poisson, else O(1); O(log arrivals) for a trace.
    package func arrivalCount(beforeNanoseconds endNanoseconds: Int64) -> Int64 {
        guard endNanoseconds > 0 else { return 0 }
        switch process {
        case .constant:
            // floor(n * num / den) < end  <=>  n * num < end * den  <=>  n < ceil(end * den / num).
            let (quotient, remainder) = Self.scaled(
                UInt64(endNanoseconds), gapDenominator, gapNumerator)
            return Int64(quotient) + (remainder > 0 ? 1 : 0)
        case .poisson, .poissonProfile:
            var cursor = self.cursor()
            while cursor.intendedNanoseconds < endNanoseconds { cursor.advance() }
            return cursor.index
        case .trace:
            return replay.map { TraceWalk($0).count(beforeNanoseconds: endNanoseconds) } ?? 0
        case .profile: return profileCount(beforeNanoseconds: endNanoseconds)
        }
    }

    private func profileCount(beforeNanoseconds endNanoseconds: Int64) -> Int64 {
        let estimate = profile?.approximateCount(beforeNanoseconds: endNanoseconds) ?? 0
        // Times are rounded to nanoseconds: what lies next to the estimate decides.
        // BOUND: the estimate is off by one, and a messages' worth of nanoseconds at high rates.
        var count = max(0, Int64(estimate.rounded(.up)))
        while count > 0, intendedNanoseconds(index: count - 1) >= endNanoseconds { count -= 1 }
        while intendedNanoseconds(index: count) < endNanoseconds { count += 1 }
        return count
    }

    /// Messages per second in the mean of a part of the load.
    ///
    /// - Parameters: nanoseconds after the start, `end` later than `start`.
    package func meanRate(fromNanoseconds start: Int64, toNanoseconds end: Int64) -> Double {
        nearCount(fromNanoseconds: start, toNanoseconds: end) * 1e9 / Double(end - start)
    }

    /// How many arrivals are meant to be sent in a part of the load; so many random ones that
    /// counting them would take seconds are what is expected of them.
    func nearCount(fromNanoseconds start: Int64, toNanoseconds end: Int64) -> Double {
        let expected: Double? =
            switch process {
            case .constant, .profile, .trace: nil
            case .poisson: Double(end) * Double(gapDenominator) / Double(gapNumerator)
            case .poissonProfile: profile?.approximateCount(beforeNanoseconds: end)
            }
        guard let expected, expected > Self.countedMax else {
            return Double(
                arrivalCount(beforeNanoseconds: end) - arrivalCount(beforeNanoseconds: start))
        }
        guard process == .poisson else {
            return expected - (profile?.approximateCount(beforeNanoseconds: start) ?? 0)
        }
        return expected * Double(end - start) / Double(end)
    }

    private static let countedMax = 10_000_000.0

    /// A cursor at arrival `first` that steps by `stride` arrivals.
    ///
    /// Producer i of P takes `cursor(first: i, stride: P)`. A worker that serves all producers of a
    /// class takes `cursor()` and gives each arrival to producer `index % P`: same instants, one
    /// cursor, already in time order.
    package func cursor(first: Int64 = 0, stride: Int64 = 1) -> ArrivalCursor {
        ArrivalCursor(self, first: first, stride: stride)
    }

    /// `value * multiplier / divisor` in 128 bits.
    static func scaled(
        _ value: UInt64, _ multiplier: UInt64, _ divisor: UInt64
    ) -> (quotient: UInt64, remainder: UInt64) {
        let product = value.multipliedFullWidth(by: multiplier)
        precondition(product.high < divisor, "the time of an arrival does not fit in 64 bits")
        return divisor.dividingFullWidth(product)
    }

    private static func greatestCommonDivisor(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var (large, small) = (a, b)
        while small != 0 { (large, small) = (small, large % small) }
        return large
    }
}
