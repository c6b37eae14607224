// The caps on files, functions and lines can fail, and begin where they say.

import Testing

@Suite("Size rules") struct SizeRuleTests {
    private static func lines(_ count: Int) -> String {
        String(repeating: "x\n", count: count)
    }

    /// A function of exactly `count` lines.
    private static func function(_ head: String, lines count: Int) -> String {
        head + " {\n" + lines(count - 2) + "}\n"
    }

    @Test("A file has at most 600 lines")
    func fileLength() {
        let rule = FileLengthRule()
        #expect(rule.findings(in: SourceTree("Sources/A/A.swift", Self.lines(600))).isEmpty)
        let found = rule.findings(in: SourceTree("Sources/A/A.swift", Self.lines(601)))
        #expect(found.map(\.measure) == [601])
        let fixture = SourceTree("Tests/A/Fixtures/A.swift", Self.lines(601))
        #expect(rule.findings(in: fixture).isEmpty)
    }

    @Test("A line has at most 100 characters, not bytes")
    func lineLength() {
        let rule = LineLengthRule()
        let full = String(repeating: "é", count: 100)
        #expect(rule.findings(in: SourceTree("Sources/A/A.swift", full)).isEmpty)
        let found = rule.findings(in: SourceTree("Sources/A/A.swift", "a\n" + full + "é\n"))
        #expect(found.map(\.line) == [2])
        #expect(!rule.findings(in: SourceTree("scripts/run", full + "é")).isEmpty)
    }

    @Test(
        "A function has at most 70 lines",
        arguments: [
            "func f()", "init?(a: Int)", "deinit", "subscript(a: Int) -> Int", "var a: Int",
            "func f(a: () -> Void = { let b = 1 }) throws(E) -> [Int]", "static func == (a: A)",
        ])
    func functionLength(head: String) {
        let rule = FunctionLengthRule()
        let fits = SourceTree("Tests/A/A.swift", Self.function(head, lines: 70))
        #expect(rule.findings(in: fits).isEmpty)
        let long = SourceTree("Tests/A/A.swift", "\n" + Self.function(head, lines: 71))
        #expect(rule.findings(in: long).map(\.line) == [2])
        #expect(rule.findings(in: long).map(\.measure) == [71])
    }

    @Test(
        "A declaration without a body does not claim the next brace",
        arguments: [
            "protocol P {\nfunc f()\nvar a: Int { get }\n}\nstruct S",
            "var a = b\nstruct S", "let a = A.init()\nenum S", "var a: Int\nextension S",
        ])
    func declarationsWithoutBody(head: String) {
        let tree = SourceTree("Sources/A/A.swift", Self.function(head, lines: 80))
        #expect(FunctionLengthRule().findings(in: tree).isEmpty)
    }

    @Test("A long method is found in a type, once")
    func nestedFunction() {
        let method = Self.function("func g()", lines: 90)
        let tree = SourceTree("Sources/A/A.swift", "struct S {\nfunc f()  { a { b } }\n\(method)}")
        #expect(FunctionLengthRule().findings(in: tree).map(\.line) == [3])
    }

    @Test("C functions are capped, C tables are not")
    func cFunctions() {
        let rule = FunctionLengthRule()
        let long = SourceTree("Sources/C/c.c", Self.function("int f(void)", lines: 71))
        #expect(rule.findings(in: long).count == 1)
        let table = SourceTree("Sources/C/c.c", Self.function("int t[] =", lines: 71))
        #expect(rule.findings(in: table).isEmpty)
    }
}
