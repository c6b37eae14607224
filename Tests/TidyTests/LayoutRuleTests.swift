// The rules about names and places can fail, and spare what is fine.

import Testing

@Suite("Layout rules") struct LayoutRuleTests {
    @Test("A type or file that says nothing is found", arguments: NameSuffixRule.suffixes)
    func nameSuffix(suffix: String) {
        let rule = NameSuffixRule()
        let type = SourceTree("Sources/A/A.swift", "package final class Topic\(suffix): A {")
        #expect(rule.findings(in: type).count == 1)
        #expect(rule.findings(in: SourceTree("Sources/A/Topic\(suffix).swift", "")).count == 1)
        #expect(rule.findings(in: SourceTree("Sources/A/\(suffix)/Topic.swift", "")).count == 1)
        let fine = SourceTree("Sources/A/Database.swift", "struct \(suffix)Table {")
        #expect(rule.findings(in: fine).isEmpty)
    }

    @Test("Two files of one name are found")
    func uniqueFileName() {
        let files = [TreeFile("Sources/A/X.swift", ""), TreeFile("Tests/B/X.swift", "")]
        let found = UniqueFileNameRule().findings(in: SourceTree(files))
        #expect(found.map(\.path) == ["Tests/B/X.swift"])
        let different = [TreeFile("Sources/A/X.swift", ""), TreeFile("Tests/B/XTests.swift", "")]
        #expect(UniqueFileNameRule().findings(in: SourceTree(different)).isEmpty)
    }

    @Test("The top level has no more and no less")
    func topLevel() {
        let paths = [
            "Package.swift", "README.md", "Sources/a", "Tests/a", "Benchmarks/a", "results/a",
            "scripts/a",
        ]
        let rule = TopLevelRule()
        let exact = SourceTree(paths.map { TreeFile($0, "") })
        #expect(rule.findings(in: exact).isEmpty)
        let extra = SourceTree((paths + ["docs/a.md"]).map { TreeFile($0, "") })
        #expect(rule.findings(in: extra).map(\.path) == ["docs"])
        let missing = SourceTree(paths.dropFirst().map { TreeFile($0, "") })
        #expect(rule.findings(in: missing).map(\.path) == ["Package.swift"])
    }

    @Test("Decision records have a status and follow each other")
    func decisionRecords() {
        let rule = DecisionRecordRule()
        let folder = DecisionRecordRule.folder
        let accepted = "# Title\n\nStatus: accepted\n"
        let first = TreeFile(folder + "0001-sans-io-core.md", accepted)
        let second = TreeFile(folder + "0002-epoll-first.md", "Status: superseded by 0003\n")
        #expect(rule.findings(in: SourceTree([first, second])).isEmpty)
        let gap = TreeFile(folder + "0003-gap.md", accepted)
        #expect(rule.findings(in: SourceTree([first, gap])).map(\.path) == [gap.path])
        let double = TreeFile(folder + "0001-twin.md", accepted)
        #expect(rule.findings(in: SourceTree([first, double])).count == 1)
        let unnamed = TreeFile(folder + "0001-.md", accepted)
        #expect(rule.findings(in: SourceTree([unnamed])).count == 1)
        let unknown = TreeFile(folder + "0001-a.md", "Status: perhaps\n")
        #expect(rule.findings(in: SourceTree([unknown])).map(\.what) == ["no known status"])
    }

    @Test("A script must be executable, interpreted and strict")
    func scripts() {
        let rule = ScriptRule()
        let good = "#!/usr/bin/env bash\n# Purpose.\nset -euo pipefail\n"
        let fine = TreeFile("scripts/a", good, isExecutable: true)
        let list = TreeFile("scripts/packages.txt", "zlib1g-dev  why\n")
        let deeper = TreeFile("scripts/fixtures/a", "")
        #expect(rule.findings(in: SourceTree([fine, list, deeper])).isEmpty)
        let broken = [
            (good, false, "not executable"), ("set -euo pipefail", true, "no interpreter"),
            ("#!/usr/bin/env bash", true, "errors are ignored"),
        ]
        for (text, isExecutable, what) in broken {
            let file = TreeFile("scripts/a", text, isExecutable: isExecutable)
            #expect(rule.findings(in: SourceTree([file])).map(\.what) == [what])
        }
    }

    @Test("Lines are counted from 1 and found by offset")
    func lineNumbers() {
        let file = TreeFile("a.swift", "a\nbc\n\nd")
        #expect(file.lineCount == 4)
        #expect((1...5).map(file.line) == ["a", "bc", "", "d", ""])
        #expect([0, 1, 2, 4, 5, 6].map(file.lineNumber) == [1, 1, 2, 2, 3, 4])
        #expect(TreeFile("a.swift", "a\n").lineCount == 1)
        #expect(TreeFile("a.swift", "").lineCount == 0)
    }
}
