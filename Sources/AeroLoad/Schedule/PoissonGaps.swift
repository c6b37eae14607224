// Exponential gaps that depend on seed and index alone.

/// The gaps of a Poisson process, each computed from its own index.
///
/// Gaps are whole numbers of a small unit, so that summing them is exact integer arithmetic and
/// rounding each is unbiased: 1/1024 ns for a rate that stays, far below the clock's grain, and
/// 2^-24 messages for one that changes (see `ProfileWalk`).
@usableFromInline package struct PoissonGaps: Sendable {
    /// Binary digits below the nanosecond: 2^53 ns, 104 days, fit above them.
    @inlinable package static var fractionBitCount: Int { 10 }

    @usableFromInline let random: CounterRandom
    /// Mean gap in the unit.
    @usableFromInline let mean: Double

    /// The gaps of a rate that stays, in 1/1024 ns.
    init(_ schedule: ArrivalSchedule) {
        random = CounterRandom(seed: schedule.seed)
        mean =
            Double(schedule.gapNumerator) / Double(schedule.gapDenominator)
            * Double(1 << Self.fractionBitCount)
    }

    /// Gaps of one message in the mean, in units of so many binary digits below it.
    init(seed: UInt64, unitBitCount: Int) {
        random = CounterRandom(seed: seed)
        mean = Double(1 << unitBitCount)
    }

    /// Gap `index`, the distance from arrival `index - 1` to arrival `index`, in the unit.
    ///
    /// Inverse transform: -ln(U) with U uniform in (0, 1).
    @inlinable package func gap(_ index: Int64) -> Int64 {
        // 53 random bits plus a half: never 0 and never 1.
        let word = random.word(UInt64(bitPattern: index)) >> 11
        let uniform = (Double(word) + 0.5) * 0x1p-53
        // The gap is positive, so truncating after adding a half rounds to nearest.
        return Int64(0.5 - NaturalLogarithm.of(uniform) * mean)
    }

    /// The sum of the gaps `first` to `last`.
    @inlinable package func sum(from first: Int64, through last: Int64) -> Int64 {
        var sum: Int64 = 0
        var index = first
        while index <= last {
            sum &+= gap(index)
            index &+= 1
        }
        return sum
    }
}

/// ln x from IEEE arithmetic alone, so that a schedule does not depend on the C library's version.
@usableFromInline package enum NaturalLogarithm {
    /// ln `x` for a normal x > 0; error below 4 units in the last place.
    ///
    /// x = m * 2^e with m in [1/√2, √2); ln m = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.172.
    @inlinable package static func of(_ x: Double) -> Double {
        var exponent = Int64(x.bitPattern >> 52) &- 1_023
        var mantissa = Double(
            bitPattern: (x.bitPattern & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000)
        if mantissa > 1.4142135623730951 {
            mantissa *= 0.5
            exponent &+= 1
        }
        let s = (mantissa - 1) / (mantissa + 1)
        let z = s * s
        var series = 1.0 / 21
        series = series * z + 1.0 / 19
        series = series * z + 1.0 / 17
        series = series * z + 1.0 / 15
        series = series * z + 1.0 / 13
        series = series * z + 1.0 / 11
        series = series * z + 1.0 / 9
        series = series * z + 1.0 / 7
        series = series * z + 1.0 / 5
        series = series * z + 1.0 / 3
        series = series * z + 1
        return Double(exponent) * 0.6931471805599453 + 2 * s * series
    }
}
