// What the runner's messages carry, so that each can be told from any other and from damage.

import AeroClient
import CChecksum
import FaultSupport

/// A message's value: who sent it, which of his it is, some bytes, and a checksum over all.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | CRC-32C of the rest |
/// | 4 | 4 | producer |
/// | 8 | 8 | sequence |
/// | 16 | any | bytes that follow from the sequence |
///
/// Integers are in the machine's order: nobody else reads them.
enum TaggedPayload {
    private static let headByteCount = 16

    /// The value of records that nobody keeps account of, and that compaction may take.
    static let noise = [UInt8](repeating: 0xAA, count: 8)

    /// Whether a record is such a one.
    static func isNoise(_ record: Record) -> Bool {
        record.withValue { value in
            // SAFETY: lent for the call only.
            value.withUnsafeBytes { $0.elementsEqual(noise) }
        } ?? false
    }

    /// The value of a message.
    static func encode(_ message: SentMessage, bodyByteCount: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: headByteCount + bodyByteCount)
        bytes.withUnsafeMutableBytes { raw in
            raw.storeBytes(of: UInt32(message.producer), toByteOffset: 4, as: UInt32.self)
            raw.storeBytes(of: message.sequence, toByteOffset: 8, as: Int64.self)
            // Words of a counter: each message's bytes are its own, and a shifted one shows.
            var word = UInt64(bitPattern: message.sequence) &* 0x9E37_79B9_7F4A_7C15
            for position in stride(from: headByteCount, to: raw.count - 7, by: 8) {
                raw.storeBytes(of: word, toByteOffset: position, as: UInt64.self)
                word &+= 0xD1B5_4A32_D192_ED03
            }
            raw.storeBytes(of: checksum(UnsafeRawBufferPointer(raw)), as: UInt32.self)
        }
        return bytes
    }

    /// The message that a record carries; nil when it isn't what was sent.
    static func decode(_ record: Record) -> SentMessage? {
        record.withValue { value in
            // SAFETY: lent for the call only.
            value.withUnsafeBytes { decode($0) }
        } ?? nil
    }

    private static func decode(_ bytes: UnsafeRawBufferPointer) -> SentMessage? {
        guard bytes.count >= headByteCount,
            bytes.loadUnaligned(as: UInt32.self) == checksum(bytes)
        else { return nil }
        return SentMessage(
            producer: Int(bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
            sequence: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self))
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        aero_crc32c(0, bytes.baseAddress.map { $0 + 4 }, bytes.count - 4)
    }
}
