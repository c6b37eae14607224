// The rules about what code says can fail, and spare what is fine.

import Testing

@Suite("Code rules") struct CodeRuleTests {
    private static func count(_ rule: some TidyRule, _ path: String, _ text: String) -> Int {
        rule.findings(in: SourceTree(path, text)).count
    }

    @Test(
        "A banned call is found in its module",
        arguments: [
            "let a = try! f()", "let a = try? f()", "fatalError(\"x\")", "Swift.fatalError()",
            "print(a)", "Swift.print(a)", "debugPrint(a)", "Thread.sleep(1)",
            "DispatchQueue.main.async {}", "gettimeofday(&a, nil)", "let a = Date()",
            "Task { f() }", "Task.detached {}", "a(\"\\(try! f())\")",
        ])
    func bannedCall(text: String) {
        #expect(Self.count(BannedCallRule(), "Sources/AeroWire/A.swift", text) == 1)
        #expect(Self.count(BannedCallRule(), "Benchmarks/Other/A.swift", text) == 1)
        #expect(Self.count(BannedCallRule(), "Tests/AeroWireTests/A.swift", text) == 0)
    }

    @Test("Each ban has a sample above")
    func everyBanIsTried() {
        #expect(BannedCallRule.bans.count == 11, "add a sample for the new ban, then count it here")
    }

    @Test(
        "What only looks like a banned call is spared",
        arguments: [
            "// try! is banned", "let a = \"fatalError(\"", "page.print(a)", "func print(a: A)",
            "blueprint(a)", "DispatchQueues", "let a = MyDate()", "a.try",
        ])
    func spared(text: String) {
        #expect(Self.count(BannedCallRule(), "Sources/AeroWire/A.swift", text) == 0)
    }

    @Test("Each exemption is for its own module")
    func exemptions() {
        let rule = BannedCallRule()
        #expect(Self.count(rule, "Sources/AeroCommand/A.swift", "print(a)") == 0)
        #expect(Self.count(rule, "Sources/AeroReport/A.swift", "Date()") == 0)
        #expect(Self.count(rule, "Sources/AeroReport/A.swift", "print(a)") == 1)
    }

    @Test(
        "A catch clause that does nothing is found",
        arguments: [
            "do { try f() } catch {}", "do { try f() } catch {\n// never happens\n}",
            "do { try f() } catch let e as E { }", "do { try f() } catch .full {\n}",
        ])
    func emptyCatch(text: String) {
        #expect(Self.count(EmptyCatchRule(), "Sources/AeroIO/A.swift", text) == 1)
        let handled = "do { try f() } catch { failures += 1 }"
        #expect(Self.count(EmptyCatchRule(), "Sources/AeroIO/A.swift", handled) == 0)
    }

    @Test("A note to self is found in comments too", arguments: LeftoverWordRule.words)
    func leftoverWord(word: String) {
        let rule = LeftoverWordRule()
        #expect(Self.count(rule, "Sources/AeroIO/A.swift", "// \(word): later") == 1)
        #expect(Self.count(rule, "Sources/CLinux/a.c", "/* \(word) */") == 1)
        #expect(Self.count(rule, "Sources/AeroIO/A.swift", "\"file.\(word)\(word)\"") == 0)
    }

    @Test("Unchecked code gives its reason nearby", arguments: SafetyCommentRule.markers)
    func safetyComment(marker: String) {
        let rule = SafetyCommentRule()
        let path = "Sources/AeroIO/A.swift"
        #expect(Self.count(rule, path, "a \(marker) b") == 1)
        #expect(Self.count(rule, path, "// SAFETY: x\n\n\na \(marker) b") == 1)
        #expect(Self.count(rule, path, "// SAFETY: x\n/// Doc.\na \(marker) b") == 0)
        #expect(Self.count(rule, path, "a \(marker) b  // SAFETY: x") == 0)
        #expect(Self.count(rule, path, "// about \(marker)") == 0)
    }

    @Test("A test that sleeps is found", arguments: TestSleepRule.calls)
    func testSleep(call: String) {
        let rule = TestSleepRule()
        #expect(Self.count(rule, "Tests/A/A.swift", "\(call) 1)") == 1)
        #expect(Self.count(rule, "Sources/A/A.swift", "\(call) 1)") == 0)
    }

    @Test("A method named sleep is spared, a qualified call is not")
    func sleepMethods() {
        let rule = TestSleepRule()
        #expect(Self.count(rule, "Tests/A/A.swift", "poller.sleep()") == 0)
        #expect(Self.count(rule, "Tests/A/A.swift", "Glibc.sleep(1)") == 1)
    }

    @Test("A file without a purpose is found")
    func purposeComment() {
        let rule = PurposeCommentRule()
        #expect(Self.count(rule, "Sources/A/A.swift", "import Glibc\n") == 1)
        #expect(Self.count(rule, "Sources/A/A.swift", "//\n") == 1)
        #expect(Self.count(rule, "Sources/A/A.swift", "// Frames of the wire.\n") == 0)
    }
}
