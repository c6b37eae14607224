// The fixed capacities a pool deals in.

/// The size class of a buffer; its raw value is the index of the class's free list.
///
/// | class | capacity | made for |
/// |---|---|---|
/// | `kib1` | 1 KiB | control messages |
/// | `kib8` | 8 KiB | messages, receive buffers |
/// | `kib64` | 64 KiB | small batches |
/// | `kib256` | 256 KiB | batches |
/// | `mib1` | 1 MiB | full batches |
/// | `mib4` | 4 MiB | the largest frame by default |
/// | `huge` | exactly what was asked for | anything above; never cached |
@usableFromInline package enum BufferSizeClass: UInt8, Sendable, CaseIterable {
    case kib1, kib8, kib64, kib256, mib1, mib4, huge

    /// How many classes have a fixed capacity, and so a free list.
    @inlinable package static var fixedCount: Int { 6 }

    /// The classes with a fixed capacity, smallest first.
    package static var fixed: [BufferSizeClass] { [.kib1, .kib8, .kib64, .kib256, .mib1, .mib4] }

    /// The capacity in bytes of a buffer of this class; nil for `huge`, whose capacity is exact.
    @inlinable package var byteCount: Int? {
        switch self {
        case .kib1: 1 << 10
        case .kib8: 1 << 13
        case .kib64: 1 << 16
        case .kib256: 1 << 18
        case .mib1: 1 << 20
        case .mib4: 1 << 22
        case .huge: nil
        }
    }

    /// The smallest class that holds `byteCount` bytes.
    ///
    /// - Parameter byteCount: 0 or more.
    /// - Complexity: O(1), three compares at most.
    @inlinable @inline(always) package static func containing(_ byteCount: Int) -> BufferSizeClass {
        if byteCount <= 1 << 16 {
            if byteCount <= 1 << 10 { return .kib1 }
            return byteCount <= 1 << 13 ? .kib8 : .kib64
        }
        if byteCount <= 1 << 20 { return byteCount <= 1 << 18 ? .kib256 : .mib1 }
        return byteCount <= 1 << 22 ? .mib4 : .huge
    }
}
