// Base64 without Foundation.

/// Standard base64 (RFC 4648 section 4): `A-Za-z0-9+/`, padded with `=`, no line breaks.
package enum PaddedBase64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    /// The base64 text of bytes.
    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word =
                group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for position in 0..<4 {
                let sextet = Int(word >> UInt32(18 - 6 * position)) & 0x3F
                text.append(position <= group.count ? alphabet[sextet] : padding)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a base64 text.
    ///
    /// - Throws: `.invalidBase64` with the offset of the first character that is not of the
    ///   alphabet, misplaced padding, or the end of a text that lacks padding. Bits left over in
    ///   the last character must be zero, so that only one text stands for given bytes.
    package static func decode(_ text: ArraySlice<UInt8>) throws(HistogramError) -> [UInt8] {
        guard text.count % 4 == 0 else { throw .invalidBase64(offset: text.count) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        for start in stride(from: text.startIndex, to: text.endIndex, by: 4) {
            let group = text[start..<start + 4]
            let isLast = start + 4 == text.endIndex
            let paddingCount =
                isLast ? group.suffix(2).reversed().prefix { $0 == padding }.count : 0
            var word: UInt32 = 0
            for index in start..<start + 4 - paddingCount {
                guard let sextet = sextet(text[index]) else {
                    throw .invalidBase64(offset: index - text.startIndex)
                }
                word = word << 6 | sextet
            }
            word <<= 6 * UInt32(paddingCount)
            let leftover = word & ((1 << (8 * UInt32(paddingCount))) - 1)
            guard leftover == 0 else {
                throw .invalidBase64(offset: start + 3 - paddingCount - text.startIndex)
            }
            for position in 0..<3 - paddingCount {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(16 - 8 * position)))
            }
        }
        return bytes
    }

    private static func sextet(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
