// Every script answers --help, from any folder, without doing its work.

import TestSupport
import Testing

@Suite("Scripts", .serialized) struct ScriptHelpTests {
    static let scripts: [String] = {
        guard case .success(let tree) = SourceTree.package else { return [] }
        return ScriptRule.scripts(in: tree).map(\.path)
    }()

    /// What is wrong with a script's help; `nil` when it is fine.
    private static func fault(ofHelp run: ScriptRun) -> String? {
        if run.exitCode != 0 { return "--help exits \(run.exitCode). Let it exit 0." }
        if !run.output.lowercased().hasPrefix("usage: ") {
            return "--help prints no usage. Begin with it."
        }
        if !run.errors.isEmpty { return "--help writes errors. Write to standard output." }
        return nil
    }

    @Test("answer --help", .timeLimit(.minutes(10)), arguments: scripts)
    func help(script: String) throws {
        let run = try ScriptRun(SourceTree.rootPath + "/" + script, ["--help"])
        if let fault = Self.fault(ofHelp: run) { Issue.record("\(script):1: \(fault)") }
    }

    @Test(
        "name an unknown option and say wrong usage", .timeLimit(.minutes(10)), arguments: scripts)
    func unknownOption(script: String) throws {
        // The benchmark passes what it does not know on to aerobench.
        guard script != "scripts/bench" else { return }
        let run = try ScriptRun(SourceTree.rootPath + "/" + script, ["--no-such-option"])
        // The gate's codes are those of aerobench, where 2 means slower.
        #expect(run.exitCode == (script == "scripts/gate" ? 1 : 2), "\(script) \(run)")
        #expect(run.errors.contains("--no-such-option"), "\(script) \(run)")
    }

    @Test("compile what has changed and no more", arguments: scripts)
    func incrementalBuild(script: String) throws {
        let tree = try SourceTree.package.get()
        let text = try #require(tree.files.first { $0.path == script }).text
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n")
        where line.contains("swift build ") {
            // Where products go is no build.
            let isBuild = !line.contains("--show-bin-path")
            #expect(!isBuild, "\(script): \(line): call scripts/support/build, which says why")
        }
    }

    @Test(
        "are found out when they do not help", .timeLimit(.minutes(10)),
        arguments: [
            ("exit 1", "--help exits 1. Let it exit 0."),
            ("echo working", "--help prints no usage. Begin with it."),
            ("echo 'Usage: x'; echo y >&2", "--help writes errors. Write to standard output."),
        ])
    func badHelp(body: String, expected: String) throws {
        let folder = try TemporaryFolder()
        try folder.addScript("bad", body)
        #expect(Self.fault(ofHelp: try ScriptRun(folder.path + "/bad", ["--help"])) == expected)
    }

    @Test("are there at all")
    func scriptsAreFound() {
        #expect(
            Set(Self.scripts).isSuperset(of: ["scripts/bench", "scripts/packages", "scripts/test"]))
    }
}
