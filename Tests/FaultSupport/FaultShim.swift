// Makes system calls of a child process fail: the environment that loads the shim into it.

package import AeroIO
import Glibc

/// `Shim/fault_shim.c`, compiled when it is first needed; see there for the rules.
///
/// Built by the C compiler and not by the package, which would link it with the Swift runtime:
/// that has no business in a program that is linked with its own.
package enum FaultShim {
    /// The variables of a process whose calls are to fail.
    /// - Parameters:
    ///   - rules: Such as `["fdatasync:EIO:path=.log:skip=2"]`.
    ///   - whileExists: The rules are in force only while there is such a file.
    ///   - log: Where each effect leaves a line.
    /// - Returns: This process's own environment and what the shim needs.
    /// - Throws: As `libraryPath`.
    package static func environment(
        _ rules: [String], whileExists: String? = nil, log: String? = nil
    ) throws(Errno) -> [String: String] {
        var environment = inherited
        environment["LD_PRELOAD"] = try libraryPath()
        environment["AEROMQ_FAULTS"] = rules.joined(separator: ";")
        environment["AEROMQ_FAULTS_SWITCH"] = whileExists
        environment["AEROMQ_FAULTS_LOG"] = log
        return environment
    }

    /// The library to name in LD_PRELOAD, compiled unless this version of it already was.
    /// - Throws: `Errno.noSuchFile` without a C compiler in PATH, `.protocolError` when it fails,
    ///   and all of starting it.
    package static func libraryPath() throws(Errno) -> String { try library.get() }

    /// Once in a process, whichever test comes first.
    private static let library = Result { () throws(Errno) in try build() }

    private static func build() throws(Errno) -> String {
        let disk = SystemDisk()
        let source = String(#filePath.dropLast("FaultShim.swift".count)) + "Shim/fault_shim.c"
        let text = try disk.readFile(source, limit: 1 << 20)
        let version = String(StableHash.of(text), radix: 16)
        let library = "/tmp/aeromq-fault-shim-\(getuid())-\(version).so"
        if access(library, R_OK) == 0 { return library }
        let stage = "\(library).\(getpid())"
        try compile(source, to: stage)
        // In one step: other test processes may be at the same.
        try disk.rename(stage, to: library)
        return library
    }

    private static func compile(_ source: String, to library: String) throws(Errno) {
        guard let compiler = compilerPath else { throw .noSuchFile }
        var options = ChildProcessOptions(
            path: compiler, arguments: ["-shared", "-fPIC", "-O2", "-o", library, source])
        options.output = .null
        var child = try ChildProcess(options)
        guard try child.wait() == .exited(code: 0) else { throw .protocolError }
    }

    private static var compilerPath: String? {
        let folders = (inherited["PATH"] ?? "").split(separator: ":")
        // The Swift toolchain brings clang.
        for name in ["cc", "clang", "gcc"] {
            for folder in folders where access("\(folder)/\(name)", X_OK) == 0 {
                return "\(folder)/\(name)"
            }
        }
        return nil
    }

    private static var inherited: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        // BOUND: the list ends with nil.
        while let text = entry.pointee {
            let parts = String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            variables[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
            entry += 1
        }
        return variables
    }
}
