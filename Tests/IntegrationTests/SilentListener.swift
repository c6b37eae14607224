// A target that takes connections and never says a word.

import Glibc
import Testing

/// Listens on a free port of the loopback address. The kernel completes every connection; nobody
/// takes one up.
final class SilentListener {
    let port: UInt16
    var address: String { "127.0.0.1:\(port)" }
    private let descriptor: Int32
    private var accepted: Int32 = -1

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                guard bind(descriptor, raw, length) == 0, listen(descriptor, 64) == 0 else {
                    return errno
                }
                return getsockname(descriptor, raw, &length) == 0 ? 0 : errno
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        try #require(status == 0, "listen: \(String(cString: strerror(status)))")
    }

    deinit {
        if accepted >= 0 { close(accepted) }
        close(descriptor)
    }

    /// Waits until somebody has connected.
    func awaitConnection() throws {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try #require(poll(&watched, 1, 20_000) == 1, "nobody connects")
        accepted = accept(descriptor, nil, nil)
    }
}
