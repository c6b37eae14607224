// Small text files with a checksum: `key: value` lines that a person can read.

import AeroWire

/// The lines of a small file, closed by a line with the CRC-32C of all before it.
///
/// Written whole and replaced atomically, so that a reader sees all of it or none; the checksum
/// is for what happens to the file later.
package enum SealedText {
    private static let seal = "crc32c: "

    /// The bytes of a file with these lines, which have no line breaks of their own.
    package static func encode(_ lines: [String]) -> [UInt8] {
        let body = [UInt8](lines.map { $0 + "\n" }.joined().utf8)
        return body + [UInt8]((seal + hexadecimal(checksum(body[...])) + "\n").utf8)
    }

    /// The lines in front of the checksum, or nil when it does not match or is not there.
    package static func decode(_ bytes: [UInt8]) -> [String]? {
        let sealCount = seal.utf8.count + 8 + 1
        guard bytes.count >= sealCount else { return nil }
        let body = bytes[..<(bytes.count - sealCount)]
        let expected = [UInt8]((seal + hexadecimal(checksum(body)) + "\n").utf8)
        guard bytes[body.endIndex...].elementsEqual(expected),
            let text = String(validating: body, as: UTF8.self)
        else { return nil }
        guard text.hasSuffix("\n") || text.isEmpty else { return nil }
        return text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }

    /// Splits `key: value` at its first colon; nil without one.
    package static func field(_ line: String) -> (key: String, value: String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...].drop { $0 == " " }
        return (String(line[..<colon]), String(value))
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        // SAFETY: lent for the call only.
        bytes.withUnsafeBytes { CRC32C.checksum($0) }
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
