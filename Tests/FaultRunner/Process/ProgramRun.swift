// A program run to its end.

import AeroIO
import Glibc

/// What a program left behind.
struct ProgramRun {
    /// How it ended; nil when it was killed for taking too long.
    let status: ExitStatus?
    let output: String
    let errors: String

    /// Runs a program.
    ///
    /// - Parameters:
    ///   - path: Of the program.
    ///   - environment: All of it; nil for this process's own.
    ///   - seconds: It is killed after so many.
    /// - Throws: `Errno` when it cannot be started.
    init(
        _ path: String, _ arguments: [String], environment: [String: String]? = nil,
        directory: String? = nil, seconds: Int64 = 60
    ) throws(Errno) {
        var options = ChildProcessOptions(path: path, arguments: arguments)
        options.environment = environment
        options.directory = directory
        options.error = .pipe
        var process = try ChildProcess(options)
        let deadline = MonotonicClock.nowNanoseconds() + seconds * 1_000_000_000
        output = try process.readLines(deadlineNanoseconds: deadline).joined(separator: "\n")
        errors = try process.readLines(from: .standardError, deadlineNanoseconds: deadline)
            .joined(separator: "\n")
        status = try process.wait(deadlineNanoseconds: deadline)
    }

    /// Everything, for a finding.
    var transcript: String {
        "\(status.map { "\($0)" } ?? "no end in time"); it said: \(errors) \(output)"
    }
}
