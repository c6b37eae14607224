// The environment of this process, for children that get a little more.

import Glibc

/// This process's environment variables.
package enum ProcessEnvironment {
    /// All variables by name; an entry without an equals sign is left out.
    package static var variables: [String: String] {
        var variables: [String: String] = [:]
        // SAFETY: the array ends with a null pointer; nothing in this process changes it.
        var entry = environ
        // BOUND: the environment that the process was started with.
        while let text = entry.pointee {
            let words = String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if words.count == 2 { variables[String(words[0])] = String(words[1]) }
            entry += 1
        }
        return variables
    }
}
