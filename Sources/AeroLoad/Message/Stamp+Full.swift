// The 32-byte form of a stamp.

public import CChecksum

extension Stamp {
    /// Mark and version of the full form.
    @inlinable package static var fullMark: UInt8 { 0xA1 }

    /// Writes the 32 bytes at `target`.
    ///
    /// - Parameters:
    ///   - target: Room for 32 bytes; any alignment.
    ///   - bodyChecksum: CRC-32C of the bytes that follow the stamp; 0 when there are none.
    /// - Allocations: none.
    @inlinable package func encodeFull(
        into target: UnsafeMutableRawPointer, bodyChecksum: UInt32
    ) {
        let head =
            UInt64(Self.fullMark) << 56 | UInt64(classIndex) << 48 | UInt64(producer) << 32
            | UInt64(destination) << 16 | UInt64(bitPattern: sequence) >> 32 & 0xFFFF
        let tail = UInt64(bitPattern: sequence) << 32
        target.storeBytes(of: head.bigEndian, as: UInt64.self)
        target.storeBytes(of: tail.bigEndian, toByteOffset: 8, as: UInt64.self)
        target.storeBytes(
            of: intendedNanoseconds.bigEndian, toByteOffset: 16, as: Int64.self)
        target.storeBytes(of: actualNanoseconds.bigEndian, toByteOffset: 24, as: Int64.self)
        let checksum = aero_crc32c(bodyChecksum, target, 32)
        target.storeBytes(of: checksum.bigEndian, toByteOffset: 12, as: UInt32.self)
    }

    /// Reads and verifies a message of at least 32 bytes that starts with the full form.
    @inlinable static func decodeFull(_ message: UnsafeRawBufferPointer) -> StampDecode {
        let head = UInt64(bigEndian: message.loadUnaligned(as: UInt64.self))
        guard UInt8(truncatingIfNeeded: head >> 56) == fullMark else { return .foreign }
        let tail = UInt64(
            bigEndian: message.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        let intended = Int64(
            bigEndian: message.loadUnaligned(fromByteOffset: 16, as: Int64.self))
        let actual = Int64(bigEndian: message.loadUnaligned(fromByteOffset: 24, as: Int64.self))
        // The stamp as it was when its CRC was computed: the field itself is zero.
        var cleared = (head.bigEndian, (tail & ~0xFFFF_FFFF).bigEndian)
        let body = UnsafeRawBufferPointer(rebasing: message[32...])
        var checksum = aero_crc32c(0, body.baseAddress, body.count)
        checksum = aero_crc32c(checksum, &cleared, 16)
        checksum = aero_crc32c(checksum, message.baseAddress.map { $0 + 16 }, 16)
        guard checksum == UInt32(truncatingIfNeeded: tail) else { return .corrupt }
        let stamp = Stamp(
            classIndex: UInt8(truncatingIfNeeded: head >> 48),
            producer: UInt16(truncatingIfNeeded: head >> 32),
            destination: UInt16(truncatingIfNeeded: head >> 16),
            sequence: Int64(head & 0xFFFF) << 32 | Int64(tail >> 32),
            intendedNanoseconds: intended, actualNanoseconds: actual)
        return .valid(stamp, form: .full)
    }
}
