// Exponentials and normal deviates from IEEE arithmetic alone: the same on every machine.

/// e^x without the C library.
enum NaturalExponential {
    /// e^`x`; relative error below 10^-15 for |x| <= 700.
    ///
    /// x = k ln 2 + r with |r| <= ln 2 / 2; ln 2 in two parts, so that r loses no digits.
    static func of(_ x: Double) -> Double {
        let k = (x * 1.4426950408889634).rounded(.toNearestOrEven)
        let r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
        var series = 1.0
        for divisor in stride(from: 14.0, through: 1, by: -1) { series = series * r / divisor + 1 }
        return series * Double(sign: .plus, exponent: Int(k), significand: 1)
    }
}

/// Normally distributed numbers.
enum NormalDeviate {
    /// A number of mean 0 and deviation 1 from two random words.
    ///
    /// Source: G. E. P. Box, M. E. Muller, Annals of Mathematical Statistics 29(2), 1958.
    static func value(_ first: UInt64, _ second: UInt64) -> Double {
        let uniform = (Double(first >> 11) + 0.5) * 0x1p-53
        let turns = Double(second >> 11) * 0x1p-53
        return (-2 * NaturalLogarithm.of(uniform)).squareRoot() * SineWave.value(turns: turns)
    }
}
