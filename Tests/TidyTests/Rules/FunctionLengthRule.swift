// A function has at most 70 lines, from its first line to its closing brace.

/// A function that fits a screen can be checked by reading it.
struct FunctionLengthRule: TidyRule {
    let name = "function-length"
    static let lineCountMax = 70

    func findings(in tree: SourceTree) -> [Finding] {
        tree.files.filter { $0.isCode && ($0.isSwift || $0.isC) }.flatMap { file in
            FunctionScanner.bodies(in: file).compactMap { body in
                let first = file.lineNumber(at: body.start)
                let count = file.lineNumber(at: body.end) - first + 1
                guard count > Self.lineCountMax else { return nil }
                return Finding(
                    rule: name, path: file.path, line: first,
                    what: "\(body.name) has \(count) lines, the cap is \(Self.lineCountMax)",
                    remedy: "Give each step of it a name of its own.", measure: count)
            }
        }
    }
}
