// Runs a command for a test and hands back everything it said.

import Foundation
import TestSupport

/// What a finished command left behind.
struct ScriptRun: Equatable {
    let exitCode: Int32
    let output: String
    let errors: String

    /// Runs a command to its end.
    ///
    /// - Parameters:
    ///   - path: The command.
    ///   - arguments: Its arguments.
    ///   - environment: The whole environment of the command; `nil` inherits this process's.
    /// - Throws: When the command cannot be started.
    init(_ path: String, _ arguments: [String], environment: [String: String]? = nil) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = environment ?? ProcessInfo.processInfo.environment
        // Nothing may depend on the folder that a command is called from.
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        self.output = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        self.errors = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        exitCode = process.terminationStatus
    }
}

extension TemporaryFolder {
    /// Writes an executable script of bash into the folder.
    ///
    /// Another process writes it: a child that another test starts at that moment may inherit a
    /// descriptor of this one that is open for writing, and a file that anybody has open for
    /// writing cannot be run (`ETXTBSY` of execve(2)).
    func addScript(_ name: String, _ body: String) throws {
        let text = file(name + ".text")
        try Data(("#!/usr/bin/env bash\n" + body + "\n").utf8)
            .write(to: URL(fileURLWithPath: text))
        let run = try ScriptRun("/usr/bin/install", ["-m", "755", text, file(name)])
        guard run.exitCode == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
