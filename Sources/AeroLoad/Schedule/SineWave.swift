// Sines from IEEE arithmetic alone, so that no schedule depends on the C library's version.

/// The sine by fractions of a turn.
enum SineWave {
    /// sin(2 pi `turns`); error below 10^-15, exactly odd, and exact at quarters of a turn.
    ///
    /// - Parameter turns: Any, from -2^50 to 2^50.
    static func value(turns: Double) -> Double {
        // The nearest eighth decides; what is left is at most a sixteenth of a turn.
        let eighth = (turns * 8).rounded(.toNearestOrEven)
        let rest = (turns - eighth / 8) * 2 * Double.pi
        let octant = Int(eighth - (eighth / 8).rounded(.down) * 8)
        let (s, c) = (sine(rest), cosine(rest))
        let half = 0.5.squareRoot()
        switch octant {
        case 0: return s
        case 1: return half * (c + s)
        case 2: return c
        case 3: return half * (c - s)
        case 4: return -s
        case 5: return -(half * (c + s))
        case 6: return -c
        default: return -(half * (c - s))
        }
    }

    /// The Taylor series for |x| <= pi/8.
    private static func sine(_ x: Double) -> Double {
        let z = x * x
        var series = -1.0 / 1_307_674_368_000
        for factorial in [6_227_020_800.0, -39_916_800, 362_880, -5_040, 120, -6] {
            series = series * z + 1 / factorial
        }
        return x + x * z * series
    }

    private static func cosine(_ x: Double) -> Double {
        let z = x * x
        var series = -1.0 / 87_178_291_200
        for factorial in [479_001_600.0, -3_628_800, 40_320, -720, 24, -2] {
            series = series * z + 1 / factorial
        }
        return 1 + z * series
    }
}
