// A listening TCP socket.

/// A bound, listening, non-blocking socket, to be given to a poller.
package struct TCPListener: ~Copyable, Sendable {
    /// What owns the socket; `take()` hands it to a poller.
    private let descriptor: FileDescriptor
    /// The address bound, with the port the kernel chose if 0 was asked for.
    package let localAddress: SocketAddress

    /// Connections that may wait to be accepted, before the kernel drops new ones. The kernel
    /// lowers it to net.core.somaxconn.
    package static let defaultBacklog: Int32 = 1024

    private init(descriptor: consuming FileDescriptor, localAddress: SocketAddress) {
        self.descriptor = descriptor
        self.localAddress = localAddress
    }

    /// Binds and listens.
    /// - Parameters:
    ///   - address: Where; port 0 lets the kernel choose.
    ///   - backlog: See `defaultBacklog`.
    ///   - options: Accepted connections inherit no-delay and buffer sizes.
    /// - Throws: `Errno`, such as `.addressInUse`.
    package static func bind(
        _ address: SocketAddress, backlog: Int32 = defaultBacklog,
        options: SocketOptions = listenerOptions
    ) throws(Errno) -> TCPListener {
        let descriptor = try Syscall.streamSocket(family: address.kernelFamily)
        try options.apply(to: descriptor)
        try Syscall.bind(descriptor.rawValue, address)
        try Syscall.listen(descriptor.rawValue, backlog: backlog)
        let local = try Syscall.localAddress(descriptor.rawValue)
        return TCPListener(descriptor: descriptor, localAddress: local)
    }

    /// No delay, and the address may be taken again at once after a restart.
    package static var listenerOptions: SocketOptions {
        var options = SocketOptions()
        options.isAddressReused = true
        return options
    }

    /// Gives the socket up, to be owned by a poller.
    package consuming func take() -> FileDescriptor { descriptor }
}
