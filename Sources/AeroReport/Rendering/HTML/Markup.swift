// HTML that cannot be put together without escaping.

/// A piece of HTML. What is written out in the source is markup; a `String` that is interpolated is
/// text and escaped, so that no name in a result file can become a tag, an attribute or a script.
struct Markup: ExpressibleByStringInterpolation, Equatable, Sendable {
    /// The HTML itself.
    private(set) var text: String

    /// Nothing.
    static let empty = Markup(stringLiteral: "")

    init(stringLiteral value: String) { text = value }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Pieces one after the other.
    init(_ pieces: [Markup]) {
        text = ""
        for piece in pieces { text += piece.text }
    }

    static func + (left: Markup, right: Markup) -> Markup { Markup([left, right]) }

    static func += (left: inout Markup, right: Markup) { left.text += right.text }

    /// Gathers literal parts as they are and values escaped.
    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        /// Text, which is escaped for elements and for quoted attributes.
        mutating func appendInterpolation(_ value: String) { text += HTMLText.escaped(value) }

        mutating func appendInterpolation(_ value: Int) { text += String(value) }

        mutating func appendInterpolation(_ value: Markup) { text += value.text }

        mutating func appendInterpolation(_ values: [Markup]) {
            for value in values { text += value.text }
        }
    }
}

/// Text made safe for HTML.
enum HTMLText {
    /// Escapes markup and both kinds of quotes; what HTML cannot hold becomes a question mark.
    static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            case UInt8(ascii: "'"): bytes += "&#39;".utf8
            case 0x09, 0x0A: bytes.append(byte)
            case 0x00..<0x20, 0x7F: bytes.append(UInt8(ascii: "?"))
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
