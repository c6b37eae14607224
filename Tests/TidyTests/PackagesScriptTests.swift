// scripts/packages against a made-up system: what it installs, and what it says when it may not.

import Foundation
import TestSupport
import Testing

@Suite("scripts/packages", .timeLimit(.minutes(10))) struct PackagesScriptTests {
    /// Commands that stand in for the system's own, each noting its call in a log.
    private struct System {
        private let folder: TemporaryFolder

        /// - Parameters:
        ///   - installed: What `dpkg-query` says about every package.
        ///   - userID: Who runs the script; 0 is root.
        ///   - swift: What `swift --version` prints; `nil` when there is no Swift.
        ///   - hasSudo: Whether `sudo` is there.
        ///   - isListed: Whether apt knows the packages before an update.
        init(
            installed: Bool, userID: Int = 0, swift: String? = "Swift version 6.3.1 (x)",
            hasSudo: Bool = false, isListed: Bool = true
        ) throws {
            folder = try TemporaryFolder()
            let log = "echo \"${0##*/} $*\" >>'\(folder.path)/log'"
            // The only PATH of the script is this folder, so bash itself has to be in it.
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/bash", withDestinationPath: "/bin/bash")
            try folder.addScript("id", "echo \(userID)")
            try folder.addScript("dpkg-query", "echo \(installed ? "installed" : "not-installed")")
            try folder.addScript("apt-get", log)
            try folder.addScript("apt-cache", isListed ? "exit 0" : "exit 100")
            if let swift { try folder.addScript("swift", "echo '\(swift)'") }
            if hasSudo { try folder.addScript("sudo", "\(log); [[ $1 == -n ]] && shift; \"$@\"") }
        }

        func run(_ arguments: [String] = []) throws -> ScriptRun {
            try ScriptRun(
                SourceTree.rootPath + "/scripts/packages", arguments,
                environment: ["PATH": folder.path])
        }

        /// The calls so far, in order.
        var log: [String] {
            let text = FileManager.default.contents(atPath: folder.path + "/log") ?? Data()
            return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    @Test("does nothing and says nothing when all is there")
    func nothingToDo() throws {
        let system = try System(installed: true)
        let run = try system.run()
        #expect(run == (try system.run()))
        #expect(run.exitCode == 0 && run.output.isEmpty && run.errors.isEmpty, "\(run)")
        #expect(system.log.isEmpty)
    }

    @Test("installs what is missing, without an update when apt knows it")
    func installsAsRoot() throws {
        let system = try System(installed: false)
        #expect(try system.run().exitCode == 0)
        let log = system.log
        #expect(log.count == 1 && log[0].hasPrefix("apt-get install"), "\(log)")
        #expect(log[0].contains("liburing-dev") && log[0].contains("zlib1g-dev"), "\(log)")
    }

    @Test("installs a browser for the tests, and for nothing else", arguments: [false, true])
    func installsForTests(forTests: Bool) throws {
        let system = try System(installed: false)
        #expect(try system.run(forTests ? ["--tests"] : []).exitCode == 0)
        #expect(system.log.contains { $0.contains("chromium") } == forTests, "\(system.log)")
    }

    @Test("updates the lists first when apt does not know a package")
    func updatesFirst() throws {
        let system = try System(installed: false, isListed: false)
        #expect(try system.run().exitCode == 0)
        let log = system.log
        #expect(log.count == 2 && log[0].hasPrefix("apt-get update"), "\(log)")
    }

    @Test("uses sudo when it is not root")
    func usesSudo() throws {
        let system = try System(installed: false, userID: 1000, hasSudo: true)
        #expect(try system.run().exitCode == 0)
        #expect(system.log.contains { $0.hasPrefix("sudo") }, "\(system.log)")
        #expect(system.log.contains { $0.hasPrefix("apt-get install") }, "\(system.log)")
    }

    @Test("says what to type when it may not install")
    func saysWhatToType() throws {
        let system = try System(installed: false, userID: 1000)
        let run = try system.run()
        #expect(run.exitCode == 1)
        #expect(run.errors.contains("sudo apt-get install -y "), "\(run)")
        #expect(run.errors.contains("libyaml-dev"), "\(run)")
        #expect(system.log.isEmpty)
    }

    @Test(
        "asks for Swift 6.3",
        arguments: [
            (nil, "no `swift` command"), ("Swift version 6.2.4 (x)", "Swift 6.2"),
            ("Swift version 5.10 (x)", "Swift 5.10"), ("nonsense", "version"),
        ])
    func asksForSwift(version: String?, expected: String) throws {
        let run = try System(installed: true, swift: version).run()
        #expect(run.exitCode == 1)
        #expect(run.errors.contains(expected) && run.errors.contains("6.3"), "\(run)")
    }

    @Test("takes any later Swift", arguments: ["Swift version 6.10 (x)", "Swift version 7.0 (x)"])
    func takesLaterSwift(version: String) throws {
        #expect(try System(installed: true, swift: version).run().exitCode == 0)
    }
}
