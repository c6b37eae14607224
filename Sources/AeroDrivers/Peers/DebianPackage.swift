// What dpkg knows of a package.

import AeroIO

/// Packages of this machine.
enum DebianPackage {
    // BOUND: for a machine in trouble; the answer is a look into a file.
    private static let answerNanoseconds: Int64 = 5_000_000_000

    /// The version of an installed package; nil where dpkg is not there or does not know it.
    static func version(of name: String) -> String? {
        var options = ChildProcessOptions(
            path: "/usr/bin/dpkg-query", arguments: ["-W", "-f", "${Version}\n", name])
        options.error = .null
        do throws(Errno) {
            var process = try ChildProcess(options)
            let deadline = MonotonicClock.nowNanoseconds() + answerNanoseconds
            let reading = try process.readLine(deadlineNanoseconds: deadline)
            guard case .line(let text) = reading, !text.isEmpty else { return nil }
            return text
        } catch {
            return nil  // Not a Debian system.
        }
    }
}
