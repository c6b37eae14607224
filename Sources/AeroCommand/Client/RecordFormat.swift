// One record as one line of text.

import AeroClient

/// How records are written.
struct RecordFormat: Sendable {
    /// The spellings of `--format`.
    enum Kind: String, CaseIterable, Sendable {
        case value
        case keyValue = "key-value"
        case json
    }

    let kind: Kind
    let separator: String
    let topic: String

    /// Adds the record and a line break. Values are written as they are, but in JSON.
    func append(_ record: Record, to bytes: inout [UInt8]) {
        switch kind {
        case .value: bytes += record.value ?? []
        case .keyValue:
            if let key = record.key { bytes += key + separator.utf8 }
            bytes += record.value ?? []
        case .json:
            bytes +=
                JSONText.object([
                    ("topic", JSONText.string(topic)), ("partition", "\(record.partition)"),
                    ("offset", "\(record.offset)"),
                    ("timestamp", "\(record.timestampMilliseconds)"),
                    Self.member("key", record.key), Self.member("value", record.value),
                ]).utf8
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Text as a string, other bytes as base64 under another name, nothing as null.
    static func member(_ name: String, _ bytes: [UInt8]?) -> (String, String) {
        guard let bytes else { return (name, "null") }
        if let text = String(validating: bytes, as: UTF8.self) {
            return (name, JSONText.string(text))
        }
        return ("\(name)Base64", "\"\(base64(bytes))\"")
    }

    /// Source: RFC 4648, section 4.
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var word = group.reduce(0) { $0 << 8 | UInt32($1) }
            word <<= 8 * UInt32(3 - group.count)
            for place in 0..<4 {
                let index = Int(word >> (18 - 6 * UInt32(place)) & 63)
                text.append(place <= group.count ? alphabet[index] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
