// Decision records are numbered without gaps and say whether they are in force.

/// `Sources/decisions/NNNN-title.md`, with a line `Status: accepted` or another known status.
struct DecisionRecordRule: TidyRule {
    let name = "decision-record"
    static let folder = "Sources/decisions/"

    func findings(in tree: SourceTree) -> [Finding] {
        let records = tree.files.filter {
            $0.path.hasPrefix(Self.folder) && $0.fileName != "README.md"
        }
        return records.enumerated().flatMap { index, file in
            numberFindings(in: file, expected: index + 1) + statusFindings(in: file)
        }
    }

    private func numberFindings(in file: TreeFile, expected: Int) -> [Finding] {
        let digits = String(expected)
        let prefix = String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "-"
        let title = file.fileName.dropFirst(prefix.count).dropLast(".md".count)
        let isKebab = title.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" }
        if file.fileName.hasPrefix(prefix), file.fileName.hasSuffix(".md"), isKebab, title != "" {
            return []
        }
        return [
            Finding(
                rule: name, path: file.path, line: 1, what: "the next record is \(prefix)title.md",
                remedy: "Number the records without gaps and write titles in kebab case.")
        ]
    }

    private func statusFindings(in file: TreeFile) -> [Finding] {
        let isKnown = (1...max(file.lineCount, 1)).contains { number in
            let line = file.line(number)
            return line == "Status: proposed" || line == "Status: accepted"
                || line.hasPrefix("Status: superseded by ")
        }
        if isKnown { return [] }
        return [
            Finding(
                rule: name, path: file.path, line: 1, what: "no known status",
                remedy: "Write a line `Status: proposed`, `accepted` or `superseded by NNNN`.")
        ]
    }
}
