// A broker or relay that a run starts for itself, in a process of its own.

import AeroDrivers
import AeroIO
import AeroLoad
import Glibc

/// A child process that listens. Stopped by its pid alone, also when the run fails.
final class ServerProcess {
    /// Where it listens.
    let address: SocketAddress
    /// Its process.
    let processIdentifier: Int32
    /// What it is, by its own product; nil when that is not known.
    let version: String?
    private var process: ChildProcess
    private var status: ExitStatus?

    // BOUND: a server is ready within milliseconds; this is for machines in trouble.
    private static let readyNanoseconds: Int64 = 20_000_000_000
    private static let stopNanoseconds: Int64 = 10_000_000_000

    /// Starts a server and waits for the line that says where it listens.
    ///
    /// - Parameters:
    ///   - program: The path of an executable, or the file name of one beside the running one.
    ///   - arguments: Without the program.
    ///   - preload: A library that is loaded before all others; nil for none.
    init(
        _ program: String, _ arguments: [String], preload: String? = nil, version: String? = nil
    ) throws(CommandError) {
        let path = try Self.path(of: program)
        guard InputFile.exists(path) else {
            throw .failed("there is no \(path); build it: swift build --product \(program)")
        }
        var process = try Self.spawn(path, arguments, preload)
        let reading = try Self.readyLine(&process, path)
        guard case .line(let line) = reading, let address = Self.address(inReadyLine: line) else {
            let what = reading == .timedOut ? "did not become ready in time" : "ended at once"
            throw .failed("\(program) \(what); see its message above")
        }
        self.address = address
        processIdentifier = process.processIdentifier
        self.process = process
        self.version = version
    }

    /// Takes a server of another broker over, which listens already.
    private init(_ server: consuming PeerServer) {
        address = server.address
        processIdentifier = server.processIdentifier
        version = server.version
        process = server.release()
    }

    /// Starts a server again where another one listened, without waiting until it is ready.
    ///
    /// - Parameters:
    ///   - address: Where it listens; told to it by `arguments`.
    ///   - program: As above.
    ///   - arguments: Without the program.
    ///   - preload: As above.
    private init(
        at address: SocketAddress, _ program: String, _ arguments: [String], preload: String?
    ) throws(CommandError) {
        let path = try Self.path(of: program)
        let process = try Self.spawn(path, arguments, preload)
        self.address = address
        processIdentifier = process.processIdentifier
        self.process = process
        version = ProductVersion.text
    }

    /// Whether it has said by now that it is ready; asked once more after yes it says no.
    func saysReady() -> Bool {
        do throws(Errno) {
            let reading = try process.readLine(
                deadlineNanoseconds: MonotonicClock.nowNanoseconds())
            guard case .line = reading else { return false }
            return true
        } catch {
            return false  // It has ended, which its status tells.
        }
    }

    /// Sends a signal; nothing happens when it has ended.
    func signal(_ number: Int32) { process.kill(number) }

    /// Writes to its standard input; nothing happens when it has ended, which its status tells.
    func tell(_ line: String) {
        guard exitStatus() == nil else { return }
        do throws(Errno) { try process.writeInput(line) } catch {
            process.closeInput()  // It reads no more, and takes this for the end of its starter.
        }
    }

    private static func path(of program: String) throws(CommandError) -> String {
        program.contains("/") ? program : try ExecutableFolder.path() + "/" + program
    }

    private static func spawn(
        _ path: String, _ arguments: [String], _ preload: String?
    ) throws(CommandError) -> ChildProcess {
        var options = ChildProcessOptions(path: path, arguments: arguments + ["--attached"])
        // It ends when this process does, however that happens: the pipe then closes.
        options.input = .pipe
        if let preload {
            var environment = ProcessEnvironment.variables
            environment["LD_PRELOAD"] = preload
            options.environment = environment
        }
        do throws(Errno) { return try ChildProcess(options) } catch {
            throw .failed("cannot start \(options.path): \(error)")
        }
    }

    private static func readyLine(
        _ process: inout ChildProcess, _ path: String
    ) throws(CommandError) -> LineReading {
        do throws(Errno) {
            let deadline = MonotonicClock.nowNanoseconds() + readyNanoseconds
            return try process.readLine(deadlineNanoseconds: deadline)
        } catch {
            throw .failed("cannot read what \(path) says: \(error)")
        }
    }

    /// The broker that a scenario asks for.
    ///
    /// - Parameters:
    ///   - program: Which broker, as above.
    ///   - directory: Where it keeps what is durable; nil for a broker without a disk.
    ///   - pinsShards: Whether each shard stays on a core of its own.
    ///   - delaysDisk: Whether it is going to be told `DiskDelayLine`s.
    ///   - again: Where one listened that has ended, and this one is to listen; it is not waited
    ///     for then. Nil for a port of its own.
    static func broker(
        _ options: BrokerOptions, program: String, directory: String?, pinsShards: Bool,
        delaysDisk: Bool, again address: SocketAddress? = nil
    ) throws(CommandError) -> ServerProcess {
        let preload = options.malloc == .jemalloc ? try PreloadedAllocator.jemalloc() : nil
        let listen = address.map { "\($0)" } ?? "127.0.0.1:0"
        let arguments =
            [
                "serve", "--listen", listen, "--shards", "\(options.shardCount)",
                "--buffers", options.buffers.rawValue, "--poller", options.poller.rawValue,
                "--watch-hiccups",
            ] + (directory.map { ["--data", $0] } ?? []) + (pinsShards ? ["--pin"] : [])
            + (delaysDisk ? ["--disk-delays"] : [])
        guard let address else {
            return try ServerProcess(
                program, arguments, preload: preload, version: ProductVersion.text)
        }
        return try ServerProcess(at: address, program, arguments, preload: preload)
    }

    /// The server of another broker, with the promises that a scenario asks for.
    ///
    /// - Parameter directory: Its own.
    static func peer(
        _ peer: PeerBroker, _ scenario: Scenario, directory: String?
    ) throws(CommandError) -> ServerProcess {
        guard let server = peer.parts?.server, let directory else {
            preconditionFailure("a target that this build lacks is refused by its scenario")
        }
        let durability = scenario.classes.map(\.storage.durability).max() ?? .volatile
        do throws(DriverError) {
            return ServerProcess(
                try PeerServer.start(directory: directory) { address in
                    server.plan(address, directory: directory, durability: durability)
                })
        } catch {
            throw .failed("\(error)")
        }
    }

    /// A proxy that makes what it passes on slower.
    static func proxy(
        to address: SocketAddress, _ options: ProxyOptions
    ) throws(CommandError) -> ServerProcess {
        try ServerProcess("aerobench", ["proxy", "--to", "\(address)"] + options.words)
    }

    /// The raw relay.
    ///
    /// - Parameters:
    ///   - directory: Where it appends what it forwards; nil for nowhere.
    ///   - retentionByteCount: What a producer's file holds at most; nil for its own bound.
    static func relay(
        directory: String?, retentionByteCount: Int?
    ) throws(CommandError) -> ServerProcess {
        var arguments = ["relay", "--listen", "127.0.0.1:0"]
        if let directory {
            arguments += ["--append", directory]
            if let retentionByteCount {
                let bounds = RelayStorage.fileByteCounts
                let roof = min(max(retentionByteCount, bounds.lowerBound), bounds.upperBound)
                arguments += ["--append-max", "\(roof)B"]
            }
        }
        return try ServerProcess("aerobench", arguments)
    }

    /// How it ended, or nil while it runs.
    func exitStatus() -> ExitStatus? {
        if status == nil { status = wait(untilNanoseconds: MonotonicClock.nowNanoseconds()) }
        return status
    }

    /// Asks it to stop, and ends it when it does not.
    ///
    /// - Returns: How it ended, before or now.
    func stop() -> ExitStatus? {
        if let status = exitStatus() { return status }
        process.kill(SIGTERM)
        status = wait(untilNanoseconds: MonotonicClock.nowNanoseconds() + Self.stopNanoseconds)
        if status == nil {
            process.kill(SIGKILL)
            status = wait(untilNanoseconds: MonotonicClock.nowNanoseconds() + Self.stopNanoseconds)
        }
        return status
    }

    private func wait(untilNanoseconds deadline: Int64) -> ExitStatus? {
        do throws(Errno) {
            return try process.wait(deadlineNanoseconds: deadline)
        } catch {
            preconditionFailure("waiting for an own child process failed: \(error)")
        }
    }

    /// The address in `… listening on 127.0.0.1:9440 (…)`.
    static func address(inReadyLine line: String) -> SocketAddress? {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(of: "on"), place > 0, words[place - 1] == "listening",
            words.indices.contains(place + 1)
        else { return nil }
        do throws(SocketAddressError) {
            return try SocketAddress(parsing: String(words[place + 1]))
        } catch {
            return nil
        }
    }
}

/// Where the running executable is.
enum ExecutableFolder {
    static func path() throws(CommandError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else {
            throw .failed("cannot find the own executable: \(Errno(rawValue: errno))")
        }
        let path = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }
}
