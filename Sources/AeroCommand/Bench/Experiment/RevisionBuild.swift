// Builds the broker of a git revision, once.

import AeroIO
import Glibc

/// Brokers by commit, kept in a folder of their own.
struct RevisionBuild {
    /// The command that builds in a work tree, for the shell.
    let command: String
    /// Ends a build that is under way.
    let stop: StopRequest
    let console: Console

    static let defaultCommand = "swift build -c release --product aeromq"
    /// Where the command leaves the broker, in the work tree.
    private static let product = ".build/release/aeromq"

    /// The broker of a revision of the repository around the working directory.
    ///
    /// A work tree is made for the commit, built in, and removed; the executable stays. Two builds
    /// at a time do not meet: each has a tree of its own, and the last renaming wins.
    ///
    /// - Throws: `.failed` when there is no such revision, or it does not build.
    func broker(of revision: String) throws(CommandError) -> (path: String, commit: String) {
        guard let git = ToolIdentity.git() else {
            throw .failed("\(revision) is no file and no address, and there is no git to ask")
        }
        let asked = [
            "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}",
        ]
        let answer = try run(git, asked, output: .pipe)
        guard answer.status == .exited(code: 0), let commit = answer.lines.first else {
            throw .failed(
                "\(revision) is no file, no HOST:PORT and no revision that git knows here")
        }
        let folder = try Self.folder(for: commit, command)
        let path = folder + "/aeromq"
        if InputFile.exists(path) { return (path, commit) }
        let tree = "\(folder)/tree-\(getpid())"
        console.error("building \(revision) (\(commit.prefix(7))) in \(tree)")
        try check(
            try run(git, ["worktree", "add", "--quiet", "--detach", tree, commit]).status,
            "cannot make a work tree of \(revision)")
        let built = Result { () throws(CommandError) in
            try check(
                try run("/bin/sh", ["-c", "exec >&2\n" + command], in: tree).status,
                "cannot build \(revision)")
            guard rename("\(tree)/\(Self.product)", path) == 0 else {
                throw .failed(
                    "building \(revision) left no \(Self.product): \(Errno(rawValue: errno))")
            }
        }
        _ = try run(git, ["worktree", "remove", "--force", tree])
        try built.get()
        return (path, commit)
    }

    /// The folder of a commit; another command is another broker.
    private static func folder(
        for commit: String, _ command: String
    ) throws(CommandError) -> String {
        let variables = ProcessEnvironment.variables
        let cache: String
        if let own = variables["XDG_CACHE_HOME"], !own.isEmpty {
            cache = own
        } else if let home = variables["HOME"], !home.isEmpty {
            cache = home + "/.cache"
        } else {
            throw .failed("there is no place for builds: set HOME or XDG_CACHE_HOME")
        }
        // FNV-1a: names a command, no more.
        let hash = command.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        let name =
            command == defaultCommand ? commit : "\(commit)-\(String(hash, radix: 16))"
        var path = cache
        for part in ["", "/aerobench", "/\(name)"] {
            path += part
            try OutputFile.makeFolder(path)
        }
        return path
    }

    private func check(_ status: ExitStatus, _ what: String) throws(CommandError) {
        guard status != .exited(code: 0) else { return }
        throw .failed("\(what): \(status.text); see its message above")
    }

    /// Runs a program to its end.
    private func run(
        _ path: String, _ arguments: [String], in directory: String? = nil,
        output: ChildProcessOptions.Stream = .null
    ) throws(CommandError) -> (status: ExitStatus, lines: [String]) {
        var options = ChildProcessOptions(path: path, arguments: arguments)
        options.directory = directory
        options.output = output
        do throws(Errno) {
            var process = try ChildProcess(options)
            let lines = try process.readLines()
            // BOUND: ends with the program, which is told to when somebody asks to stop.
            while true {
                let next = MonotonicClock.nowNanoseconds() + 100_000_000
                if let status = try process.wait(deadlineNanoseconds: next) {
                    return (status, lines)
                }
                if stop.isRequested { process.kill(SIGTERM) }
            }
        } catch {
            throw .failed("cannot run \(path): \(error)")
        }
    }
}
