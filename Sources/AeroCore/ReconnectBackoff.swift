// How long to wait before trying a broker again.

/// Exponential back-off with a cap and full jitter.
///
/// Source: M. Brooker, "Exponential Backoff and Jitter", 2015: a uniform draw below the capped
/// exponential spreads the clients of a restarted broker best.
package struct ReconnectBackoff: Sendable {
    private let firstNanoseconds: Int64
    private let capNanoseconds: Int64
    private var attempt = 0
    private var randomState: UInt64

    /// - Parameters:
    ///   - firstNanoseconds: Upper end of the first draw; more than 0.
    ///   - capNanoseconds: Upper end of any draw; at least `firstNanoseconds`.
    ///   - seed: Makes the draws repeatable; give every client its own.
    package init(firstNanoseconds: Int64, capNanoseconds: Int64, seed: UInt64) {
        precondition(0 < firstNanoseconds && firstNanoseconds <= capNanoseconds, "0 < first <= cap")
        self.firstNanoseconds = firstNanoseconds
        self.capNanoseconds = capNanoseconds
        randomState = seed
    }

    /// The next wait, from 1 ns to the capped exponential.
    package mutating func nextNanoseconds() -> Int64 {
        var ceiling = firstNanoseconds
        for _ in 0..<min(attempt, 62) where ceiling < capNanoseconds {
            ceiling = ceiling > capNanoseconds / 2 ? capNanoseconds : ceiling * 2
        }
        attempt += 1
        return 1 + Int64(nextRandom() % UInt64(min(ceiling, capNanoseconds)))
    }

    /// A connection succeeded: the next failure starts small again.
    package mutating func reset() { attempt = 0 }

    /// SplitMix64, Steele et al. 2014.
    private mutating func nextRandom() -> UInt64 {
        randomState &+= 0x9E37_79B9_7F4A_7C15
        var word = randomState
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
