// Which build of the tool made a result.

import AeroIO
import AeroReport
import Glibc

enum ToolIdentity {
    /// The tool as results name it.
    static func record() -> ToolRecord {
        ToolRecord(
            name: "aerobench", version: ProductVersion.text, commit: commit(),
            build: CompilerVersion.build, commandLine: CommandLine.arguments)
    }

    /// The short commit of the tree that the executable stands in; `unknown` outside of one.
    static func commit() -> String {
        let folder: String
        do throws(CommandError) { folder = try ExecutableFolder.path() } catch { return "unknown" }
        guard let git = git() else { return "unknown" }
        var options = ChildProcessOptions(
            path: git, arguments: ["-C", folder, "rev-parse", "--short=7", "HEAD"])
        options.error = .null
        do throws(Errno) {
            var process = try ChildProcess(options)
            let deadline = MonotonicClock.nowNanoseconds() + 5_000_000_000
            let reading = try process.readLine(deadlineNanoseconds: deadline)
            guard case .line(let line) = reading, isCommit(line),
                try process.wait(deadlineNanoseconds: deadline) == .exited(code: 0)
            else { return "unknown" }
            return line
        } catch {
            return "unknown"
        }
    }

    private static func isCommit(_ text: String) -> Bool {
        (4...40).contains(text.utf8.count) && text.allSatisfy(\.isHexDigit)
    }

    /// Where git is, by PATH; nil when there is none.
    static func git() -> String? {
        guard let path = getenv("PATH") else { return nil }
        return String(cString: path).split(separator: ":").map { "\($0)/git" }
            .first { access($0, X_OK) == 0 }
    }

    /// The C library and its version, e.g. `glibc 2.36`.
    static var libc: String? {
        var buffer = [CChar](repeating: 0, count: 128)
        let count = confstr(Int32(_CS_GNU_LIBC_VERSION), &buffer, buffer.count)
        guard count > 1, count <= buffer.count else { return nil }
        return String(
            decoding: buffer[..<(count - 1)].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
