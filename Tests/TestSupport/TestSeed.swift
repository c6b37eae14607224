// Where property tests get their seed.

#if canImport(Glibc)
    import Glibc
#endif

/// The seed of a property test: `AEROMQ_SEED` when it is set, else a fixed default.
package enum TestSeed {
    /// The seed in force; put it into the comment of every expectation of a property test.
    package static var current: UInt64 {
        guard let text = getenv("AEROMQ_SEED"), let seed = UInt64(String(cString: text)) else {
            return 0xA3E0_3A9
        }
        return seed
    }
}
