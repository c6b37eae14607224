// Random words by index: no state to carry, any word at any time.

/// A seeded function from index to 64 random bits.
///
/// Word n is output n of SplitMix64 started at `seed`.
/// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
@usableFromInline package struct CounterRandom: Sendable, Equatable {
    @usableFromInline let seed: UInt64

    /// - Parameter seed: Any value; equal seeds give equal words.
    @inlinable package init(seed: UInt64) { self.seed = seed }

    /// The random word of `index`.
    @inlinable package func word(_ index: UInt64) -> UInt64 {
        var word = seed &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
