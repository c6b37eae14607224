// Lets a child process write down what it does to files: the environment for that.

package import AeroIO

/// `Shim/power_shim.c`, compiled when it is first needed; see there for the journal.
package enum PowerShim {
    /// The variables of a process whose calls are written down.
    /// - Parameters:
    ///   - root: The directory that matters, without symbolic links on the way.
    ///   - journal: The file that the calls go to; on the same file system, not below `root`.
    /// - Throws: As `ShimLibrary.build`.
    package static func environment(
        root: String, journal: String
    ) throws(Errno) -> [String: String] {
        var environment = ShimLibrary.inheritedEnvironment
        environment["LD_PRELOAD"] = try library.get()
        environment["AEROMQ_POWER_ROOT"] = root
        environment["AEROMQ_POWER_JOURNAL"] = journal
        return environment
    }

    /// Once in a process, whichever test comes first.
    private static let library = Result { () throws(Errno) in
        try ShimLibrary.build("power_shim")
    }
}
