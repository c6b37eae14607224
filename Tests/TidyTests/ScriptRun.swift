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
    func addScript(_ name: String, _ body: String) throws {
        let file = self.file(name)
        try Data(("#!/usr/bin/env bash\n" + body + "\n").utf8)
            .write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes(
            [.posixPermissions: NSNumber(value: 0o755)], ofItemAtPath: file)
    }
}
