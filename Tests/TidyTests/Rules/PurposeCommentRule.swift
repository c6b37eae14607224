// The first line of a Swift file says what the file is for.

/// A reader who opens a file learns its purpose before anything else.
struct PurposeCommentRule: TidyRule {
    let name = "purpose-comment"

    func findings(in tree: SourceTree) -> [Finding] {
        tree.swiftFiles.filter { file in
            let first = file.line(1)
            return !first.hasPrefix("// ") || first.count < 8
        }.map { file in
            Finding(
                rule: name, path: file.path, line: 1, what: "no purpose on the first line",
                remedy: "Begin the file with one comment line that says what it is for.")
        }
    }
}
