// What the compiler cannot check says which invariant holds and who upholds it.

/// Each unchecked spot has `// SAFETY:` on its line or within the two lines above.
struct SafetyCommentRule: TidyRule {
    let name = "safety-comment"
    static let linesAbove = 2
    static let markers = [
        "@unchecked Sendable", "nonisolated(unsafe)", "unowned(unsafe)", "Unmanaged",
        "unsafeBitCast", "unsafeDowncast",
    ]

    func findings(in tree: SourceTree) -> [Finding] {
        tree.swiftFiles.flatMap { file in
            Self.markers.flatMap { marker in
                file.offsets(of: marker, in: file.code).compactMap { offset in
                    let line = file.lineNumber(at: offset)
                    let near = (line - Self.linesAbove)...line
                    guard !near.contains(where: { file.line($0).contains("SAFETY:") }) else {
                        return nil
                    }
                    return Finding(
                        rule: name, path: file.path, line: line,
                        what: "`\(marker)` without a reason",
                        remedy: "Say in a `// SAFETY:` line above which invariant makes it safe.")
                }
            }
        }
    }
}
