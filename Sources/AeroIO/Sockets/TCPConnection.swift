// Making a TCP connection without blocking, and turning one away.

import Glibc

/// Outgoing TCP connections and what can be asked of any connection.
package enum TCPConnection {
    /// Starts to connect. Give the descriptor to `Poller.addConnection(_:token:isConnecting:)`
    /// with `isConnecting: true`, which answers `.connected` or `.failed`, at once or later.
    /// - Throws: `Errno` where the kernel knows at once that it can't be, such as
    ///   `.connectionRefused` on loopback.
    package static func connect(
        to address: SocketAddress, options: SocketOptions = SocketOptions()
    ) throws(Errno) -> FileDescriptor {
        let descriptor = try Syscall.streamSocket(family: address.kernelFamily)
        try options.apply(to: descriptor)
        // The poller finds out whether it is done; both ways lead to one `.connected`.
        _ = try Syscall.connect(descriptor.rawValue, address)
        return descriptor
    }

    /// Turns an accepted connection away: says why, as far as the kernel takes it at once, ends the
    /// stream and closes. A few system calls, whatever the peer does; no memory is kept.
    ///
    /// - Parameters:
    ///   - descriptor: The connection; closed when this returns.
    ///   - lastWords: A few hundred bytes.
    package static func turnAway(_ descriptor: consuming FileDescriptor, saying lastWords: [UInt8])
    {
        let raw = descriptor.rawValue
        // What the peer has said by now is taken first: closing a socket with unread bytes resets
        // the connection, and a reset may overtake the last words.
        // SAFETY: all four buffers are lent for one call each.
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 16) { scratch in
            guard let base = scratch.baseAddress else { return }
            _ = Syscall.receive(raw, into: base, capacity: scratch.count)
        }
        let outcome = lastWords.withUnsafeBytes { bytes in
            var vector = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                iov_len: bytes.count)
            return withUnsafePointer(to: &vector) { Syscall.send(raw, $0, count: 1) }
        }
        guard case .moved = outcome else { return }
        do throws(Errno) { try Syscall.shutdownWriting(raw) } catch {
            return  // It is gone already, which is as good as closed.
        }
    }

    /// The address at this end of a connected socket.
    /// - Throws: `Errno` of getsockname(2).
    package static func localAddress(
        of descriptor: borrowing FileDescriptor
    ) throws(Errno) -> SocketAddress {
        try Syscall.localAddress(descriptor.rawValue)
    }

    /// The address at the far end of a connected socket.
    /// - Throws: `.notConnected` when the peer has gone.
    package static func peerAddress(
        of descriptor: borrowing FileDescriptor
    ) throws(Errno) -> SocketAddress {
        try Syscall.peerAddress(descriptor.rawValue)
    }
}
