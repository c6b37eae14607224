// Every system call this module makes, except the ones io_uring submits.

import CLinux
import Glibc

/// What one attempt to move bytes on a non-blocking descriptor came to.
enum TransferResult {
    /// That many bytes moved; zero from a receive is the end of the stream.
    case moved(Int)
    /// `EAGAIN`: nothing can move now.
    case wouldBlock
    /// Anything else.
    case failed(Errno)
}

/// Thin wrappers: `EINTR` is retried, `EAGAIN` is a value where it is expected, `EBADF` and
/// `EFAULT` trap, and everything else is thrown.
enum Syscall {
    /// Turns the number of a failed call into an `Errno`, trapping on those that mean a bug here.
    static func error(_ code: Int32) -> Errno {
        precondition(
            code != EBADF && code != EFAULT, "a system call was given a bad descriptor or address")
        return Errno(rawValue: code)
    }

    /// Runs a call in errno style until it isn't interrupted.
    @inline(__always)
    static func retry(_ call: () -> Int) -> Result<Int, Errno> {
        // BOUND: an interruption needs a signal each time round.
        while true {
            let value = call()
            if value >= 0 { return .success(value) }
            let code = errno
            if code != EINTR { return .failure(error(code)) }
        }
    }

    /// Throws what a CLinux shim reports as a negated errno.
    @discardableResult
    static func check(_ value: Int32) throws(Errno) -> Int32 {
        guard value >= 0 else { throw error(-value) }
        return value
    }

    // MARK: Any descriptor

    /// close(2). Linux frees the descriptor even when the call is interrupted: never retried.
    static func close(_ descriptor: Int32) {
        let status = Glibc.close(descriptor)
        precondition(status == 0 || errno != EBADF, "a descriptor was closed twice")
    }

    /// read(2) on a blocking or non-blocking descriptor.
    static func read(_ descriptor: Int32, into memory: UnsafeMutableRawBufferPointer)
        -> TransferResult
    {
        transfer { Glibc.read(descriptor, memory.baseAddress, memory.count) }
    }

    /// write(2), once.
    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> TransferResult {
        transfer { Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
    }

    /// write(2) until all bytes are taken by a blocking descriptor.
    static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) throws(Errno) {
        var written = 0
        while written < bytes.count {
            // SAFETY: lent for the call only.
            let outcome = bytes.withUnsafeBytes { source in
                write(descriptor, UnsafeRawBufferPointer(rebasing: source[written...]))
            }
            switch outcome {
            case .moved(let count): written += count
            case .wouldBlock: throw .wouldBlock
            case .failed(let error): throw error
            }
        }
    }

    /// poll(2) on up to a few descriptors; below zero waits for ever. Zero when time is up.
    ///
    /// An interruption ends the wait early, with zero, since the rest of it isn't known here.
    static func poll(
        _ descriptors: inout [pollfd], timeoutMilliseconds: Int32
    ) throws(Errno) -> Int {
        let count = Glibc.poll(&descriptors, nfds_t(descriptors.count), timeoutMilliseconds)
        if count >= 0 { return Int(count) }
        let code = errno
        guard code == EINTR else { throw error(code) }
        return 0
    }

    @inline(__always)
    private static func transfer(_ call: () -> Int) -> TransferResult {
        // BOUND: an interruption needs a signal each time round.
        while true {
            let count = call()
            if count >= 0 { return .moved(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case let code: return .failed(error(code))
            }
        }
    }

    /// waitpid(2) of a child of ours; nil when it hasn't ended and `isBlocking` is false.
    static func wait(_ process: Int32, isBlocking: Bool) -> ExitStatus? {
        var status: Int32 = 0
        // BOUND: an interruption needs a signal each time round.
        while true {
            let result = waitpid(process, &status, isBlocking ? 0 : WNOHANG)
            if result == process { return ExitStatus(waitStatus: status) }
            if result == 0 { return nil }
            precondition(errno == EINTR, "a child that wasn't waited for can be")
        }
    }

    // MARK: Files

    /// open(2), always close-on-exec.
    static func open(
        _ path: String, flags: Int32, mode: mode_t = 0o644
    ) throws(Errno) -> FileDescriptor {
        let descriptor = try retry { Int(Glibc.open(path, flags | O_CLOEXEC, mode)) }.get()
        return FileDescriptor(owning: Int32(descriptor))
    }

    /// fsync(2).
    static func synchronize(_ descriptor: Int32) throws(Errno) {
        _ = try retry { Int(fsync(descriptor)) }.get()
    }

    /// rename(2).
    static func rename(_ source: String, to target: String) throws(Errno) {
        _ = try retry { Int(Glibc.rename(source, target)) }.get()
    }

    /// pipe2(2): the read end and the write end.
    static func pipe() throws(Errno) -> (read: Int32, write: Int32) {
        var ends = [Int32](repeating: -1, count: 2)
        try check(aero_pipe(&ends))
        return (ends[0], ends[1])
    }

    // MARK: Sockets

    /// socket(2): a non-blocking stream socket.
    static func streamSocket(family: Int32) throws(Errno) -> FileDescriptor {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = try retry { Int(socket(family, type, 0)) }.get()
        return FileDescriptor(owning: Int32(descriptor))
    }

    /// socketpair(2): two connected, non-blocking stream sockets.
    static func socketPair() throws(Errno) -> (Int32, Int32) {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        var ends = [Int32](repeating: -1, count: 2)
        _ = try retry { Int(socketpair(AF_UNIX, type, 0, &ends)) }.get()
        return (ends[0], ends[1])
    }

    /// bind(2).
    static func bind(_ descriptor: Int32, _ address: SocketAddress) throws(Errno) {
        _ = try address.withSocketAddress { pointer, length in
            retry { Int(Glibc.bind(descriptor, pointer, length)) }
        }.get()
    }

    /// listen(2).
    static func listen(_ descriptor: Int32, backlog: Int32) throws(Errno) {
        _ = try retry { Int(Glibc.listen(descriptor, backlog)) }.get()
    }

    /// connect(2) on a non-blocking socket: false while the connection is still being made.
    ///
    /// Not retried after `EINTR`, which leaves the attempt under way like `EINPROGRESS` does.
    static func connect(_ descriptor: Int32, _ address: SocketAddress) throws(Errno) -> Bool {
        let code = address.withSocketAddress { pointer, length in
            Glibc.connect(descriptor, pointer, length) == 0 ? 0 : errno
        }
        switch code {
        case 0: return true
        case EINPROGRESS, EINTR: return false
        default: throw error(code)
        }
    }

    /// accept4(2) on a non-blocking listener: the descriptor, or nil when none is waiting.
    static func accept(_ listener: Int32) throws(Errno) -> Int32? {
        // BOUND: an interruption needs a signal each time round.
        while true {
            let descriptor = aero_accept(listener)
            if descriptor >= 0 { return descriptor }
            switch -descriptor {
            case EINTR: continue
            case EAGAIN: return nil
            case let code: throw error(code)
            }
        }
    }

    /// recv(2) without blocking.
    @inline(__always)
    static func receive(
        _ descriptor: Int32, into memory: UnsafeMutableRawPointer, capacity: Int
    ) -> TransferResult {
        transfer { recv(descriptor, memory, capacity, Int32(MSG_DONTWAIT)) }
    }

    /// send(2) or sendmsg(2) without blocking or `SIGPIPE`.
    @inline(__always)
    static func send(
        _ descriptor: Int32, _ vectors: UnsafePointer<iovec>, count: Int
    ) -> TransferResult {
        let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
        if count == 1 {
            let vector = vectors.pointee
            return transfer { Glibc.send(descriptor, vector.iov_base, vector.iov_len, flags) }
        }
        var message = msghdr()
        // SAFETY: sendmsg only reads the array; the C structure has no const form of it.
        message.msg_iov = UnsafeMutablePointer(mutating: vectors)
        message.msg_iovlen = count
        return transfer { sendmsg(descriptor, &message, flags) }
    }

    /// shutdown(2) of the sending half. A connection that is already gone is no error here.
    static func shutdownWriting(_ descriptor: Int32) throws(Errno) {
        if Glibc.shutdown(descriptor, Int32(SHUT_WR)) == 0 { return }
        let code = errno
        if code != ENOTCONN { throw error(code) }
    }

    /// setsockopt(2) with an `Int32`.
    static func setOption(
        _ descriptor: Int32, level: Int32, name: Int32, value: Int32
    ) throws(Errno) {
        var value = value
        let length = socklen_t(MemoryLayout<Int32>.size)
        _ = try retry { Int(setsockopt(descriptor, level, name, &value, length)) }.get()
    }

    /// getsockopt(2) of an `Int32`.
    static func option(_ descriptor: Int32, level: Int32, name: Int32) throws(Errno) -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        _ = try retry { Int(getsockopt(descriptor, level, name, &value, &length)) }.get()
        return value
    }

    /// setsockopt(2) of `SO_LINGER`.
    static func setLinger(_ descriptor: Int32, seconds: Int32) throws(Errno) {
        var value = linger(l_onoff: 1, l_linger: seconds)
        let length = socklen_t(MemoryLayout<linger>.size)
        _ = try retry {
            Int(setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, length))
        }.get()
    }

    /// The pending error of a socket (`SO_ERROR`), which reading clears; nil when there is none.
    static func pendingError(_ descriptor: Int32) -> Errno? {
        do {
            let code = try option(descriptor, level: SOL_SOCKET, name: SO_ERROR)
            return code == 0 ? nil : Errno(rawValue: code)
        } catch {
            return error
        }
    }

    /// getsockname(2).
    static func localAddress(_ descriptor: Int32) throws(Errno) -> SocketAddress {
        try address { storage, length in getsockname(descriptor, storage, length) }
    }

    /// getpeername(2).
    static func peerAddress(_ descriptor: Int32) throws(Errno) -> SocketAddress {
        try address { storage, length in getpeername(descriptor, storage, length) }
    }

    private static func address(
        _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) throws(Errno) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // SAFETY: sockaddr_storage is made to be viewed as any sockaddr.
        let status = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { view in
                retry { Int(call(view, &length)) }
            }
        }
        _ = try status.get()
        guard let address = SocketAddress(storage) else { throw .invalidArgument }
        return address
    }
}
