// The visible top level of the package is a fixed, short list.

/// A newcomer sees seven names and knows where to look.
struct TopLevelRule: TidyRule {
    let name = "top-level"
    static let expected: Set<String> = [
        "Package.swift", "Sources", "Tests", "Benchmarks", "results", "scripts", "README.md",
    ]

    func findings(in tree: SourceTree) -> [Finding] {
        let present = Set(
            tree.files.compactMap { $0.path.split(separator: "/").first.map(String.init) })
        let extra = present.subtracting(Self.expected).sorted().map { entry in
            Finding(
                rule: name, path: entry, line: 1, what: "not a part of the top level",
                remedy: "Move it below one of \(Self.expected.sorted().joined(separator: " ")).")
        }
        let missing = Self.expected.subtracting(present).sorted().map { entry in
            Finding(
                rule: name, path: entry, line: 1, what: "missing from the top level",
                remedy: "Add it; the layout is the same in every clone.")
        }
        return extra + missing
    }
}
