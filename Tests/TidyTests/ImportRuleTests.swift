// The import allow-list keeps each module in its layer.

import Testing

@Suite("Imports") struct ImportRuleTests {
    private static func findings(_ path: String, _ text: String) -> [String] {
        ImportRule().findings(in: SourceTree(path, text)).map(\.what)
    }

    @Test(
        "An import outside the row is found",
        arguments: [
            ("AeroWire", "Glibc"), ("AeroCore", "AeroIO"), ("AeroIO", "AeroBroker"),
            ("AeroReport", "Foundation"), ("AeroLoad", "FoundationEssentials"),
            ("AeroBroker", "AeroLoad"), ("AeroMemory", "CLinux"), ("AeroIO", "Dispatch"),
        ])
    func outsideTheRow(module: String, imported: String) {
        let what = Self.findings("Sources/\(module)/A.swift", "import \(imported)\n")
        #expect(what == ["\(module) may not import \(imported)"])
    }

    @Test("An import in the row is fine")
    func insideTheRow() {
        let text = "import Glibc\npackage import AeroMemory\nimport Synchronization\n"
        #expect(Self.findings("Sources/AeroIO/A.swift", text).isEmpty)
        #expect(Self.findings("Tests/AeroIOTests/A.swift", "import Foundation").isEmpty)
    }

    @Test("A module without a row is found")
    func unknownModule() {
        #expect(Self.findings("Sources/AeroNew/A.swift", "").count == 1)
    }

    @Test(
        "Access levels, attributes and kinds do not hide an import",
        arguments: [
            ("import Glibc", "Glibc"), ("package import Glibc", "Glibc"),
            ("@preconcurrency public import Glibc", "Glibc"),
            ("import struct Foundation.Data", "Foundation"), ("  import Glibc.C", "Glibc"),
            ("let import = 1", nil), ("x", nil),
        ])
    func importedModule(line: String, expected: String?) {
        #expect(ImportRule.importedModule(line) == expected)
    }
}
