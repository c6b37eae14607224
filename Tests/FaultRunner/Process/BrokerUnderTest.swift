// `aeromq serve` as a process that is killed, paused and started again on the same data.

import AeroIO
import Glibc

/// What went wrong with the broker's process, which nothing that is done to it excuses.
struct BrokerFailure: Error, CustomStringConvertible {
    let description: String
}

/// One broker after another on one directory and one port.
final class BrokerUnderTest {
    /// How to start it.
    struct Settings {
        var program: String
        var directory: String
        var shardCount = 1
        /// Whether it keeps anything.
        var isDurable = true
    }

    let settings: Settings
    /// The whole environment of the next life; nil gives it this process's.
    var environment: [String: String]?
    /// HOST:PORT, the same for every life.
    private(set) var address = "127.0.0.1:0"
    /// From the start of the process to its ready line, of every life.
    private(set) var readyNanoseconds: [Int64] = []
    private var process: ChildProcess?

    // BOUND: a broker is ready within milliseconds; this is for machines in trouble.
    private static let patienceNanoseconds: Int64 = 60_000_000_000

    init(_ settings: Settings) { self.settings = settings }

    /// Where its standard error goes.
    var logPath: String { settings.directory + ".stderr" }
    private var dataPath: String { settings.directory }

    /// The arguments of a broker at an address.
    private func arguments(_ address: String) -> [String] {
        ["serve", "--listen", address, "--shards", "\(settings.shardCount)"]
            + (settings.isDurable ? ["--data", dataPath] : [])
    }

    /// Whether there is a process, as far as this one has been told.
    var isRunning: Bool {
        switch process {
        case .some: true
        case .none: false
        }
    }

    /// Starts a life and waits until it is ready.
    ///
    /// - Throws: `BrokerFailure` when it isn't, `Errno` when it cannot be started.
    func start() throws {
        // The shell puts standard error into a file, where no pipe can fill up, and is gone.
        var options = ChildProcessOptions(
            path: "/bin/sh",
            arguments: [
                "-c", "log=$1; shift; exec \"$@\" 2>>\"$log\"", "sh", logPath, settings.program,
            ] + arguments(address))
        options.environment = environment
        let start = MonotonicClock.nowNanoseconds()
        var process = try ChildProcess(options)
        let reading = try process.readLine(deadlineNanoseconds: start + Self.patienceNanoseconds)
        guard case .line(let line) = reading else {
            process.kill(SIGKILL)
            let status = try process.wait()
            throw BrokerFailure(
                description: "did not become ready: \(reading), \(status.map { "\($0)" } ?? "")"
                    + "; its last words: \(lastWords)")
        }
        let words = line.split(separator: " ")
        guard words.count > 3, words[1] == "listening" else {
            throw BrokerFailure(description: "its ready line is \"\(line)\"")
        }
        readyNanoseconds.append(MonotonicClock.nowNanoseconds() - start)
        address = String(words[3])
        self.process = consume process
    }

    /// Lets it run for a while.
    ///
    /// - Throws: `BrokerFailure` when it ends by itself.
    func run(nanoseconds: Int64) throws {
        let deadline = MonotonicClock.nowNanoseconds() + nanoseconds
        guard let status = try process?.wait(deadlineNanoseconds: deadline) else { return }
        process = nil
        throw BrokerFailure(
            description: "ended by itself: \(status); its last words: \(lastWords)")
    }

    /// SIGKILL, and the end of it.
    func kill() throws {
        process?.kill(SIGKILL)
        _ = try process?.wait()
        process = nil
    }

    /// SIGSTOP for a while, then SIGCONT.
    func pause(nanoseconds: Int64) throws {
        process?.kill(SIGSTOP)
        try run(nanoseconds: nanoseconds)
        process?.kill(SIGCONT)
    }

    /// SIGSTOP for a while, then SIGKILL.
    func killPaused(nanoseconds: Int64) throws {
        process?.kill(SIGSTOP)
        try run(nanoseconds: nanoseconds)
        try kill()
    }

    /// SIGTERM, and the end of it.
    ///
    /// - Throws: `BrokerFailure` when it doesn't end, or not with code 0.
    func stop() throws {
        process?.kill(SIGTERM)
        let deadline = MonotonicClock.nowNanoseconds() + Self.patienceNanoseconds
        let status = try process?.wait(deadlineNanoseconds: deadline)
        guard status == .exited(code: 0) else {
            throw BrokerFailure(
                description: "SIGTERM came to \(status.map { "\($0)" } ?? "nothing in time")"
                    + "; its last words: \(lastWords)")
        }
        process = nil
    }

    /// Waits for it to be killed by whoever else was told to, then starts the next life.
    ///
    /// - Returns: Whether it had ended by a SIGKILL.
    func wasKilled(withinNanoseconds limit: Int64) throws -> Bool {
        let deadline = MonotonicClock.nowNanoseconds() + limit
        guard let status = try process?.wait(deadlineNanoseconds: deadline) else { return false }
        process = nil
        guard status == .signaled(SIGKILL) else {
            throw BrokerFailure(
                description: "ended by itself: \(status); its last words: \(lastWords)")
        }
        return true
    }

    /// Starts a second broker on the same directory, which has to be refused.
    ///
    /// - Throws: `BrokerFailure` when it isn't.
    func startSecond() throws {
        var options = ChildProcessOptions(
            path: settings.program, arguments: arguments("127.0.0.1:0"))
        options.error = .pipe
        var second = try ChildProcess(options)
        let deadline = MonotonicClock.nowNanoseconds() + Self.patienceNanoseconds
        let output = try second.readLines(deadlineNanoseconds: deadline)
        let errors = try second.readLines(from: .standardError, deadlineNanoseconds: deadline)
        let status = try second.wait(deadlineNanoseconds: deadline)
        guard status == .exited(code: 1), output.isEmpty,
            errors.contains(where: { $0.contains("in use by another broker") })
        else {
            throw BrokerFailure(
                description: "a second broker on its directory came to "
                    + "\(status.map { "\($0)" } ?? "no end"): \(output) \(errors)")
        }
    }

    /// The end of its standard error.
    var lastWords: String {
        do throws(Errno) {
            let bytes = try SystemDisk().readFile(logPath, limit: 16 << 20)
            return String(decoding: bytes.suffix(1_500), as: UTF8.self)
        } catch {
            return "none (\(error))"
        }
    }
}
