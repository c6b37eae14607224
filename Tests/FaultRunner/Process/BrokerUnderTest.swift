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
        /// The data directory.
        var directory: String
        /// Where its standard error goes; appended to.
        var errorPath: String
        var shardCount = 1
        /// Whether it keeps anything.
        var isDurable = true
    }

    let settings: Settings
    /// The whole environment of the next life; nil gives it this process's.
    var environment: [String: String]?
    /// HOST:PORT, the same for every life.
    private(set) var address = ""
    /// From the start of the process to its ready line, of every life.
    private(set) var readyNanoseconds: [Int64] = []
    private var process: ChildProcess?

    // BOUND: a broker is ready within milliseconds; this is for machines in trouble.
    private static let patienceNanoseconds: Int64 = 60_000_000_000
    // Below the ports that connections get by themselves: a client that comes back while nobody
    // listens could connect to itself there, and take the port.
    private static let ports: Range<UInt16> = 16_000..<32_000
    private static let portAttemptCount = 50

    init(_ settings: Settings) { self.settings = settings }

    private func arguments(_ address: String) -> [String] {
        ["serve", "--listen", address, "--shards", "\(settings.shardCount)"]
            + (settings.isDurable ? ["--data", settings.directory] : [])
    }

    /// Whether there is a process, as far as this one has been told.
    var isRunning: Bool {
        switch process {
        case .some: true
        case .none: false
        }
    }

    // MARK: - Starting

    /// Starts a life and waits until it is ready.
    ///
    /// - Throws: `BrokerFailure` when it isn't, `Errno` when it cannot be started.
    func start() throws {
        let start = MonotonicClock.nowNanoseconds()
        if address.isEmpty { try choosePort() }
        process = try spawn()
        let reading = try process?.readLine(deadlineNanoseconds: start + Self.patienceNanoseconds)
        guard case .line(let line)? = reading else {
            process?.kill(SIGKILL)
            let status = try process?.wait()
            process = nil
            throw BrokerFailure(
                description: "did not become ready: \(status.map { "\($0)" } ?? "no end")"
                    + "; its last words: \(lastWords)")
        }
        guard line.hasPrefix("aeromq listening on \(address) ") else {
            throw BrokerFailure(description: "its ready line is \"\(line)\"")
        }
        readyNanoseconds.append(MonotonicClock.nowNanoseconds() - start)
    }

    /// Starts a life and kills it after a while, ready or not.
    func startAndKill(afterNanoseconds limit: Int64) throws {
        process = try spawn()
        let deadline = MonotonicClock.nowNanoseconds() + limit
        if let status = try process?.wait(deadlineNanoseconds: deadline) {
            process = nil
            throw BrokerFailure(
                description: "ended by itself while it started: \(status)"
                    + "; its last words: \(lastWords)")
        }
        try kill()
    }

    /// Starts a life that may not come about: the disk does not do its part.
    ///
    /// - Throws: `BrokerFailure` when it crashes, or ends without a word.
    func startInTrouble() throws {
        let deadline = MonotonicClock.nowNanoseconds() + Self.patienceNanoseconds
        let wordCount = lastWords.utf8.count
        process = try spawn()
        let reading = try process?.readLine(deadlineNanoseconds: deadline)
        if case .line? = reading { return }
        let status = try process?.wait(deadlineNanoseconds: deadline)
        process = nil
        guard status == .exited(code: 1), lastWords.utf8.count > wordCount || wordCount > 1_000
        else {
            throw BrokerFailure(
                description: "in trouble at its start it came to "
                    + "\(status.map { "\($0)" } ?? "no end"); its last words: \(lastWords)")
        }
    }

    private func spawn() throws -> ChildProcess {
        // The shell puts standard error into a file, where no pipe can fill up, and is gone.
        var options = ChildProcessOptions(
            path: "/bin/sh",
            arguments: [
                "-c", "log=$1; shift; exec \"$@\" 2>>\"$log\"", "sh", settings.errorPath,
                settings.program,
            ] + arguments(address))
        options.environment = environment
        return try ChildProcess(options)
    }

    private func choosePort() throws {
        for _ in 0..<Self.portAttemptCount {
            let port = UInt16.random(in: Self.ports)
            guard try Self.isFree(port) else { continue }
            address = "127.0.0.1:\(port)"
            return
        }
        throw BrokerFailure(description: "there is no free port")
    }

    private static func isFree(_ port: UInt16) throws(Errno) -> Bool {
        do throws(Errno) {
            let listener = try TCPListener.bind(.loopback(port: port))
            _ = consume listener
            return true
        } catch {
            guard error == .addressInUse else { throw error }
            return false
        }
    }

    // MARK: - Blows

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
        process = nil
        guard status == .exited(code: 0) else {
            throw BrokerFailure(
                description: "SIGTERM came to \(status.map { "\($0)" } ?? "nothing in time")"
                    + "; its last words: \(lastWords)")
        }
    }

    /// Waits for it to be killed by whoever else was told to.
    ///
    /// - Returns: Whether it was, in time.
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
        let end = try ProgramRun(settings.program, arguments("127.0.0.1:0"))
        guard end.status == .exited(code: 1), end.output.isEmpty,
            end.errors.contains("in use by another broker")
        else {
            throw BrokerFailure(
                description: "a second broker on its directory came to \(end.transcript)")
        }
    }

    /// The end of its standard error.
    var lastWords: String {
        do throws(Errno) {
            let bytes = try SystemDisk().readFile(settings.errorPath, limit: 64 << 20)
            return String(decoding: bytes.suffix(1_500), as: UTF8.self)
        } catch {
            return "none (\(error))"
        }
    }
}
