// CRC-32C over raw memory.

import CChecksum

/// The Castagnoli CRC, by the CPU's instruction where it has one.
///
/// Source: RFC 3720, section 12.1. `checksum("123456789")` is 0xE3069283.
@usableFromInline package enum CRC32C {
    /// How the checksum is computed on this machine, chosen when the program was loaded.
    @usableFromInline package enum Engine: String, Sendable {
        /// Table look-up, eight bytes a step.
        case portable
        /// The x86-64 instruction, three lanes.
        case sse42
        /// The ARMv8 instruction, three lanes.
        case armv8
    }

    /// The checksum of `bytes`, continuing from that of what came before.
    ///
    /// - Parameter seed: The finished checksum of the bytes before; 0 at the start.
    package static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
        aero_crc32c(seed, bytes.baseAddress, bytes.count)
    }

    /// The checksum of a span, continuing from that of what came before.
    package static func checksum(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
        // SAFETY: the pointer is used within the closure only; the span keeps its bytes alive.
        bytes.withUnsafeBytes { checksum($0, seed: seed) }
    }

    /// The same by table look-up alone; what tests compare with.
    package static func portableChecksum(
        _ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0
    ) -> UInt32 {
        aero_crc32c_portable(seed, bytes.baseAddress, bytes.count)
    }

    /// The implementation in use.
    package static var engine: Engine {
        switch aero_crc32c_chosen_engine() {
        case AERO_CRC32C_SSE42: .sse42
        case AERO_CRC32C_ARMV8: .armv8
        default: .portable
        }
    }
}
