// A file has at most 600 lines.

/// Long files hide ideas from each other's readers.
struct FileLengthRule: TidyRule {
    let name = "file-length"
    static let lineCountMax = 600

    func findings(in tree: SourceTree) -> [Finding] {
        tree.files.filter { $0.isCode && $0.lineCount > Self.lineCountMax }.map { file in
            Finding(
                rule: name, path: file.path, line: file.lineCount,
                what: "\(file.lineCount) lines, the cap is \(Self.lineCountMax)",
                remedy: "Split it by idea into Type.swift and Type+Facet.swift.",
                measure: file.lineCount)
        }
    }
}
