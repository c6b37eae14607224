// The scanner hides comments and literals, and nothing else.

import Testing

@Suite("Swift scanner") struct SwiftScannerTests {
    /// Runs of blanks count as one, so that a sample stays readable.
    private static func code(_ text: String) -> String {
        let bytes = SwiftScanner.code(of: Array(text.utf8))
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").joined(separator: " ")
    }

    @Test(
        "Comments and literals are hidden",
        arguments: [
            ("a // b", "a "),
            ("a /* b /* c */ d */ e", "a e"),
            ("f(\"b\") c", "f( ) c"),
            ("f(\"b \\\" c\") d", "f( ) d"),
            ("\"http://x\" a", "a"),
            ("#\"b \" c\"# d", "d"),
            ("\"\"\"\nb \" c\n\"\"\" d", "\n \n d"),
            ("\"b\nc", "\nc"),
        ])
    func hides(text: String, expected: String) {
        #expect(
            Self.code(text).trimmingSpaces == expected.trimmingSpaces, "the sample is \(text)")
    }

    @Test("Interpolated code is code")
    func interpolation() {
        #expect(Self.code("\"a \\(f(b)) c\" + d").trimmingSpaces == "f(b) + d")
        #expect(Self.code("#\"a \\(b) \\#(c) d\"# e").trimmingSpaces == "c e")
    }

    @Test("Every byte keeps its place")
    func bytesKeepTheirPlace() {
        let text = Array("let é = \"ü\" // ö\nlet b = 1\n".utf8)
        let code = SwiftScanner.code(of: text)
        #expect(code.count == text.count)
        #expect(code.suffix(10) == text.suffix(10))
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let bytes = utf8.drop { $0 == UInt8(ascii: " ") }
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") }
        return String(decoding: bytes.reversed().drop(while: isBlank).reversed(), as: UTF8.self)
    }
}
