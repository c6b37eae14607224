// No note to self is left in product code.

/// What is to be done stands in the issue tracker, where it can be seen and closed.
struct LeftoverWordRule: TidyRule {
    let name = "leftover-word"
    static let words = ["FIXME", "TODO", "XXX", "HACK"]

    func findings(in tree: SourceTree) -> [Finding] {
        tree.files.filter { $0.isProduct && $0.isCode }.flatMap { file in
            Self.words.flatMap { word in
                file.offsets(of: word, in: file.text).map { offset in
                    Finding(
                        rule: name, path: file.path, line: file.lineNumber(at: offset),
                        what: "`\(word)` is left over", remedy: "Do it now, or open an issue.")
                }
            }
        }
    }
}
