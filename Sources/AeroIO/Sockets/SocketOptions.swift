// The socket options a message broker sets.

import Glibc

/// Options applied to a socket; nil leaves the kernel's default.
package struct SocketOptions: Equatable, Sendable {
    /// TCP_NODELAY: small writes leave at once. On by default: batching is done above.
    package var isNoDelay = true
    /// SO_KEEPALIVE.
    package var isKeepAlive = false
    /// SO_SNDBUF in bytes; the kernel doubles it and turns automatic tuning off.
    package var sendBufferByteCount: Int32?
    /// SO_RCVBUF in bytes, as above. Set before connect or listen, it limits the window too.
    package var receiveBufferByteCount: Int32?
    /// SO_REUSEADDR: a listener may take a port whose old connections are in TIME_WAIT.
    package var isAddressReused = false
    /// SO_REUSEPORT: several listeners share one port and the kernel spreads the connections.
    package var isPortReused = false

    /// The defaults above.
    package init() {}

    /// Sets these options.
    /// - Throws: `Errno` of setsockopt(2).
    package func apply(to descriptor: borrowing FileDescriptor) throws(Errno) {
        let raw = descriptor.rawValue
        if isNoDelay {
            try Syscall.setOption(raw, level: Int32(IPPROTO_TCP), name: TCP_NODELAY, value: 1)
        }
        if isKeepAlive {
            try Syscall.setOption(raw, level: SOL_SOCKET, name: SO_KEEPALIVE, value: 1)
        }
        if let sendBufferByteCount {
            try Syscall.setOption(
                raw, level: SOL_SOCKET, name: SO_SNDBUF, value: sendBufferByteCount)
        }
        if let receiveBufferByteCount {
            try Syscall.setOption(
                raw, level: SOL_SOCKET, name: SO_RCVBUF, value: receiveBufferByteCount)
        }
        if isAddressReused {
            try Syscall.setOption(raw, level: SOL_SOCKET, name: SO_REUSEADDR, value: 1)
        }
        if isPortReused {
            try Syscall.setOption(raw, level: SOL_SOCKET, name: SO_REUSEPORT, value: 1)
        }
    }

    /// Makes the close of a connection drop what is unsent and reset the peer (SO_LINGER 0).
    /// - Throws: `Errno` of setsockopt(2).
    package static func resetOnClose(_ descriptor: borrowing FileDescriptor) throws(Errno) {
        try Syscall.setLinger(descriptor.rawValue, seconds: 0)
    }
}
