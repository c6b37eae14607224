// `aerobench run` on a pseudo-terminal.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)), .serialized)
struct LiveViewRunTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Everything that a run writes to a terminal of so many columns.
    private func terminal(
        columns: Int, environment: String = "env -u NO_COLOR TERM=xterm", arguments: [String] = []
    ) throws -> String {
        // `script` gives the command a terminal of its own for all three streams.
        let words =
            ["$BIN/aerobench", "run", "smoke", "--driver", "null"]
            + ["--out", folder.file("live.json")]
            + BenchRun.unhurried.map { "\"\($0)\"" } + arguments
        let line = words.joined(separator: " ")
        let script = folder.file("run.sh")
        try "stty cols \(columns); \(line)\n".write(
            toFile: script, atomically: true, encoding: .utf8)
        let finished = try Executables.shell(
            "\(environment) "
                + "script -qec 'sh \(script)' /dev/null >\(folder.file("out")) </dev/null")
        #expect(finished.code == 0, "\(finished.transcript)")
        return try String(contentsOfFile: folder.file("out"), encoding: .utf8)
    }

    /// What stands on a line once its escape sequences are gone.
    private func plain(_ line: Substring) -> String {
        String(line).replacing(/\u{1B}\[[0-9;]*[A-Za-z]/, with: "")
    }

    private func drawnLines(_ text: String) -> [String] {
        text.split { $0 == "\r\n" || $0 == "\n" || $0 == "\r" }.filter { $0.contains("\u{1B}[K") }
            .map(plain)
    }

    @Test(arguments: [100, 40]) func aFewLinesAreDrawnOverAgain(columns: Int) throws {
        let text = try terminal(columns: columns)
        let drawn = drawnLines(text)
        for word in [
            "rates     sent", "e2e       p50", "lag       p50", "backlog   ", "validity  ",
        ] {
            #expect(drawn.contains { $0.hasPrefix(word) }, "\(word) in \(drawn)")
        }
        #expect(drawn.contains { $0.contains("] warm-up 1/1") }, "\(drawn)")
        // Five measured intervals, and none wider than the terminal.
        #expect(drawn.count { $0.hasPrefix("[###") } >= 5)
        #expect(drawn.allSatisfy { $0.count < columns }, "\(drawn)")
        #expect(text.contains("\u{1B}[5A"), "it goes back over six lines")
        #expect(text.contains("\u{1B}[32mvalidity") || text.contains("\u{1B}[31mvalidity"))
        // What was drawn is gone before the table begins.
        let end = try #require(text.range(of: "\u{1B}[5A\u{1B}[J", options: .backwards))
        let table = try #require(text.range(of: "e2e.intended"))
        #expect(end.upperBound < table.lowerBound)
    }

    @Test func noColorMeansNone() throws {
        let text = try terminal(columns: 100, environment: "TERM=xterm NO_COLOR=1")
        #expect(!text.contains(/\u{1B}\[[0-9;]*m/))
        #expect(text.contains("\u{1B}[5A"), "lines are still drawn over")
    }

    @Test func quietDrawsNothing() throws {
        let text = try terminal(columns: 100, arguments: ["--quiet"])
        #expect(drawnLines(text).isEmpty && !text.contains("backlog   "))
    }

    @Test func aTerminalThatCannotDrawGetsLines() throws {
        let text = try terminal(columns: 100, environment: "TERM=dumb")
        #expect(!text.contains("\u{1B}[K") && text.contains("[5/5] sent"))
    }

    @Test func withoutATerminalThereAreLinesWithoutEscapes() throws {
        let finished = try BenchRun.run(
            BenchRun.unhurried + ["--driver", "null"], to: folder.file("plain.json"))
        #expect(finished.code == 0, "\(finished.transcript)")
        #expect(finished.errors.contains { $0.hasPrefix("[5/5] sent") })
        #expect(!finished.transcript.contains("\u{1B}"))
    }
}
