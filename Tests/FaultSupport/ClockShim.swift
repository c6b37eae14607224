// Programs whose clocks jump.

package import AeroIO

/// `clock_shim.c`, compiled once for all that use it.
package enum ClockShim {
    /// A clock of a program.
    package enum Clock: String, Sendable, CaseIterable {
        case monotonic, realtime
    }

    /// The environment of a program one of whose clocks jumps; its own children's, too.
    ///
    /// - Parameters:
    ///   - clock: Which.
    ///   - atNanoseconds: When, on the monotonic clock.
    ///   - byNanoseconds: How far; negative for back.
    /// - Throws: As `ShimLibrary.build`.
    package static func environment(
        _ clock: Clock, atNanoseconds: Int64, byNanoseconds: Int64
    ) throws(Errno) -> [String: String] {
        var variables = ShimLibrary.inheritedEnvironment
        variables["LD_PRELOAD"] = try ShimLibrary.build("clock_shim")
        variables["AEROMQ_CLOCK"] = "\(clock.rawValue):\(atNanoseconds):\(byNanoseconds)"
        return variables
    }
}
