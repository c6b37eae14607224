// Starting, watching and ending another program.

import CLinux
import Glibc

/// How a child process ended.
package enum ExitStatus: Equatable, Sendable {
    /// By itself, with this code.
    case exited(code: Int32)
    /// By this signal.
    case signaled(Int32)

    /// Decodes the status of waitpid(2).
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7F
        self = signal == 0 ? .exited(code: (waitStatus >> 8) & 0xFF) : .signaled(signal)
    }

    /// How a process ended, in words.
    package var text: String {
        switch self {
        case .exited(let code): "it exited with code \(code)"
        case .signaled(let signal): "it was ended by signal \(signal)"
        }
    }
}

/// What to start.
package struct ChildProcessOptions: Sendable {
    /// Where a standard stream of the child leads.
    package enum Stream: Sendable {
        /// To the parent, which reads it (`ChildProcess.readLine`) or, for input, holds it open
        /// until `closeInput()`.
        case pipe
        /// To the parent's own.
        case inherited
        /// To nowhere.
        case null
    }

    /// Path of the program; not looked up in PATH.
    package var path: String
    /// Its arguments, without its own name.
    package var arguments: [String]
    /// Its whole environment; nil gives it the parent's.
    package var environment: [String: String]?
    /// Its working directory; nil gives it the parent's.
    package var directory: String?
    /// Whether it leads a process group of its own, to which signals go: those that it starts get
    /// them, too, and a terminal's Control-C reaches none of them.
    package var leadsGroup = false
    /// Its standard input. A pipe lets it notice when its parent is gone.
    package var input = Stream.null
    /// Its standard output.
    package var output = Stream.pipe
    /// Its standard error. A pipe that nobody reads stops the child after 64 KiB.
    package var error = Stream.inherited

    /// - Parameters:
    ///   - path: The program.
    ///   - arguments: Its arguments, without its own name.
    package init(path: String, arguments: [String] = []) {
        self.path = path
        self.arguments = arguments
    }
}

/// A child process with its pipes. Killed and reaped when it goes out of scope.
package struct ChildProcess: ~Copyable {
    /// One of the two streams a child writes.
    package enum Output: Int, Sendable { case standardOutput, standardError }

    /// The kernel's number of it.
    package let processIdentifier: Int32
    /// Readable once it has ended.
    private let ended: FileDescriptor
    /// What signals go to, as of kill(2): the process, or its group.
    private let signalled: Int32
    private var input: FileDescriptor?
    var outputs: ChildOutputs
    private var status: ExitStatus?

    /// Starts a program.
    /// - Throws: `Errno`, such as `.noSuchFile` or `.accessDenied` of the program.
    package init(_ options: ChildProcessOptions) throws(Errno) {
        var pipes = try ChildPipes(options)
        let identifier = try Self.spawn(options, pipes.childEnds)
        let ended: FileDescriptor
        do {
            ended = FileDescriptor(owning: try Syscall.check(aero_pidfd_open(identifier)))
        } catch {
            // Without a way to wait for it with a timeout it is of no use.
            _ = Glibc.kill(identifier, SIGKILL)
            _ = Syscall.wait(identifier, isBlocking: true)
            throw error
        }
        processIdentifier = identifier
        signalled = options.leadsGroup ? -identifier : identifier
        self.ended = ended
        input = pipes.input.take()
        outputs = ChildOutputs(output: pipes.output.take(), error: pipes.error.take())
    }

    deinit {
        if status == nil {
            _ = Glibc.kill(signalled, SIGKILL)
            _ = Syscall.wait(processIdentifier, isBlocking: true)
        }
    }

    private static func spawn(
        _ options: ChildProcessOptions, _ ends: (Int32, Int32, Int32)
    ) throws(Errno) -> Int32 {
        let arguments = CStringArray([options.path] + options.arguments)
        let inherited = options.environment == nil
        let environment = CStringArray(
            (options.environment ?? [:]).map { "\($0.key)=\($0.value)" }.sorted())
        let status = options.path.withCString { path in
            withOptionalCString(options.directory) { directory in
                var request = aero_spawn_request()
                request.path = path
                request.directory = directory
                request.arguments = UnsafePointer(arguments.pointers)
                request.environment = UnsafePointer(
                    inherited ? environ : environment.pointers)
                request.descriptors = ends
                request.leads_group = options.leadsGroup ? 1 : 0
                return aero_spawn(&request)
            }
        }
        return try Syscall.check(status)
    }

    private static func withOptionalCString<R>(
        _ text: String?, _ body: (UnsafePointer<CChar>?) -> R
    ) -> R {
        guard let text else { return body(nil) }
        return text.withCString { body($0) }
    }

    /// Sends a signal, to its whole group where it leads one; nothing happens when the process has
    /// ended.
    package func kill(_ signal: Int32) {
        // Until it is reaped its number belongs to it.
        if status == nil { _ = Glibc.kill(signalled, signal) }
    }

    /// Ends it at once, and does not ask.
    package func end() { kill(SIGKILL) }

    /// Writes to the child's standard input, and waits while the pipe is full; without a pipe
    /// nothing happens.
    /// - Throws: `Errno.brokenPipe` when the child has closed it, where SIGPIPE is ignored.
    package func writeInput(_ text: String) throws(Errno) {
        switch input {
        case .some(let open): try Syscall.writeAll(open.rawValue, Array(text.utf8))
        case .none: return
        }
    }

    /// Closes the child's standard input, if that is a pipe.
    package mutating func closeInput() { input = nil }

    /// Waits for the end.
    /// - Parameter deadlineNanoseconds: On the monotonic clock; nil waits for ever.
    /// - Returns: How it ended, or nil at the deadline.
    /// - Throws: `Errno` of poll(2).
    package mutating func wait(
        deadlineNanoseconds: Int64? = nil
    ) throws(Errno) -> ExitStatus? {
        if let status { return status }
        // BOUND: ends with the process or at the deadline.
        while true {
            var watched = [pollfd(fd: ended.rawValue, events: Int16(POLLIN), revents: 0)]
            let timeout = Deadline.milliseconds(until: deadlineNanoseconds)
            if try Syscall.poll(&watched, timeoutMilliseconds: timeout) > 0 {
                status = Syscall.wait(processIdentifier, isBlocking: true)
                return status
            }
            if timeout == 0 { return nil }
        }
    }
}

/// Deadlines for calls that take milliseconds.
enum Deadline {
    /// Milliseconds from now to a deadline, rounded up; 0 when it has passed, -1 without one.
    static func milliseconds(until deadlineNanoseconds: Int64?) -> Int32 {
        guard let deadlineNanoseconds else { return -1 }
        let remaining = deadlineNanoseconds - MonotonicClock.nowNanoseconds()
        if remaining <= 0 { return 0 }
        return Int32(clamping: (remaining - 1) / 1_000_000 + 1)
    }
}
