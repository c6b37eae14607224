// A line has at most 100 characters.

/// The formatter breaks code but leaves long comments and literals alone; this rule does not.
struct LineLengthRule: TidyRule {
    let name = "line-length"
    static let characterCountMax = 100

    func findings(in tree: SourceTree) -> [Finding] {
        tree.files.filter(\.isCode).flatMap { file in
            (1...max(file.lineCount, 1)).compactMap { number in
                // Most lines are short in bytes already, and counting characters is slow.
                let line = file.line(number)
                guard line.utf8.count > Self.characterCountMax else { return nil }
                let count = line.count
                guard count > Self.characterCountMax else { return nil }
                return Finding(
                    rule: name, path: file.path, line: number,
                    what: "\(count) characters, the cap is \(Self.characterCountMax)",
                    remedy: "Break the line, or name a part of it.")
            }
        }
    }
}
