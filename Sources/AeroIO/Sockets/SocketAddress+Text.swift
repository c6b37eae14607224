// Socket addresses as text: "127.0.0.1:9000", "[::1]:9000", "localhost:9000".

import Glibc

/// Why a text is no address.
package enum SocketAddressError: Error, Equatable {
    /// There is no `:port` at the end, or an IPv6 address stands without its brackets.
    case missingPort(String)
    /// The port is no number from 0 to 65535.
    case invalidPort(String)
    /// The host is neither an address nor a name that resolves.
    case unknownHost(String)
}

extension SocketAddress {
    /// Reads `HOST:PORT` where HOST is an IPv4 address, an IPv6 address in brackets or
    /// `localhost`; an empty host means every interface. Makes no system call.
    /// - Throws: `SocketAddressError`; `.unknownHost` for any other name.
    package init(parsing text: String) throws(SocketAddressError) {
        let (host, port) = try Self.split(text)
        switch host {
        case "": self = .anyInterface(port: port)
        case "localhost": self = .loopback(port: port)
        default:
            guard let address = Self.numeric(host, port: port) else {
                throw .unknownHost(host)
            }
            self = address
        }
    }

    /// Like `init(parsing:)`, and asks the system's resolver about other names. May block.
    /// - Throws: `SocketAddressError`.
    package static func resolving(_ text: String) throws(SocketAddressError) -> SocketAddress {
        do { return try SocketAddress(parsing: text) } catch {
            guard case .unknownHost(let host) = error else { throw error }
            let (_, port) = try split(text)
            guard let address = lookUp(host, port: port) else { throw error }
            return address
        }
    }

    private static func split(
        _ text: String
    ) throws(SocketAddressError) -> (host: String, port: UInt16) {
        guard let colon = text.lastIndex(of: ":") else { throw .missingPort(text) }
        var host = text[..<colon]
        let portText = text[text.index(after: colon)...]
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .missingPort(text)
        }
        let isNumber = !portText.isEmpty && portText.allSatisfy { $0.isASCII && $0.isNumber }
        guard isNumber, let port = UInt16(portText) else { throw .invalidPort(String(portText)) }
        return (String(host), port)
    }

    private static func numeric(_ host: String, port: UInt16) -> SocketAddress? {
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 {
            return SocketAddress(ipv4Word: four.s_addr.bigEndian, port: port)
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, host, &six) == 1 else { return nil }
        return SocketAddress(six, scope: 0, port: port)
    }

    private static func lookUp(_ host: String, port: UInt16) -> SocketAddress? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &first) == 0, let first else { return nil }
        defer { freeaddrinfo(first) }
        var entry: UnsafeMutablePointer<addrinfo>? = first
        // BOUND: the resolver's list ends.
        while let current = entry {
            if let found = read(current.pointee) {
                var address = found
                address.port = port
                return address
            }
            entry = current.pointee.ai_next
        }
        return nil
    }

    private static func read(_ info: addrinfo) -> SocketAddress? {
        guard let source = info.ai_addr else { return nil }
        var storage = sockaddr_storage()
        let length = min(Int(info.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
        // SAFETY: no more is copied than the storage holds.
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: source, count: length))
        }
        return SocketAddress(storage)
    }
}

extension SocketAddress: CustomStringConvertible {
    /// `127.0.0.1:9000` or `[::1]:9000`; `init(parsing:)` reads it back.
    package var description: String {
        family == .ipv4 ? "\(host):\(port)" : "[\(host)]:\(port)"
    }

    /// The address without its port: `127.0.0.1` or `::1`.
    package var host: String {
        switch family {
        case .ipv4:
            let bytes = (0..<4).map { String(UInt8(truncatingIfNeeded: low >> (24 - 8 * $0))) }
            return bytes.joined(separator: ".")
        case .ipv6:
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            var words = (high.bigEndian, low.bigEndian)
            let written = inet_ntop(AF_INET6, &words, &text, socklen_t(text.count))
            precondition(written != nil, "an IPv6 address always fits its text")
            let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
