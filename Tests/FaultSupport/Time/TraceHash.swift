// A fingerprint of everything that happened.

/// Mixes events into 64 bits: two runs with one value did the same things in the same order.
///
/// Not for adversaries. Each word goes through the finalizer of SplitMix64, which a single changed
/// bit changes half of.
package struct TraceHash: Equatable, Sendable {
    /// The fingerprint so far.
    package private(set) var value: UInt64 = 0x9AE1_6A3B_2F90_404F

    package init() {}

    /// Mixes a number in.
    package mutating func mix(_ word: UInt64) {
        var mixed = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        value = mixed ^ (mixed >> 31) ^ (value << 1)
    }

    /// Mixes a number in.
    package mutating func mix(_ number: Int) { mix(UInt64(bitPattern: Int64(number))) }

    /// Mixes bytes in, and how many there are.
    package mutating func mix(_ bytes: UnsafeRawBufferPointer) {
        mix(bytes.count)
        var position = 0
        while position + 8 <= bytes.count {
            mix(bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position += 8
        }
        var rest: UInt64 = 0
        while position < bytes.count {
            rest = rest << 8 | UInt64(bytes[position])
            position += 1
        }
        mix(rest)
    }

    /// Mixes a text in.
    package mutating func mix(_ text: String) {
        var text = text
        text.withUTF8 { mix(UnsafeRawBufferPointer($0)) }
    }
}
