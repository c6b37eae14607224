// Makes system calls of a child process fail: the environment that loads the shim into it.

package import AeroIO

/// `Shim/fault_shim.c`, compiled when it is first needed; see there for the rules.
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
        var environment = ShimLibrary.inheritedEnvironment
        environment["LD_PRELOAD"] = try libraryPath()
        environment["AEROMQ_FAULTS"] = rules.joined(separator: ";")
        environment["AEROMQ_FAULTS_SWITCH"] = whileExists
        environment["AEROMQ_FAULTS_LOG"] = log
        return environment
    }

    /// The library to name in LD_PRELOAD.
    /// - Throws: As `ShimLibrary.build`.
    package static func libraryPath() throws(Errno) -> String { try library.get() }

    /// Once in a process, whichever test comes first.
    private static let library = Result { () throws(Errno) in
        try ShimLibrary.build("fault_shim")
    }
}
