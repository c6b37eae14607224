// The server of another broker, started for a run or a test and ended with it.

package import AeroIO
package import AeroLoad
import Glibc

/// How to start the server of another broker.
package struct PeerServerPlan: Sendable {
    /// Where its program may be, in the order of preference.
    package var programs: [String]
    /// The Debian package that has it.
    package var debianPackage: String
    /// Its arguments.
    package var arguments: [String]
    /// What its environment has beside this process's own.
    package var environment: [String: String] = [:]
    /// What is written into its directory before it starts, by file name.
    package var files: [String: String] = [:]
    /// The one of `files` that is a shell script and starts the program, its first argument, with
    /// what belongs to it; nil starts the program itself.
    package var launcher: String?
    /// Variables of its environment that are each to be the number of another free port.
    package var portVariables: [String] = []
    /// The file in its directory that it writes its log to.
    package var logName: String
    /// How long it may take until it listens.
    package var readyNanoseconds: Int64 = 20_000_000_000

    /// - Parameters:
    ///   - programs: As the property of that name.
    ///   - debianPackage: As the property of that name.
    ///   - arguments: As the property of that name.
    ///   - logName: As the property of that name.
    package init(
        programs: [String], debianPackage: String, arguments: [String], logName: String
    ) {
        self.programs = programs
        self.debianPackage = debianPackage
        self.arguments = arguments
        self.logName = logName
    }
}

/// A running server of another broker. It leads a process group, which ends when this goes away.
package struct PeerServer: ~Copyable {
    /// Where it listens, on loopback.
    package let address: SocketAddress
    /// The version of its Debian package; nil when its program is of none.
    package let version: String?
    private var process: ChildProcess

    // BOUND: for a server that does not end when it is asked to.
    private static let stopNanoseconds: Int64 = 10_000_000_000
    private static let pauseNanoseconds: Int64 = 5_000_000
    private static let logTailByteCount = 400

    /// The process that was started; others may belong to its group.
    package var processIdentifier: Int32 { process.processIdentifier }

    /// Starts a server on a free port and waits until it takes connections.
    ///
    /// - Parameters:
    ///   - directory: Its own, which exists and is removed by the caller.
    ///   - plan: What to start, given where it is to listen.
    /// - Throws: With the end of its log when it does not come up.
    package static func start(
        directory: String, _ plan: (SocketAddress) -> PeerServerPlan
    ) throws(DriverError) -> PeerServer {
        let address = try freeAddress()
        let plan = plan(address)
        guard let program = plan.programs.first(where: isExecutable) else {
            throw DriverError(
                "start \(plan.programs[0])",
                "it is not installed; apt-get install \(plan.debianPackage)")
        }
        var options = ChildProcessOptions(path: program, arguments: plan.arguments)
        if let launcher = plan.launcher {
            options.path = "/bin/sh"
            options.arguments = [launcher, program] + plan.arguments
        }
        var environment = ProcessEnvironment.variables.merging(plan.environment) { $1 }
        for variable in plan.portVariables {
            let spare = try freeAddress()
            environment[variable] = "\(spare.port)"
        }
        // What proves to others who we are is none of its business.
        environment[PeerEndpoint.passwordVariable] = nil
        options.environment = environment
        options.directory = directory
        options.leadsGroup = true
        options.output = .null
        options.error = .null
        var process: ChildProcess
        do throws(Errno) {
            for (name, text) in plan.files {
                try AtomicFile.write("\(directory)/\(name)", text: text)
            }
            process = try ChildProcess(options)
        } catch {
            throw DriverError("start \(program)", "\(error)")
        }
        let deadline = MonotonicClock.nowNanoseconds() + plan.readyNanoseconds
        while !listens(address) {
            let now = MonotonicClock.nowNanoseconds()
            let status = try waited(&process, untilNanoseconds: now + pauseNanoseconds)
            guard status == nil, now < deadline else {
                throw DriverError(
                    "start \(program)",
                    (status?.text ?? "it does not listen on \(address)")
                        + tail(of: "\(directory)/\(plan.logName)"))
            }
        }
        return PeerServer(
            address: address, version: DebianPackage.version(of: plan.debianPackage),
            process: process)
    }

    private init(address: SocketAddress, version: String?, process: consuming ChildProcess) {
        self.address = address
        self.version = version
        self.process = process
    }

    /// Ends it, and waits until it has: asked first, then not.
    package mutating func stop() throws(DriverError) {
        process.kill(SIGTERM)
        let deadline = MonotonicClock.nowNanoseconds() + Self.stopNanoseconds
        if try Self.waited(&process, untilNanoseconds: deadline) == nil { process.end() }
    }

    /// Gives its process away, to somebody who ends it.
    package consuming func release() -> ChildProcess { process }

    /// Sends it, and those that it started, a signal.
    package func signal(_ number: Int32) { process.kill(number) }

    private static func waited(
        _ process: inout ChildProcess, untilNanoseconds deadline: Int64
    ) throws(DriverError) -> ExitStatus? {
        do throws(Errno) { return try process.wait(deadlineNanoseconds: deadline) } catch {
            throw DriverError("wait for a server", "\(error)")
        }
    }

    private static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

    /// A port that was free a moment ago.
    private static func freeAddress() throws(DriverError) -> SocketAddress {
        do throws(Errno) {
            return try TCPListener.bind(.loopback(port: 0)).localAddress
        } catch {
            throw DriverError("find a free port", "\(error)")
        }
    }

    private static func listens(_ address: SocketAddress) -> Bool {
        do throws(Errno) {
            try TCPConnection.reach(address, withinNanoseconds: pauseNanoseconds)
            return true
        } catch {
            return false  // Not yet: the caller asks again.
        }
    }

    private static func tail(of log: String) -> String {
        do throws(Errno) {
            let bytes = try WholeFile.read(log, byteCountMax: 1 << 20)
            let end = String(decoding: bytes.suffix(logTailByteCount), as: UTF8.self)
            return "; its log ends with: \(end)"
        } catch {
            return ""  // It has not come as far as a log.
        }
    }
}
