// The 16-byte form of a stamp.

public import CChecksum

extension Stamp {
    /// Mark and version of the compact form, in the high four bits.
    @inlinable package static var compactMark: UInt8 { 0xC0 }

    /// Writes the 16 bytes at `target`.
    ///
    /// - Parameters:
    ///   - target: Room for 16 bytes; any alignment.
    ///   - bodyChecksum: CRC-32C of the bytes that follow the stamp; 0 when there are none.
    /// - Precondition: class < 16, producer and destination < 256; `Scenario` checks this.
    /// - Allocations: none.
    @inlinable package func encodeCompact(
        into target: UnsafeMutableRawPointer, bodyChecksum: UInt32
    ) {
        assert(classIndex < 16 && producer < 256 && destination < 256, "outside a compact stamp")
        let lag = LagCode.encode(actualNanoseconds &- intendedNanoseconds)
        let head =
            UInt64(Self.compactMark | classIndex & 0x0F) << 56 | UInt64(lag) << 48
            | UInt64(producer & 0xFF) << 40 | UInt64(destination & 0xFF) << 32
            | UInt64(UInt32(truncatingIfNeeded: sequence))
        let tail = UInt64(bitPattern: intendedNanoseconds) << 16
        target.storeBytes(of: head.bigEndian, as: UInt64.self)
        target.storeBytes(of: tail.bigEndian, toByteOffset: 8, as: UInt64.self)
        let checksum = Self.folded(aero_crc32c(bodyChecksum, target, 16))
        target.storeBytes(of: checksum.bigEndian, toByteOffset: 14, as: UInt16.self)
    }

    /// Reads and verifies a message of 16 to 31 bytes that starts with the compact form.
    ///
    /// - Parameter nearNanoseconds: A time within 39 hours of the intended one: the receive time.
    @inlinable static func decodeCompact(
        _ message: UnsafeRawBufferPointer, nearNanoseconds: Int64
    ) -> StampDecode {
        let head = UInt64(bigEndian: message.loadUnaligned(as: UInt64.self))
        guard UInt8(truncatingIfNeeded: head >> 56) & 0xF0 == compactMark else { return .foreign }
        let tail = UInt64(
            bigEndian: message.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        var cleared = (head.bigEndian, (tail & ~0xFFFF).bigEndian)
        let body = UnsafeRawBufferPointer(rebasing: message[16...])
        var checksum = aero_crc32c(0, body.baseAddress, body.count)
        checksum = aero_crc32c(checksum, &cleared, 16)
        guard folded(checksum) == UInt16(truncatingIfNeeded: tail) else { return .corrupt }
        // The signed 48-bit distance from the known time gives the intended one its high bits.
        let distance = Int64(bitPattern: tail &- UInt64(bitPattern: nearNanoseconds) << 16) >> 16
        let intended = nearNanoseconds &+ distance
        let lag = LagCode.decode(UInt8(truncatingIfNeeded: head >> 48))
        let stamp = Stamp(
            classIndex: UInt8(truncatingIfNeeded: head >> 56) & 0x0F,
            producer: UInt16(head >> 40 & 0xFF), destination: UInt16(head >> 32 & 0xFF),
            sequence: Int64(head & 0xFFFF_FFFF), intendedNanoseconds: intended,
            actualNanoseconds: intended &+ lag)
        return .valid(stamp, form: .compact)
    }

    /// Both halves of a CRC-32C in 16 bits.
    @inlinable static func folded(_ checksum: UInt32) -> UInt16 {
        UInt16(truncatingIfNeeded: checksum >> 16 ^ checksum)
    }
}

/// A lag in one byte: a small floating-point number with five exponent and three mantissa bits.
///
/// Code c stands for c ns below 8, and for (8 + c mod 8) * 2^(c/8 - 1) ns from 8 on: exact to
/// 15 ns, then to 1/16 of the lag (the nearest code is taken), up to 16.1 s, where it saturates.
/// A negative lag, which a correct clock and loop never give, is code 0.
@usableFromInline package enum LagCode {
    /// The code nearest to `nanoseconds`.
    @inlinable package static func encode(_ nanoseconds: Int64) -> UInt8 {
        guard nanoseconds >= 8 else { return UInt8(max(0, nanoseconds)) }
        guard nanoseconds < 16 << 30 else { return 255 }
        let exponent = 60 - nanoseconds.leadingZeroBitCount
        // Half of the last place kept, so that the shift rounds to nearest.
        let rounded = nanoseconds &+ ((1 << exponent) >> 1)
        // Rounding up may carry into the next octave, whose code follows this one's.
        let code = (exponent &+ 1) << 3 &+ Int(rounded >> exponent) &- 8
        return UInt8(min(255, code))
    }

    /// The lag of `code` in nanoseconds.
    @inlinable package static func decode(_ code: UInt8) -> Int64 {
        guard code >= 8 else { return Int64(code) }
        return Int64(8 + code & 7) << Int64(code >> 3 - 1)
    }
}
