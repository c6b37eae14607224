// Addresses as text and as the kernel has them.

import AeroIO
import Testing

@Suite struct SocketAddressTests {
    @Test(arguments: [
        "127.0.0.1:9000", "0.0.0.0:0", "255.1.2.3:65535", "[::1]:80", "[2001:db8::1]:9092",
    ])
    func readsWhatItWrites(_ text: String) throws {
        #expect(try SocketAddress(parsing: text).description == text)
    }

    @Test func knowsShortForms() throws {
        #expect(try SocketAddress(parsing: "localhost:7") == .loopback(port: 7))
        #expect(try SocketAddress(parsing: ":7") == .anyInterface(port: 7))
        #expect(try SocketAddress.resolving("localhost:7") == .loopback(port: 7))
        #expect(try SocketAddress.resolving("[::1]:7").family == .ipv6)
    }

    @Test func saysWhatIsWrong() {
        let cases: [(String, SocketAddressError)] = [
            ("", .missingPort("")), ("localhost", .missingPort("localhost")),
            ("::1:80", .missingPort("::1:80")), ("localhost:", .invalidPort("")),
            ("localhost:65536", .invalidPort("65536")), ("localhost:-1", .invalidPort("-1")),
            ("localhost:+1", .invalidPort("+1")), ("256.0.0.1:1", .unknownHost("256.0.0.1")),
            ("broker.example:1", .unknownHost("broker.example")),
        ]
        for (text, error) in cases {
            #expect(throws: error, "\(text)") { try SocketAddress(parsing: text) }
        }
    }

    @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
    func survivesTheKernel(_ text: String) throws {
        let listener: TCPListener
        do { listener = try TCPListener.bind(try SocketAddress(parsing: text)) } catch {
            // A machine may be without IPv6.
            #expect(text.hasPrefix("["))
            return
        }
        let address = listener.localAddress
        #expect(address.port != 0)
        #expect(address.description.hasPrefix(text.dropLast(1)))
        let connection = try TCPConnection.connect(to: address)
        #expect(try TCPConnection.peerAddress(of: connection) == address)
        #expect(try TCPConnection.localAddress(of: connection).family == address.family)
    }

    @Test func refusesAnAddressInUse() throws {
        let first = try TCPListener.bind(.loopback(port: 0))
        let address = first.localAddress
        #expect(throws: Errno.addressInUse) { _ = try TCPListener.bind(address) }
        _ = consume first
    }

    @Test(arguments: [
        ("127.0.0.1:1", true), ("127.9.9.9:1", true), ("128.0.0.1:1", false),
        ("0.0.0.0:1", false), ("10.0.0.127:1", false), ("[::1]:1", true), ("[::2]:1", false),
        ("[::ffff:127.0.0.1]:1", true), ("[::ffff:10.0.0.1]:1", false), ("[fe80::1]:1", false),
    ])
    func loopbackStaysOnTheMachine(text: String, isLoopback: Bool) throws {
        #expect(try SocketAddress(parsing: text).isLoopback == isLoopback)
    }

    @Test func isSmall() { #expect(MemoryLayout<SocketAddress>.size <= 28) }
}
