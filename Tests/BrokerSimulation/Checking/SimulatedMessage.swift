// Message values that say who wrote them, and that nobody else could have made up.

import TestSupport

/// A message's name: its producer and which of its messages it is.
struct MessageId: Hashable, Comparable {
    let rawValue: UInt64

    init(rawValue: UInt64) { self.rawValue = rawValue }

    init(producer: Int, sequence: Int) {
        rawValue = UInt64(producer) << 40 | UInt64(sequence)
    }

    var producer: Int { Int(rawValue >> 40) }
    var sequence: Int { Int(rawValue & 0xFF_FFFF_FFFF) }

    static func < (left: MessageId, right: MessageId) -> Bool { left.rawValue < right.rawValue }
}

extension MessageId: CustomStringConvertible {
    var description: String { "\(producer).\(sequence)" }
}

/// The value of a message: its id, and bytes that follow from it.
enum SimulatedMessage {
    /// How long the value of a message is, in bytes; follows from the id.
    static func byteCount(_ id: MessageId) -> Int {
        var mixer = SplitMix64(seed: id.rawValue)
        let word = mixer.next()
        let size = Int(word >> 32 & 0xFFFF)
        switch word & 15 {
        case 0: return 2_000 + size % 18_000
        case 1, 2, 3: return 200 + size % 1_800
        default: return 16 + size % 184
        }
    }

    /// Writes the value of a message.
    static func write(_ id: MessageId, into memory: UnsafeMutableRawBufferPointer) {
        memory.storeBytes(of: id.rawValue.bigEndian, as: UInt64.self)
        var word = seed(id)
        var position = 8
        while position + 8 <= memory.count {
            memory.storeBytes(of: word, toByteOffset: position, as: UInt64.self)
            word = step(word)
            position += 8
        }
        while position < memory.count {
            memory[position] = UInt8(truncatingIfNeeded: word)
            word >>= 8
            position += 1
        }
    }

    /// The id of the message that has this value; nil when it is nobody's.
    static func read(_ value: UnsafeRawBufferPointer) -> MessageId? {
        guard value.count >= 16 else { return nil }
        let id = MessageId(rawValue: UInt64(bigEndian: value.loadUnaligned(as: UInt64.self)))
        guard value.count == byteCount(id) else { return nil }
        var word = seed(id)
        var position = 8
        while position + 8 <= value.count {
            guard value.loadUnaligned(fromByteOffset: position, as: UInt64.self) == word else {
                return nil
            }
            word = step(word)
            position += 8
        }
        while position < value.count {
            guard value[position] == UInt8(truncatingIfNeeded: word) else { return nil }
            word >>= 8
            position += 1
        }
        return id
    }

    private static func seed(_ id: MessageId) -> UInt64 {
        (id.rawValue ^ 0x5851_F42D_4C95_7F2D) &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    private static func step(_ word: UInt64) -> UInt64 {
        word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    }
}
