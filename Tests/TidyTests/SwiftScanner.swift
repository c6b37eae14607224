// Takes comments and string literals out of Swift text, so that rules see code only.

/// A scanner that knows just enough of Swift: comments, string literals and interpolation.
///
/// Regex literals are read as code: a lone quote in one hides the rest of its line, no more.
struct SwiftScanner {
    private enum Mode {
        /// Code; `parentheses` counts those open since an interpolation began, `nil` outside one.
        case code(parentheses: Int?)
        case literal(hashes: Int, isMultiline: Bool)
    }

    private let text: [UInt8]
    private var code: [UInt8]
    private var position = 0
    private var modes: [Mode] = [.code(parentheses: nil)]

    private init(_ text: [UInt8]) {
        self.text = text
        code = text
    }

    /// The text with every byte of a comment or string literal replaced by a space; line ends stay.
    static func code(of text: [UInt8]) -> [UInt8] {
        var scanner = SwiftScanner(text)
        scanner.run()
        return scanner.code
    }

    private mutating func run() {
        while position < text.count {
            switch modes[modes.count - 1] {
            case .code(let parentheses):
                scanCode(parentheses: parentheses)
            case .literal(let hashes, let isMultiline):
                scanLiteral(hashes: hashes, isMultiline: isMultiline)
            }
        }
    }

    private mutating func scanCode(parentheses: Int?) {
        if starts("//") {
            while position < text.count, text[position] != UInt8(ascii: "\n") { blank(1) }
        } else if starts("/*") {
            blankBlockComment()
        } else if let (hashes, isMultiline) = openingQuote() {
            blank(hashes + (isMultiline ? 3 : 1))
            modes.append(.literal(hashes: hashes, isMultiline: isMultiline))
        } else if let parentheses {
            scanInterpolation(parentheses: parentheses)
        } else {
            position += 1
        }
    }

    private mutating func scanInterpolation(parentheses: Int) {
        var open = parentheses
        if text[position] == UInt8(ascii: "(") { open += 1 }
        if text[position] == UInt8(ascii: ")") { open -= 1 }
        if open == 0 {
            modes.removeLast()
            blank(1)
        } else {
            modes[modes.count - 1] = .code(parentheses: open)
            position += 1
        }
    }

    private mutating func scanLiteral(hashes: Int, isMultiline: Bool) {
        let marks = String(repeating: "#", count: hashes)
        let quotes = isMultiline ? "\"\"\"" : "\""
        if starts("\\" + marks + "(") {
            blank(2 + hashes)
            modes.append(.code(parentheses: 1))
        } else if starts("\\" + marks) {
            blank(2 + hashes)
        } else if starts(quotes + marks) {
            blank(quotes.utf8.count + hashes)
            modes.removeLast()
        } else if text[position] == UInt8(ascii: "\n"), !isMultiline {
            // An unclosed literal is the compiler's business; it must not hide the next line.
            modes.removeLast()
        } else {
            blank(1)
        }
    }

    private mutating func blankBlockComment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                blank(2)
            } else if starts("*/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && position < text.count
    }

    /// The literal that opens at the position, if one does.
    private func openingQuote() -> (hashes: Int, isMultiline: Bool)? {
        var end = position
        while end < text.count, text[end] == UInt8(ascii: "#") { end += 1 }
        guard end < text.count, text[end] == UInt8(ascii: "\"") else { return nil }
        return (end - position, starts("\"\"\"", at: end))
    }

    private func starts(_ prefix: String) -> Bool { starts(prefix, at: position) }

    private func starts(_ prefix: String, at start: Int) -> Bool {
        var offset = start
        for byte in prefix.utf8 {
            guard offset < text.count, text[offset] == byte else { return false }
            offset += 1
        }
        return true
    }

    private mutating func blank(_ count: Int) {
        for offset in position..<min(position + count, text.count)
        where text[offset] != UInt8(ascii: "\n") {
            code[offset] = UInt8(ascii: " ")
        }
        position = min(position + count, text.count)
    }
}
