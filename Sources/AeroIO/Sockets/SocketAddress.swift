// An Internet address with a port, as the kernel and people write it.

import Glibc

/// An IPv4 or IPv6 address and a TCP port. A value of 24 bytes without heap storage.
package struct SocketAddress: Hashable, Sendable {
    /// Which of the two families.
    package enum Family: Hashable, Sendable { case ipv4, ipv6 }

    /// The family.
    package let family: Family
    /// The TCP port, 0 where the kernel shall choose.
    package var port: UInt16
    /// The address bytes as two big-endian words; an IPv4 address is the low half of `low`.
    let high: UInt64
    let low: UInt64
    /// The interface index of a link-local IPv6 address, else 0.
    let scope: UInt32

    /// An IPv4 address from its four bytes.
    package init(ipv4 a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, port: UInt16) {
        let word = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
        self.init(ipv4Word: word, port: port)
    }

    init(ipv4Word word: UInt32, port: UInt16) {
        family = .ipv4
        self.port = port
        high = 0
        low = UInt64(word)
        scope = 0
    }

    init(_ address: in6_addr, scope: UInt32, port: UInt16) {
        family = .ipv6
        self.port = port
        // SAFETY: in6_addr is sixteen bytes in network order.
        (high, low) = withUnsafeBytes(of: address) { bytes in
            (
                bytes.loadUnaligned(as: UInt64.self).bigEndian,
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian
            )
        }
        self.scope = scope
    }

    /// 127.0.0.1 with `port`.
    package static func loopback(port: UInt16) -> SocketAddress {
        SocketAddress(ipv4: 127, 0, 0, 1, port: port)
    }

    /// Whether it reaches nobody but this machine: 127.0.0.0/8, also as mapped to IPv6, or ::1.
    package var isLoopback: Bool {
        switch family {
        case .ipv4: low >> 24 == 127
        case .ipv6: high == 0 && (low == 1 || low >> 32 == 0xFFFF && low >> 24 & 0xFF == 127)
        }
    }

    /// 0.0.0.0 with `port`: every IPv4 interface.
    package static func anyInterface(port: UInt16) -> SocketAddress {
        SocketAddress(ipv4: 0, 0, 0, 0, port: port)
    }

    /// AF_INET or AF_INET6.
    var kernelFamily: Int32 { family == .ipv4 ? AF_INET : AF_INET6 }
}

extension SocketAddress {
    /// Reads what the kernel wrote; nil for other families.
    init?(_ storage: sockaddr_storage) {
        let family = Int32(storage.ss_family)
        // SAFETY: ss_family says which of the two structures the storage holds.
        let address = withUnsafeBytes(of: storage) { bytes -> SocketAddress? in
            switch family {
            case AF_INET:
                let view = bytes.loadUnaligned(as: sockaddr_in.self)
                return SocketAddress(
                    ipv4Word: view.sin_addr.s_addr.bigEndian, port: view.sin_port.bigEndian)
            case AF_INET6:
                let view = bytes.loadUnaligned(as: sockaddr_in6.self)
                return SocketAddress(
                    view.sin6_addr, scope: view.sin6_scope_id, port: view.sin6_port.bigEndian)
            default:
                return nil
            }
        }
        guard let address else { return nil }
        self = address
    }

    /// Lends the address in the form the kernel reads.
    func withSocketAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        switch family {
        case .ipv4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(truncatingIfNeeded: low).bigEndian
            return Self.lend(&address, body)
        case .ipv6:
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_scope_id = scope
            // SAFETY: in6_addr is sixteen bytes in network order.
            withUnsafeMutableBytes(of: &address.sin6_addr) { bytes in
                bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
                bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return Self.lend(&address, body)
        }
    }

    private static func lend<Kernel, R>(
        _ address: inout Kernel, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R
    ) -> R {
        // SAFETY: both structures begin with the fields of sockaddr; the length tells which it is.
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { view in
                body(view, socklen_t(MemoryLayout<Kernel>.size))
            }
        }
    }
}
