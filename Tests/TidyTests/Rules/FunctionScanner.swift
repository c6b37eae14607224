// Finds where functions, initialisers, subscripts and computed properties begin and end.

/// A declaration with a body, by byte offsets into its file.
struct FunctionBody: Equatable {
    let name: String
    /// The offset of the declaring keyword.
    let start: Int
    /// The offset of the closing brace.
    let end: Int
}

/// Follows braces and declaring keywords through code without comments and literals.
struct FunctionScanner {
    private struct Declaration {
        let name: String
        let start: Int
        let parenthesisDepth: Int
        let isVariable: Bool
    }

    private static let endsDeclaration: Set<String> = [
        "struct", "class", "enum", "actor", "extension", "protocol", "let", "typealias",
        "associatedtype", "import", "case",
    ]

    private let code: [UInt8]
    private var position = 0
    private var parenthesisDepth = 0
    /// The last declaration whose body has not been seen; a requirement of a protocol has none.
    private var pending: Declaration?
    private var openBraces: [Declaration?] = []
    private var bodies: [FunctionBody] = []

    private init(_ code: [UInt8]) { self.code = code }

    /// Every body in a Swift or C file, in the order in which they close.
    static func bodies(in file: TreeFile) -> [FunctionBody] {
        if file.isC { return bodies(inC: file.code) }
        var scanner = FunctionScanner(file.code)
        while scanner.position < scanner.code.count { scanner.step() }
        return scanner.bodies
    }

    private mutating func step() {
        let byte = code[position]
        if byte.isWord {
            scanWord()
            return
        }
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: "["):
            parenthesisDepth += 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"):
            parenthesisDepth -= 1
            if let pending, parenthesisDepth < pending.parenthesisDepth { self.pending = nil }
        case UInt8(ascii: "="):
            if let pending, pending.isVariable, isAtDepth(of: pending) { self.pending = nil }
        case UInt8(ascii: "{"):
            openBrace()
        case UInt8(ascii: "}"):
            closeBrace()
        default:
            break
        }
        position += 1
    }

    private func isAtDepth(of declaration: Declaration) -> Bool {
        parenthesisDepth == declaration.parenthesisDepth
    }

    private mutating func openBrace() {
        // A brace deeper in parentheses is a closure among the default arguments.
        guard let pending, isAtDepth(of: pending) else {
            openBraces.append(nil)
            return
        }
        openBraces.append(pending)
        self.pending = nil
    }

    private mutating func closeBrace() {
        if let pending, isAtDepth(of: pending) { self.pending = nil }
        guard let closed = openBraces.popLast(), let closed else { return }
        bodies.append(FunctionBody(name: closed.name, start: closed.start, end: position))
    }

    private mutating func scanWord() {
        let start = position
        while position < code.count, code[position].isWord { position += 1 }
        if let pending, !isAtDepth(of: pending) { return }
        if start > 0, code[start - 1] == UInt8(ascii: ".") { return }
        let word = String(decoding: code[start..<position], as: UTF8.self)
        switch word {
        case "func", "var":
            declare(word + " " + followingName(), start, isVariable: word == "var")
        case "init", "deinit", "subscript":
            declare(word, start, isVariable: false)
        case "in":
            if let pending, pending.isVariable { self.pending = nil }
        default:
            if Self.endsDeclaration.contains(word) { pending = nil }
        }
    }

    private mutating func declare(_ name: String, _ start: Int, isVariable: Bool) {
        pending = Declaration(
            name: name, start: start, parenthesisDepth: parenthesisDepth, isVariable: isVariable)
    }

    private func followingName() -> String {
        let rest = code[position...].drop(while: \.isBlank)
        let name = rest.prefix { $0.isWord }
        return name.isEmpty ? "operator" : String(decoding: name, as: UTF8.self)
    }

    /// In C a function is a brace at the top level after a closing parenthesis.
    private static func bodies(inC code: [UInt8]) -> [FunctionBody] {
        var bodies: [FunctionBody] = []
        var depth = 0
        var start: Int?
        var previous = UInt8(ascii: " ")
        for (offset, byte) in code.enumerated() where !byte.isBlank {
            if byte == UInt8(ascii: "{") {
                if depth == 0, previous == UInt8(ascii: ")") { start = offset }
                depth += 1
            } else if byte == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0, let begin = start.take() {
                    bodies.append(FunctionBody(name: "the function", start: begin, end: offset))
                }
            }
            previous = byte
        }
        return bodies
    }
}
