// scripts/gate and the gate's place in scripts/test, with stand-ins for Swift and aerobench.

import Foundation
import TestSupport
import Testing

@Suite("scripts/gate", .timeLimit(.minutes(10))) struct GateScriptTests {
    /// A tree with the real scripts, in which nothing is built or measured.
    private struct Tree {
        let folder: TemporaryFolder
        /// The only commit.
        let commit: String

        /// - Parameters:
        ///   - code: How `aerobench ab` ends.
        ///   - cause: What its report says ended it.
        ///   - anchor: What the anchor's file says; nil for the commit.
        init(code: Int = 0, cause: String = "concluded", anchor: String? = nil) throws {
            folder = try TemporaryFolder()
            let shell = try ScriptRun(
                "/bin/bash",
                [
                    "-ec",
                    """
                    cd "$1"
                    mkdir -p scripts bin .build/release Benchmarks/Gate Sources results
                    cp -r "$2"/scripts/{gate,test,support} scripts
                    cp "$2"/Benchmarks/Gate/* Benchmarks/Gate
                    touch Package.swift Sources/x.swift
                    git init -q .
                    git -c user.name=a -c user.email=a@b.c commit -q --allow-empty -m one
                    git add . && git -c user.name=a -c user.email=a@b.c commit -qm two
                    git rev-parse HEAD
                    """, "bash", folder.path, SourceTree.rootPath,
                ])
            guard shell.exitCode == 0 else { throw CocoaError(.fileWriteUnknown) }
            commit = shell.output.trimmingCharacters(in: .whitespacesAndNewlines)
            try Data("# why\n\(anchor ?? commit)\n".utf8).write(
                to: URL(fileURLWithPath: folder.file("Benchmarks/Gate/anchor")))
            try folder.addScript("scripts/packages", "exit 0")
            try folder.addScript(
                "bin/swift", "echo \"swift $*\" >>'\(folder.path)/log'; echo Test run with 1 test")
            try folder.addScript(
                ".build/release/aerobench",
                """
                echo "aerobench $*" >>'\(folder.path)/log'
                [[ $1 == ab ]] || exit 0
                while [[ $1 != --out ]]; do shift; done
                echo '{ "end" : { "cause" : "\(cause)" } }' >"$2/gate.json"
                exit \(code)
                """)
        }

        func run(_ script: String, _ arguments: [String] = []) throws -> ScriptRun {
            try ScriptRun(
                folder.file(script), arguments,
                environment: ["PATH": "\(folder.path)/bin:/usr/bin:/bin", "HOME": folder.path])
        }

        /// The calls so far, in order.
        var log: [String] {
            let text = FileManager.default.contents(atPath: folder.file("log")) ?? Data()
            return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    @Test("measures against the anchor, which is an ancestor by its full name")
    func theAnchor() throws {
        let tree = try Tree()
        #expect(try tree.run("scripts/gate", ["--short"]).exitCode == 0)
        let call = try #require(tree.log.last)
        #expect(call.contains("--base \(tree.commit) "), "\(call)")
        #expect(call.contains("/short.yaml") && call.contains("/short-policy.yaml"), "\(call)")
        let kept = try String(
            contentsOfFile: SourceTree.rootPath + "/Benchmarks/Gate/anchor", encoding: .utf8)
        let lines = kept.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == 1 && lines[0].wholeMatch(of: /[0-9a-f]{40}/) != nil, "\(lines)")
    }

    @Test("never passes where the anchor is missing, and builds nothing then")
    func aMissingAnchor() throws {
        let tree = try Tree(anchor: String(repeating: "0", count: 40))
        let run = try tree.run("scripts/gate", ["--short"])
        #expect(run.exitCode == 6 && run.errors.contains("no commit 0000"), "\(run)")
        #expect(tree.log.isEmpty)
        #expect(try tree.run("scripts/test").exitCode == 1)
    }

    @Test("fails a test run for what is the broker's, and for nothing that is the machine's")
    func whatFailsATestRun() throws {
        let cases: [(code: Int, cause: String, exitCode: Int32)] = [
            (0, "concluded", 0), (3, "concluded", 0), (3, "budget", 0), (5, "unbelievable", 0),
            (1, "concluded", 1), (2, "concluded", 1), (4, "concluded", 1), (5, "failed", 1),
            (5, "concluded", 1), (6, "failed", 1),
        ]
        for (code, cause, exitCode) in cases {
            let run = try Tree(code: code, cause: cause).run("scripts/test")
            #expect(run.exitCode == exitCode, "\(code) \(cause): \(run)")
            let isTold = run.output.contains("this machine cannot tell")
            #expect(isTold == (exitCode == 0 && code != 0), "\(code) \(cause): \(run)")
        }
    }

    @Test("is left out of a quick run, and comes before what takes longer")
    func theOrderOfStages() throws {
        let quick = try Tree(code: 2)
        #expect(try quick.run("scripts/test", ["--quick"]).exitCode == 0)
        #expect(!quick.log.contains { $0.hasPrefix("aerobench") })
        let whole = try Tree()
        #expect(try whole.run("scripts/test").exitCode == 0)
        let log = whole.log
        let places = ["--skip IntegrationTests", "aerobench ab", "--sanitize", "--filter Integra"]
            .map { words in log.firstIndex { $0.contains(words) } ?? -1 }
        #expect(places == places.sorted() && !places.contains(-1), "\(places): \(log)")
    }

    @Test("records what was measured of a commit, and of nothing else")
    func records() throws {
        let tree = try Tree()
        #expect(try tree.run("scripts/gate", ["--short", "--record"]).exitCode == 0)
        let call = try #require(tree.log.last)
        #expect(call.hasPrefix("aerobench history add results/history.jsonl "), "\(call)")
        let name = tree.commit.prefix(7)
        #expect(call.contains("--anchor-name \(name) ") && call.contains("--commit \(name)"))
        try Data("changed".utf8).write(
            to: URL(fileURLWithPath: tree.folder.file("Sources/x.swift")))
        let changed = try tree.run("scripts/gate", ["--short", "--record"])
        #expect(changed.exitCode == 1 && changed.errors.contains("without changes"), "\(changed)")
        let invalid = try Tree(code: 5)
        #expect(try invalid.run("scripts/gate", ["--short", "--record"]).exitCode == 5)
        #expect(!invalid.log.contains { $0.contains("history") })
    }
}
