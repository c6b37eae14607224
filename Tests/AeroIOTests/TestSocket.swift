// The far end of a connection, driven by hand with blocking calls.

import AeroIO
import Glibc
import Testing

/// A connected socket; closed when it goes away.
///
/// SAFETY: a number; tests use one socket from one thread at a time.
final class TestSocket: @unchecked Sendable {
    private(set) var descriptor: Int32

    init(owning descriptor: Int32) {
        self.descriptor = descriptor
        // A test that would hang fails instead.
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        let length = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, length)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, length)
    }

    deinit { close() }

    /// Connects, blocking.
    static func connect(
        to address: SocketAddress, receiveBufferByteCount: Int32? = nil
    ) throws -> TestSocket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0)
        if var value = receiveBufferByteCount {
            setsockopt(
                descriptor, SOL_SOCKET, SO_RCVBUF, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = address.port.bigEndian
        target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0, "connect: errno \(errno)")
        return TestSocket(owning: descriptor)
    }

    /// A socket with a loopback port of its own, on which it doesn't listen.
    static func bound() -> FileDescriptor {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(status == 0, "loopback has a free port")
        return FileDescriptor(owning: descriptor)
    }

    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Closes with a reset instead of an end of stream.
    func reset() {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func shutdownWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    func write(_ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                let rest = $0.dropped(done)
                return Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            try #require(count > 0, "send: errno \(errno)")
            done += count
        }
    }

    /// What can be written without blocking, of `bytes` from `offset` on.
    func tryWrite(_ bytes: [UInt8], from offset: Int) -> Int {
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        let count = bytes.withUnsafeBytes {
            let rest = $0.dropped(offset)
            return Glibc.send(descriptor, rest.baseAddress, rest.count, flags)
        }
        return max(0, count)
    }

    /// Up to `limit` bytes that are there now; nil at the end of the stream.
    func tryRead(limit: Int) throws -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &chunk, limit, Int32(MSG_DONTWAIT))
        if count < 0 {
            try #require(errno == EAGAIN, "recv: errno \(errno)")
            return []
        }
        return count == 0 ? nil : Array(chunk[..<count])
    }

    /// Exactly `count` bytes.
    func read(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var chunk = [UInt8](repeating: 0, count: count - bytes.count)
            let got = recv(descriptor, &chunk, chunk.count, 0)
            try #require(got > 0, "recv: \(got), errno \(errno)")
            bytes += chunk[..<got]
        }
        return bytes
    }

    /// True when the stream ends here.
    func isAtEnd() -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, 0) == 0
    }
}

/// A connected pair: one end for a poller, one to drive by hand.
func makeSocketPair(
    sendBuffer: Int32? = nil, receiveBuffer: Int32? = nil, peerReceiveBuffer: Int32? = nil
) throws -> (near: Int32, far: TestSocket) {
    // Every descriptor is close-on-exec from the start: other tests start processes meanwhile, and
    // a copy in one of those would keep a connection open.
    var listening = TCPListener.listenerOptions
    listening.receiveBufferByteCount = peerReceiveBuffer
    let listener = try TCPListener.bind(.loopback(port: 0), options: listening)
    let address = listener.localAddress
    var acceptor = try EpollPoller()
    try acceptor.addListener(listener.take(), token: Token(index: 0, generation: 0))
    var connecting = SocketOptions()
    connecting.sendBufferByteCount = sendBuffer
    connecting.receiveBufferByteCount = receiveBuffer
    let near = try TCPConnection.connect(to: address, options: connecting)
    while true {
        try acceptor.wait(timeoutNanoseconds: -1)
        guard case .accepted(_, let accepted) = acceptor.next() else { continue }
        try #require(fcntl(accepted, F_SETFL, 0) == 0)
        return (near.release(), TestSocket(owning: accepted))
    }
}

extension UnsafeRawBufferPointer {
    /// All but the first `count` bytes.
    func dropped(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[count...])
    }

    /// Some of the bytes, as a vector of a send.
    func vector(from start: Int, count: Int) -> iovec {
        let part = UnsafeRawBufferPointer(rebasing: self[start..<start + count])
        return iovec(iov_base: UnsafeMutableRawPointer(mutating: part.baseAddress), iov_len: count)
    }
}

/// Content that tells its position: any shift, loss or repetition shows.
func pattern(_ count: Int, stream: UInt64 = 0) -> [UInt8] {
    Array(unsafeUninitializedCapacity: count) { buffer, initializedCount in
        var state = stream &* 0x9E37_79B9_7F4A_7C15 | 1
        var index = 0
        while index < count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            buffer[index] = UInt8(truncatingIfNeeded: state >> 56)
            index += 1
        }
        initializedCount = count
    }
}
