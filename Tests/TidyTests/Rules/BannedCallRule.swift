// Calls that have no place in product code, each with what to write instead.

/// Crashes on input, swallowed errors, output from libraries, sleeping and wall clocks.
struct BannedCallRule: TidyRule {
    struct Ban: Sendable {
        let call: String
        let remedy: String
        var allowedIn: Set<String> = []
    }

    let name = "banned-call"

    static let bans: [Ban] = [
        Ban(call: "try!", remedy: "Let the error propagate with typed throws, or handle it."),
        Ban(call: "try?", remedy: "Catch the error, then handle, translate or count it."),
        Ban(call: "fatalError(", remedy: "Throw, or state the invariant with precondition."),
        Ban(
            call: "print(", remedy: "Return the text; AeroCommand is what prints.",
            allowedIn: ["AeroCommand", "MicroBenchmarks"]),
        Ban(call: "debugPrint(", remedy: "Remove it; counters and results tell the story."),
        Ban(call: "Thread.sleep", remedy: "Wait in the poller, with a timer."),
        Ban(call: "DispatchQueue", remedy: "Use SystemThread and a ring."),
        Ban(call: "gettimeofday", remedy: "Use MonotonicClock."),
        Ban(
            call: "Date()", remedy: "Use MonotonicClock, or WallClock for a display.",
            allowedIn: ["AeroReport"]),
        Ban(
            call: "Task {", remedy: "Keep tasks in the life-cycle code of broker and client.",
            allowedIn: ["AeroBroker", "AeroClient", "AeroCommand"]),
        Ban(call: "Task.detached", remedy: "Use SystemThread."),
    ]

    func findings(in tree: SourceTree) -> [Finding] {
        tree.swiftFiles.filter(\.isProduct).flatMap { file in
            Self.bans.filter { !$0.allowedIn.contains(file.module ?? "") }.flatMap { ban in
                file.offsets(of: ban.call, in: file.code)
                    .filter { Self.isCall(at: $0, in: file, of: ban.call) }
                    .map { offset in
                        Finding(
                            rule: name, path: file.path, line: file.lineNumber(at: offset),
                            what: "`\(ban.call)` is banned here", remedy: ban.remedy)
                    }
            }
        }
    }

    /// `print(` is also a fair name for a method of a type; any other call is meant as it stands.
    private static func isCall(at offset: Int, in file: TreeFile, of call: String) -> Bool {
        guard call == "print(" else { return true }
        let before = String(decoding: file.code[max(0, offset - 6)..<offset], as: UTF8.self)
        return before.hasSuffix("Swift.") || !(before.hasSuffix(".") || before.hasSuffix("func "))
    }
}
