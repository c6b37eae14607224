// One file of the source tree as the rules see it: its text, and its code without comments.

import Glibc

/// A file of the package, named by its path from the package root.
struct TreeFile: Sendable {
    /// The path from the package root, with `/` between the parts.
    let path: String
    /// The bytes of the file.
    let text: [UInt8]
    /// As `text`, byte for byte, with comments and string literals replaced by spaces.
    let code: [UInt8]
    /// Whether the owner may execute the file.
    let isExecutable: Bool
    private let lineStarts: [Int]

    init(_ path: String, _ text: String, isExecutable: Bool = false) {
        self.path = path
        self.text = Array(text.utf8)
        self.isExecutable = isExecutable
        code = path.hasSuffix(".swift") ? SwiftScanner.code(of: self.text) : self.text
        var starts = [0]
        for (offset, byte) in self.text.enumerated() where byte == UInt8(ascii: "\n") {
            starts.append(offset + 1)
        }
        // The end of a file that ends with a newline starts no line.
        if starts.last == self.text.count { starts.removeLast() }
        lineStarts = starts
    }

    var lineCount: Int { lineStarts.count }
    var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }
    var isSwift: Bool { path.hasSuffix(".swift") }
    var isC: Bool { path.hasSuffix(".c") || path.hasSuffix(".h") }
    var isFixture: Bool { path.contains("/Fixtures/") || path.contains("/fixtures/") }
    var isTest: Bool { path.hasPrefix("Tests/") }
    /// What is built into a product or a benchmark, as opposed to a test.
    var isProduct: Bool { path.hasPrefix("Sources/") || path.hasPrefix("Benchmarks/") }
    /// What a size cap applies to: everything written by hand to be run.
    var isCode: Bool {
        (isSwift || isC || (path.hasPrefix("scripts/") && !path.hasSuffix(".txt"))) && !isFixture
    }

    /// The target that the file belongs to: the folder below `Sources`, `Tests` or `Benchmarks`.
    var module: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : nil
    }

    /// The line, counted from 1, that holds a byte.
    func lineNumber(at offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while low < high {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle + 1 } else { high = middle }
        }
        return max(low, 1)
    }

    /// The text of a line counted from 1; empty outside the file.
    func line(_ number: Int) -> String { slice(of: text, line: number) }

    /// The code of a line counted from 1, without comments and string literals.
    func codeLine(_ number: Int) -> String { slice(of: code, line: number) }

    private func slice(of bytes: [UInt8], line number: Int) -> String {
        guard number >= 1, number <= lineStarts.count else { return "" }
        let start = lineStarts[number - 1]
        var end = number < lineStarts.count ? lineStarts[number] : bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// Where `needle` occurs as whole words; a needle's end that is no word character matches
    /// whatever stands next to it.
    func offsets(of needle: String, in bytes: [UInt8]) -> [Int] {
        let wanted = Array(needle.utf8)
        guard let first = wanted.first, let last = wanted.last else { return [] }
        var found: [Int] = []
        bytes.withUnsafeBytes { haystack in
            guard let base = haystack.baseAddress else { return }
            var offset = 0
            while offset + wanted.count <= haystack.count,
                let hit = memchr(base + offset, Int32(first), haystack.count - offset)
            {
                offset = UnsafeRawPointer(hit) - base
                let end = offset + wanted.count
                guard end <= haystack.count else { return }
                let isJoinedBefore = offset > 0 && haystack[offset - 1].isWord && first.isWord
                let isJoinedAfter = end < haystack.count && haystack[end].isWord && last.isWord
                if !isJoinedBefore, !isJoinedAfter, memcmp(hit, wanted, wanted.count) == 0 {
                    found.append(offset)
                }
                offset += 1
            }
        }
        return found
    }
}

extension UInt8 {
    /// A byte of an identifier; bytes of multi-byte characters count.
    var isWord: Bool {
        self == UInt8(ascii: "_") || self >= 0x80
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
    }

    var isBlank: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\n") || self == UInt8(ascii: "\t")
    }
}
