// The compiler that built this program.

/// The Swift compiler's version, as far as conditional compilation can tell it.
package enum CompilerVersion {
    /// The newest version listed here that the compiler is not older than.
    package static var text: String {
        #if compiler(>=7)
            return "7 or later"
        #elseif compiler(>=6.4)
            return "6.4 or later"
        #elseif compiler(>=6.3.3)
            return "6.3.3"
        #elseif compiler(>=6.3.2)
            return "6.3.2"
        #elseif compiler(>=6.3.1)
            return "6.3.1"
        #else
            return "6.3"
        #endif
    }

    /// `release` or `debug`.
    package static var build: String {
        #if DEBUG
            return "debug"
        #else
            return "release"
        #endif
    }

    /// The instruction set that the program was built for.
    package static var architecture: String {
        #if arch(x86_64)
            return "x86_64"
        #elseif arch(arm64)
            return "aarch64"
        #else
            return "other"
        #endif
    }
}
