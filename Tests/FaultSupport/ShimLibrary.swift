// Libraries that are loaded into other programs by LD_PRELOAD.

import AeroIO
import Glibc

/// Compiles the C files of `Shim`.
///
/// Built by the C compiler and not by the package, which would link them with the Swift runtime:
/// that has no business in a program that is linked with its own.
package enum ShimLibrary {
    /// The path of a library, compiled unless this version of it already was.
    /// - Parameter name: Of a file in `Shim`, without its ending.
    /// - Throws: `Errno.noSuchFile` without a C compiler in PATH, `.protocolError` when it fails,
    ///   and all of starting it.
    static func build(_ name: String) throws(Errno) -> String {
        let disk = SystemDisk()
        let source = String(#filePath.dropLast("ShimLibrary.swift".count)) + "Shim/\(name).c"
        let text = try disk.readFile(source, limit: 1 << 20)
        let version = String(StableHash.of(text), radix: 16)
        let library = "/tmp/aeromq-\(name)-\(getuid())-\(version).so"
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
        let folders = (inheritedEnvironment["PATH"] ?? "").split(separator: ":")
        // The Swift toolchain brings clang.
        for name in ["cc", "clang", "gcc"] {
            for folder in folders where access("\(folder)/\(name)", X_OK) == 0 {
                return "\(folder)/\(name)"
            }
        }
        return nil
    }

    /// This process's own variables.
    package static var inheritedEnvironment: [String: String] {
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
