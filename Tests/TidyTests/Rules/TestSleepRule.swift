// Tests wait for events, never for time.

/// A sleeping test is slow on a fast machine and flaky on a slow one.
struct TestSleepRule: TidyRule {
    let name = "test-sleep"
    static let calls = [
        "sleep(", "usleep(", "nanosleep(", "clock_nanosleep(", "Thread.sleep", "Task.sleep",
    ]

    func findings(in tree: SourceTree) -> [Finding] {
        tree.swiftFiles.filter(\.isTest).flatMap { file in
            Self.calls.flatMap { call in
                file.offsets(of: call, in: file.code)
                    .filter { !Self.isMethod(at: $0, in: file) }
                    .map { offset in
                        Finding(
                            rule: name, path: file.path, line: file.lineNumber(at: offset),
                            what: "`\(call)` in a test",
                            remedy: "Wait for the event itself, with a deadline.")
                    }
            }
        }
    }

    /// `x.sleep(` may be anything, except that `Glibc.sleep(` is just the call itself.
    private static func isMethod(at offset: Int, in file: TreeFile) -> Bool {
        let before = String(decoding: file.code[max(0, offset - 6)..<offset], as: UTF8.self)
        return before.hasSuffix(".") && before != "Glibc."
    }
}
