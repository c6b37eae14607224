// When each message of an open loop is meant to be sent.

/// The intended send times of one traffic class, as a function of the message index.
///
/// Nothing is accumulated with a rounding: the n-th constant arrival is `floor(n / rate)` computed
/// in 128 bits, and the n-th Poisson arrival is an exact fixed-point sum of gaps that depend on
/// (seed, gap index) alone. Two schedules of equal parameters give equal times everywhere.
///
/// The class's arrivals are shared out by index: of P producers, producer i sends the arrivals
/// i, i + P, i + 2P, …; so any split covers exactly the instants of the whole.
@usableFromInline package struct ArrivalSchedule: Sendable, Equatable {
    /// How gaps are made.
    @usableFromInline enum Process: Sendable, Equatable { case constant, poisson }

    @usableFromInline let process: Process
    /// The mean gap is `gapNumerator / gapDenominator` nanoseconds, in lowest terms.
    @usableFromInline let gapNumerator: UInt64
    @usableFromInline let gapDenominator: UInt64
    @usableFromInline let seed: UInt64

    /// The schedule of an open-loop shape, nil for shapes that follow the target.
    ///
    /// - Parameter seed: Used by Poisson only; give each class its own (see `classSeed`).
    package init?(_ load: LoadShape, seed: UInt64) {
        let rate: MessageRate
        switch load {
        case .constant(let constant): (process, rate) = (.constant, constant)
        case .poisson(let mean): (process, rate) = (.poisson, mean)
        case .maximum, .closedLoop: return nil
        }
        // Gap in ns = 10^9 / (billionths / 10^9) = 10^18 / billionths.
        let billionths = UInt64(rate.billionthsPerSecond)
        let divisor = Self.greatestCommonDivisor(1_000_000_000_000_000_000, billionths)
        gapNumerator = 1_000_000_000_000_000_000 / divisor
        gapDenominator = billionths / divisor
        self.seed = seed
    }

    /// The seed of one class of a scenario: differs for every class and every scenario seed.
    package static func classSeed(scenarioSeed: UInt64, classIndex: Int) -> UInt64 {
        CounterRandom(seed: scenarioSeed).word(UInt64(classIndex))
    }

    /// When arrival `index` is meant to be sent, in nanoseconds after the start of the load.
    ///
    /// - Parameter index: >= 0; the result must fit in 292 years (104 days for Poisson).
    /// - Complexity: O(1) for constant, O(index) for Poisson; loops use a cursor.
    package func intendedNanoseconds(index: Int64) -> Int64 {
        precondition(index >= 0, "arrivals are counted from 0")
        switch process {
        case .constant:
            return Int64(Self.scaled(UInt64(index), gapNumerator, gapDenominator).quotient)
        case .poisson:
            var cursor = ArrivalCursor(self, first: 0, stride: 1)
            for _ in 0..<index { cursor.advance() }
            return cursor.intendedNanoseconds
        }
    }

    /// How many arrivals are meant to be sent before `endNanoseconds` after the start.
    ///
    /// - Complexity: O(1) for constant, O(result) for Poisson.
    package func arrivalCount(beforeNanoseconds endNanoseconds: Int64) -> Int64 {
        guard endNanoseconds > 0 else { return 0 }
        switch process {
        case .constant:
            // floor(n * num / den) < end  <=>  n * num < end * den  <=>  n < ceil(end * den / num).
            let (quotient, remainder) = Self.scaled(
                UInt64(endNanoseconds), gapDenominator, gapNumerator)
            return Int64(quotient) + (remainder > 0 ? 1 : 0)
        case .poisson:
            var cursor = ArrivalCursor(self, first: 0, stride: 1)
            while cursor.intendedNanoseconds < endNanoseconds { cursor.advance() }
            return cursor.index
        }
    }

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
