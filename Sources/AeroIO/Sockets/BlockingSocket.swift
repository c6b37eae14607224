// A connection whose reads and writes wait: for tools with a thread per connection.

import Glibc

/// A connected socket in blocking mode, closed when it goes away.
///
/// Reading may happen on one thread while another writes; each direction has one thread.
package final class BlockingSocket: Sendable {
    private let descriptor: Int32

    /// - Parameter descriptor: A connected socket; owned from here on and made blocking.
    package init(_ descriptor: consuming FileDescriptor) throws(Errno) {
        let raw = descriptor.release()
        self.descriptor = raw
        let flags = fcntl(raw, F_GETFL)
        guard flags >= 0, fcntl(raw, F_SETFL, flags & ~O_NONBLOCK) == 0 else {
            throw Errno(rawValue: errno)
        }
    }

    deinit { Syscall.close(descriptor) }

    /// Waits for bytes.
    ///
    /// - Returns: How many were read; 0 at the end of the stream.
    package func read(into memory: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        while true {
            let count = recv(descriptor, memory.baseAddress, memory.count, 0)
            if count >= 0 { return count }
            guard errno == EINTR else { throw Errno(rawValue: errno) }
        }
    }

    /// Writes everything, however long the peer takes.
    package func writeAll(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
        var position = 0
        while position < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            let count = send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            if count >= 0 {
                position += count
            } else if errno != EINTR {
                throw Errno(rawValue: errno)
            }
        }
    }

    /// Ends both directions, so that a thread waiting in `read` returns.
    package func shutDown() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// A listening socket whose owner waits for connections on a thread of its own.
package final class BlockingListener: Sendable {
    private let descriptor: FileDescriptor

    /// - Parameter listener: Taken over.
    package init(_ listener: consuming TCPListener) { descriptor = listener.take() }

    /// Waits for the next connection, for at most a time.
    ///
    /// - Returns: The connection, or nil when none came.
    package func accept(timeoutMilliseconds: Int32) throws(Errno) -> FileDescriptor? {
        var request = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&request, 1, timeoutMilliseconds) > 0,
            let accepted = try Syscall.accept(descriptor.rawValue)
        else { return nil }
        return FileDescriptor(owning: accepted)
    }
}
