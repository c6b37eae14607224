// A file name occurs once in the whole package.

/// A name in a stack trace or a review then means one file.
struct UniqueFileNameRule: TidyRule {
    let name = "unique-file-name"

    func findings(in tree: SourceTree) -> [Finding] {
        let sources = tree.files.filter { $0.isSwift || $0.isC }
        var firstPath: [String: String] = [:]
        return sources.compactMap { file in
            guard let twin = firstPath[file.fileName] else {
                firstPath[file.fileName] = file.path
                return nil
            }
            return Finding(
                rule: name, path: file.path, line: 1, what: "the same file name as \(twin)",
                remedy: "Name each file after the type or facet that it holds.")
        }
    }
}
