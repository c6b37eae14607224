// The built executables, run as a stranger would run them.

import AeroIO
import Foundation

/// What a finished process left behind.
struct Finished {
    let status: AeroIO.ExitStatus?
    let output: [String]
    let errors: [String]

    /// The exit code; nil when a signal ended the process or the deadline did.
    var code: Int32? {
        guard case .exited(let code)? = status else { return nil }
        return code
    }

    /// Everything it said, for the comment of an expectation.
    var transcript: String {
        (["status \(String(describing: status))"] + output + errors).joined(separator: "\n")
    }
}

enum Executables {
    /// Beside the test bundle, where the build puts executables too.
    static let folder: String = {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = own.deletingLastPathComponent()
        if FileManager.default.isExecutableFile(atPath: beside.path + "/aerobench") {
            return beside.path
        }
        return root + "/.build/debug"
    }()

    /// The package, where scenarios are found by name.
    static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// Most time that anything may take here.
    static let patienceNanoseconds: Int64 = 50_000_000_000

    static var deadline: Int64 { MonotonicClock.nowNanoseconds() + patienceNanoseconds }

    static func options(_ program: String, _ arguments: [String]) -> ChildProcessOptions {
        var options = ChildProcessOptions(path: "\(folder)/\(program)", arguments: arguments)
        options.directory = root
        options.error = .pipe
        return options
    }

    /// Runs a program to its end.
    static func run(
        _ program: String, _ arguments: [String],
        patienceNanoseconds: Int64 = patienceNanoseconds
    ) throws -> Finished {
        try finish(
            try ChildProcess(options(program, arguments)),
            deadline: MonotonicClock.nowNanoseconds() + patienceNanoseconds)
    }

    /// Runs a shell line in which `$BIN` is the folder of the executables.
    static func shell(_ line: String) throws -> Finished {
        var options = ChildProcessOptions(path: "/bin/sh", arguments: ["-c", line])
        options.error = .pipe
        options.directory = root
        var environment = ProcessInfo.processInfo.environment
        environment["BIN"] = folder
        options.environment = environment
        return try finish(try ChildProcess(options))
    }

    /// Reads a process to its end.
    static func finish(
        _ process: consuming ChildProcess, deadline: Int64 = deadline
    ) throws -> Finished {
        let output = try process.readLines(deadlineNanoseconds: deadline)
        let errors = try process.readLines(from: .standardError, deadlineNanoseconds: deadline)
        let status = try process.wait(deadlineNanoseconds: deadline)
        return Finished(status: status, output: output, errors: errors)
    }
}
