// Files, folders and types are named by what they are.

/// Manager, Helper, Util, Impl, Base and New say nothing about a thing.
struct NameSuffixRule: TidyRule {
    let name = "name-suffix"
    static let suffixes = [
        "Manager", "Helper", "Helpers", "Util", "Utils", "Utilities", "Impl", "Base", "New",
        "Common", "Misc",
    ]
    static let typeKeywords = [
        "struct", "class", "enum", "actor", "protocol", "typealias", "associatedtype",
    ]
    static let remedy = "Name it by what it is or what it does."

    func findings(in tree: SourceTree) -> [Finding] {
        tree.files.filter(\.isCode).flatMap { pathFindings(in: $0) }
            + tree.swiftFiles.flatMap { typeFindings(in: $0) }
    }

    private func pathFindings(in file: TreeFile) -> [Finding] {
        file.path.split(separator: "/").compactMap { part in
            let stem = part.split(separator: ".").first ?? part
            guard let suffix = Self.bannedSuffix(of: String(stem)) else { return nil }
            return Finding(
                rule: name, path: file.path, line: 1, what: "the path ends in \(suffix)",
                remedy: Self.remedy)
        }
    }

    private func typeFindings(in file: TreeFile) -> [Finding] {
        Self.typeKeywords.flatMap { keyword in
            file.offsets(of: keyword + " ", in: file.code).compactMap { offset in
                let start = offset + keyword.utf8.count + 1
                let type = String(
                    decoding: file.code[start...].prefix { $0.isWord }, as: UTF8.self)
                guard let suffix = Self.bannedSuffix(of: type) else { return nil }
                return Finding(
                    rule: name, path: file.path, line: file.lineNumber(at: offset),
                    what: "the type \(type) ends in \(suffix)", remedy: Self.remedy)
            }
        }
    }

    private static func bannedSuffix(of name: String) -> String? {
        suffixes.first(where: name.hasSuffix)
    }
}
