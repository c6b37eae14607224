// A strict reader of the HTML that reports are written in.

import Foundation

/// Takes a page apart and says what is wrong with it. Far stricter than a browser, on purpose:
/// every element is closed, every attribute quoted, every fragment that is linked to exists once.
struct HTMLScanner {
    private(set) var faults: [String] = []
    /// Names of elements by how often they occur.
    private(set) var elements: [String: Int] = [:]
    /// Values of attributes by name.
    private(set) var attributes: [String: [String]] = [:]
    /// All text outside of tags, styles and scripts, still escaped.
    private(set) var text = ""

    private static let void: Set<String> = ["meta", "!DOCTYPE"]

    init(_ page: String) {
        var open: [String] = []
        var rest = page[...]
        while let start = rest.firstIndex(of: "<") {
            take(String(rest[..<start]))
            guard let end = Self.end(of: rest[start...]) else {
                faults.append("a tag does not end: \(rest[start...].prefix(60))")
                return
            }
            let tag = String(rest[rest.index(after: start)..<end])
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("/") {
                let name = String(tag.dropFirst())
                if open.popLast() != name { faults.append("</\(name)> closes nothing") }
                continue
            }
            let name = read(tag)
            if tag.hasSuffix("/") || Self.void.contains(name) { continue }
            open.append(name)
            if name == "script" || name == "style", let close = rest.range(of: "</\(name)>") {
                rest = rest[close.lowerBound...]
            }
        }
        take(String(rest))
        if !open.isEmpty { faults.append("never closed: \(open)") }
        let identifiers = attributes["id"] ?? []
        if Set(identifiers).count != identifiers.count { faults.append("an id occurs twice") }
        for link in attributes["href"] ?? [] {
            let isKnown = link.hasPrefix("#") && identifiers.contains(String(link.dropFirst()))
            if !isKnown { faults.append("a link leads nowhere: \(link)") }
        }
    }

    private mutating func take(_ piece: String) {
        text += piece
        let parts = piece.split(separator: "&", omittingEmptySubsequences: false).dropFirst()
        for part in parts {
            let known = ["amp;", "lt;", "gt;", "quot;", "#39;"].contains { part.hasPrefix($0) }
            if !known { faults.append("a raw & in: \(piece.prefix(60))") }
        }
        if piece.contains(">") { faults.append("a raw > in: \(piece.prefix(60))") }
    }

    /// The end of a tag: the first `>` outside of quotes.
    private static func end(of tag: Substring) -> String.Index? {
        var isQuoted = false
        for index in tag.indices {
            if tag[index] == "\"" { isQuoted.toggle() }
            if tag[index] == ">", !isQuoted { return index }
        }
        return nil
    }

    /// Reads the name and the attributes of a tag.
    private mutating func read(_ tag: String) -> String {
        var body = tag.hasSuffix("/") ? tag.dropLast() : tag[...]
        let name = String(body.prefix { $0 != " " && $0 != "\n" })
        elements[name, default: 0] += 1
        if name == "!DOCTYPE" { return name }
        body = body.dropFirst(name.count)
        while let start = body.firstIndex(where: { $0 != " " && $0 != "\n" }) {
            body = body[start...]
            let key = String(body.prefix { $0.isLetter || $0.isNumber || $0 == "-" })
            body = body.dropFirst(key.count)
            guard !key.isEmpty else {
                faults.append("no attribute in <\(tag.prefix(80))>")
                return name
            }
            if key.hasPrefix("on") || key == "src" { faults.append("the attribute \(key)") }
            guard body.hasPrefix("=\"") else {
                // An attribute without a value, such as `open`.
                attributes[key, default: []].append("")
                continue
            }
            body = body.dropFirst(2)
            let value = String(body.prefix { $0 != "\"" })
            body = body.dropFirst(value.count + 1)
            if value.contains("<") { faults.append("a raw < in an attribute of <\(name)>") }
            attributes[key, default: []].append(value)
        }
        return name
    }
}
