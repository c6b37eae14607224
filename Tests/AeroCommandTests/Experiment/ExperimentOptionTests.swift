// Sides and proxies as they are written on a command line.

import AeroDrivers
import AeroIO
import TestSupport
import Testing

@testable import AeroCommand

struct ExperimentOptionTests {
    @Test func aSideIsAPathAnAddressOrARevision() {
        #expect(SideName("/") == .path("/"))
        #expect(SideName("127.0.0.1:9440") == .endpoint(.loopback(port: 9_440)))
        for text in ["main", "HEAD~1", "v0.1.0", "HEAD:README.md", "no/such/file"] {
            #expect(SideName(text) == .revision(text))
        }
    }

    @Test func proxiesAreStartedAsTheyWereAskedFor() throws {
        var settings = ProxySettings(bytesPerSecondMax: 12_345, seed: 9)
        settings.holds = [
            HoldSchedule(lengthNanoseconds: 300_001, periodNanoseconds: 20_000_007, isRandom: true),
            HoldSchedule(
                lengthNanoseconds: 60_000_000, periodNanoseconds: 4_000_000_000, isRandom: false),
        ]
        let options = ProxyOptions(settings)
        let parsed = try ArgumentParser.parse(
            ArraySlice(options.words), ProxyCommand.subcommand.specification)
        #expect(try ProxyOptions(parsed) == options)
    }

    /// Runs that all met the same holds would have less noise than what they stand for.
    @Test func everyRunHasHoldsOfItsOwn() {
        let options = ProxyOptions(ProxySettings(seed: 9))
        let seeds = [1, 2, Int64.max].map { options.forRun(atNanoseconds: $0).settings.seed }
        #expect(Set(seeds).count == 3)
        #expect(seeds.allSatisfy { $0 <= UInt64(Int.max) })
    }

    private func load(_ words: [String], policy: String? = nil) throws -> ExperimentLoad {
        let folder = try TemporaryFolder()
        let scenario = folder.file("short.yaml")
        try OutputFile.write(
            Array(
                """
                { name: short, duration: 900ms, warmup: 100ms, interval: 100ms, classes: [ {
                  name: main, message-size: 64B, load: { schedule: constant, rate: 1k/s } } ] }
                """.utf8), to: scenario)
        var words = ["ab", scenario] + words
        if let policy {
            try OutputFile.write(Array(policy.utf8), to: folder.file("policy.yaml"))
            words += ["--policy", folder.file("policy.yaml")]
        }
        return try withExtendedLifetime(folder) {
            try ExperimentLoad(
                ArgumentParser.parse(words[1...], ExperimentOptions.specification))
        }
    }

    /// A pair takes two seconds; a quarter of them are the base against itself.
    @Test func aBudgetHasToReachTheFirstLook() throws {
        #expect(throws: CommandError.self) { try load(["--budget", "19s"]) }
        #expect(try load(["--budget", "20s"]).budgetWarning?.contains("26 pairs") == true)
        #expect(try load(["--budget", "51s"]).budgetWarning != nil)
        #expect(try load(["--budget", "52s"]).budgetWarning == nil)
        #expect(try load([]).budgetWarning == nil)
    }

    @Test func withoutCanariesLessTimeIsEnough() throws {
        let policy = "canary: 0%\n"
        #expect(throws: CommandError.self) { try load(["--budget", "15s"], policy: policy) }
        #expect(try load(["--budget", "16s"], policy: policy).budgetWarning != nil)
        #expect(try load(["--budget", "40s"], policy: policy).budgetWarning == nil)
    }

    /// Old runs beside a new report would be judged as its own.
    @Test(arguments: ["base.json", "candidate.json", "set-aside.json", "gate.json"])
    func aFolderOfAnotherExperimentIsRefused(_ name: String) throws {
        let folder = try TemporaryFolder()
        _ = try ExperimentFiles(folder.path, name: "x", ToolIdentity.record())
        try OutputFile.write([], to: folder.file(name))
        #expect(throws: CommandError.self) {
            try ExperimentFiles(folder.path, name: "x", ToolIdentity.record())
        }
        withExtendedLifetime(folder) {}
    }

    @Test func whatCannotBeWrittenIsSaidFirst() throws {
        let folder = try TemporaryFolder()
        try OutputFile.check(folder.file("a.json"))
        try OutputFile.check("/dev/null")
        try OutputFile.write([], to: folder.file("file"))
        for path in [folder.path, folder.file("missing/a.json"), folder.file("file/a.json")] {
            #expect(throws: CommandError.self, "\(path)") { try OutputFile.check(path) }
        }
        // A file in the place of the folder of results.
        #expect(throws: CommandError.self) {
            try ExperimentFiles(folder.file("file"), name: "x", ToolIdentity.record())
        }
    }

    /// An experiment that came to nothing leaves nothing, and takes nobody's folder away.
    @Test func anEmptyFolderIsLeftOnlyWhereItWasThere() throws {
        let folder = try TemporaryFolder()
        let tool = ToolIdentity.record()
        try ExperimentFiles(folder.file("new"), name: "x", tool).removeEmptyFolder()
        #expect(!InputFile.exists(folder.file("new")))
        try ExperimentFiles(folder.path, name: "x", tool).removeEmptyFolder()
        #expect(InputFile.exists(folder.path))
        let kept = try ExperimentFiles(folder.file("kept"), name: "x", tool)
        try OutputFile.write([], to: kept.folder + "/base.json")
        kept.removeEmptyFolder()
        #expect(InputFile.exists(kept.folder + "/base.json"))
    }
}
