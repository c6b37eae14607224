// Making a TCP connection without blocking.

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
