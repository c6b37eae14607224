// What a relay client says first: who it is and whose bytes it takes part in.

/// The hello of a relay connection: 16 bytes, answered with one byte when it is in force.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | "AERELAY1" |
/// | 8 | 1 | role: 0 producer, 1 consumer, 2 echo |
/// | 9 | 3 | zero |
/// | 12 | 4 | channel, big-endian: consumers get what producers of their channel send |
package struct RelayHello: Equatable, Sendable {
    /// What the connection is for.
    package enum Role: UInt8, Sendable { case producer, consumer, echo }

    /// Bytes of a hello.
    package static let byteCount = 16
    /// The byte that answers it.
    package static let answer: UInt8 = 0x6B
    private static let magic = Array("AERELAY1".utf8)

    /// What the connection is for.
    package let role: Role
    /// Consumers get what producers of their channel send.
    package let channel: UInt32

    /// - Parameters:
    ///   - role: What the connection is for.
    ///   - channel: Whose bytes it takes part in.
    package init(role: Role, channel: UInt32) {
        self.role = role
        self.channel = channel
    }

    /// Reads a hello, or nil when the bytes are none.
    package init?(decoding bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount, bytes[0..<8].elementsEqual(Self.magic),
            let role = Role(rawValue: bytes[8]), bytes[9..<12].allSatisfy({ $0 == 0 })
        else { return nil }
        self.role = role
        channel = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
    }

    /// The 16 bytes.
    package var bytes: [UInt8] {
        Self.magic + [role.rawValue, 0, 0, 0] + withUnsafeBytes(of: channel.bigEndian, Array.init)
    }
}
