// Help, versions and misspelt commands of both executables.

import Foundation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct HelpTests {
    @Test(arguments: ["aeromq", "aerobench"]) func everyCommandHasHelpWithExamples(
        program: String
    ) throws {
        let overview = try Executables.run(program, ["--help"])
        #expect(overview.code == 0)
        let start = try #require(overview.output.firstIndex(of: "Commands:"))
        let lines = overview.output[(start + 1)...].prefix { !$0.isEmpty }
        let commands = lines.filter { !$0.hasPrefix("     ") }.map { line in
            line.split(separator: "  ", omittingEmptySubsequences: true)[0]
                .split(separator: " ").map(String.init)
        }
        #expect(commands.count >= 1)
        for command in commands {
            let help = try Executables.run(program, command + ["--help"])
            #expect(help.code == 0, "\(command)")
            #expect(help.output.first?.hasPrefix("Usage: \(program) ") == true)
            let examples = try #require(help.output.firstIndex(of: "Examples:"))
            #expect(help.output[examples + 1].contains(program))
            #expect(help.errors.isEmpty)
        }
    }

    @Test(arguments: ["aeromq", "aerobench"]) func versionIsOneLine(program: String) throws {
        let finished = try Executables.run(program, ["--version"])
        #expect(finished.code == 0)
        #expect(finished.output.count == 1)
        #expect(finished.output[0].wholeMatch(of: /aero\w+ \d+\.\d+\.\d+/) != nil)
    }

    @Test func misspeltCommandNamesTheNearest() throws {
        let finished = try Executables.run("aerobench", ["compre", "a", "b"])
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("did you mean \"compare\"?"))
        #expect(finished.output.isEmpty)
    }

    @Test func nothingAskedIsAnErrorWithTheOverview() throws {
        let finished = try Executables.run("aeromq", [])
        #expect(finished.code == 1)
        #expect(finished.errors.first?.hasPrefix("Usage:") == true)
    }

    @Test func closedReaderIsNoError() throws {
        let finished = try Executables.shell("$BIN/aerobench --help | head -n 1")
        #expect(finished.code == 0)
        #expect(finished.errors.isEmpty, "\(finished.errors)")
    }
}
