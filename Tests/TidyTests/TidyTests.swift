// Reads the whole source tree and holds it to its rules.

import Testing

@Suite("The source tree") struct TidyTests {
    @Test("follows its rules", arguments: TidyRules.all)
    func theTreeFollows(rule: any TidyRule) throws {
        let findings = rule.findings(in: try SourceTree.package.get())
        for finding in AllowList.checked.remaining(findings) {
            Issue.record("\(finding)")
        }
    }

    @Test("has no exception that is no longer needed")
    func everyExceptionIsNeeded() throws {
        let tree = try SourceTree.package.get()
        let findings = TidyRules.all.flatMap { $0.findings(in: tree) }
        for sentence in AllowList.checked.staleEntries(findings) {
            Issue.record("Tests/TidyTests/AllowList+Checked.swift:1: \(sentence)")
        }
    }

    @Test("is really read")
    func theTreeIsRead() throws {
        let tree = try SourceTree.package.get()
        let thisFile = try #require(
            tree.files.first { $0.path == "Tests/TidyTests/TidyTests.swift" })
        #expect(thisFile.line(1).hasPrefix("// Reads the whole source tree"))
        #expect(Set(TidyRules.all.map(\.name)).count == TidyRules.all.count)
    }
}
