// An exception covers what it says, and fails the build when it covers more than there is.

import Testing

@Suite("Allow-list") struct AllowListTests {
    private static func finding(_ path: String, measure: Int = 1) -> Finding {
        Finding(rule: "cap", path: path, line: 1, what: "x", remedy: "y.", measure: measure)
    }

    private static func list(ceiling: Int, reason: String = "because") -> AllowList {
        AllowList(entries: [
            AllowListEntry(rule: "cap", path: "a", ceiling: ceiling, reason: reason)
        ])
    }

    @Test("An entry covers its own path and rule only")
    func coversItsOwnPath() {
        let findings = [Self.finding("a"), Self.finding("b")]
        #expect(Self.list(ceiling: 1).remaining(findings) == [Self.finding("b")])
    }

    @Test("A breach that grew beyond its ceiling is a finding again")
    func ceilingHolds() {
        let grown = [Self.finding("a", measure: 651)]
        #expect(Self.list(ceiling: 651).remaining(grown).isEmpty)
        #expect(Self.list(ceiling: 650).remaining(grown) == grown)
    }

    @Test("An entry must be needed, tight and explained")
    func staleEntries() {
        let findings = [Self.finding("a", measure: 610)]
        #expect(Self.list(ceiling: 610).staleEntries(findings).isEmpty)
        #expect(
            Self.list(ceiling: 700).staleEntries(findings)
                == ["allow-list entry cap a: lower its ceiling to 610."])
        #expect(
            Self.list(ceiling: 1).staleEntries([])
                == ["allow-list entry cap a: no longer needed. Remove it."])
        #expect(
            Self.list(ceiling: 610, reason: "").staleEntries(findings)
                == ["allow-list entry cap a: say why."])
    }
}
