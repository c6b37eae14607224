// A catch clause handles, translates, or counts the error.

/// An empty `catch` makes a failure vanish; a comment in it does not bring it back.
struct EmptyCatchRule: TidyRule {
    let name = "empty-catch"

    func findings(in tree: SourceTree) -> [Finding] {
        tree.swiftFiles.filter(\.isProduct).flatMap { file in
            file.offsets(of: "catch", in: file.code)
                .filter { Self.isEmptyClause(file.code[$0...]) }
                .map { offset in
                    Finding(
                        rule: name, path: file.path, line: file.lineNumber(at: offset),
                        what: "an empty catch clause",
                        remedy: "Handle the error, translate it, or count and report it.")
                }
        }
    }

    private static func isEmptyClause(_ code: ArraySlice<UInt8>) -> Bool {
        let body = code.drop { $0 != UInt8(ascii: "{") }.dropFirst()
        return body.first { !$0.isBlank } == UInt8(ascii: "}")
    }
}
