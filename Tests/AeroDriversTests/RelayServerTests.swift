// The relay as its clients see it.

import AeroDrivers
import AeroIO
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct RelayServerTests {
    private static func decode(_ bytes: [UInt8]) -> RelayHello? {
        bytes.withUnsafeBytes { RelayHello(decoding: $0) }
    }

    @Test func hellosAreReadAsTheyAreWritten() {
        for role in [RelayHello.Role.producer, .consumer, .echo] {
            for channel in [0, 1, 0x0102_0304, UInt32.max] {
                let hello = RelayHello(role: role, channel: channel)
                #expect(hello.bytes.count == RelayHello.byteCount)
                #expect(Self.decode(hello.bytes) == hello)
            }
        }
        #expect(
            RelayHello(role: .consumer, channel: 0x0102_0304).bytes
                == Array("AERELAY1".utf8) + [1, 0, 0, 0, 1, 2, 3, 4])
    }

    /// A flipped bit makes another channel or role, or no hello at all; it never traps.
    @Test func damagedHellosAreNotHellos() {
        let bytes = RelayHello(role: .producer, channel: 7).bytes
        for count in 0..<bytes.count { #expect(Self.decode(Array(bytes[..<count])) == nil) }
        #expect(Self.decode(bytes + [0]) == nil)
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let hello = Self.decode(damaged)
            let isElsewhere = bit / 8 >= 12 || bit / 8 == 8 && damaged[8] <= 2
            #expect((hello != nil) == isElsewhere, "bit \(bit)")
        }
    }

    private static func withServer(_ body: (RelayServer) throws -> Void) throws {
        let (server, acceptor) = try RelayServer.start(.loopback(port: 0))
        defer {
            server.stop()
            acceptor.join()
        }
        try body(server)
    }

    private static func connect(
        _ server: RelayServer, _ role: RelayHello.Role, channel: UInt32
    ) throws -> BlockingSocket {
        let socket = try BlockingSocket(TCPConnection.connect(to: server.address))
        try socket.write(RelayHello(role: role, channel: channel).bytes)
        #expect(try socket.read(byteCount: 1) == [RelayHello.answer])
        return socket
    }

    @Test func eachConsumerOfAChannelGetsItsProducersBytes() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        let bytes = (0..<700_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        try Self.withServer { server in
            let consumers = try (0..<3).map { _ in
                try Self.connect(server, .consumer, channel: 4)
            }
            let stranger = try Self.connect(server, .consumer, channel: 5)
            let producer = try Self.connect(server, .producer, channel: 4)
            let other = try Self.connect(server, .producer, channel: 5)
            let writer = try SystemThread.start(name: "writer") {
                do throws(Errno) { try producer.write(bytes) } catch {
                    Issue.record("write: \(error)")
                }
            }
            // All are read at once: the relay writes to one after the other.
            let readers = try consumers.map { consumer in
                try SystemThread.start(name: "reader") {
                    do throws(Errno) {
                        #expect(try consumer.read(byteCount: bytes.count) == bytes, "seed \(seed)")
                    } catch {
                        Issue.record("read: \(error)")
                    }
                }
            }
            for thread in readers + [writer] { thread.join() }
            try other.write([9])
            #expect(try stranger.read(byteCount: 1) == [9])
        }
    }

    @Test func anEchoComesBackToItsSender() throws {
        try Self.withServer { server in
            let clients = try (0..<3).map { _ in try Self.connect(server, .echo, channel: 1) }
            for (index, client) in clients.enumerated() { try client.write([1, 2, UInt8(index)]) }
            for (index, client) in clients.enumerated() {
                #expect(try client.read(byteCount: 3) == [1, 2, UInt8(index)])
            }
        }
    }

    @Test func whoeverSaysSomethingElseIsHungUpOn() throws {
        try Self.withServer { server in
            let stranger = try BlockingSocket(TCPConnection.connect(to: server.address))
            try stranger.write(Array("GET / HTTP/1.1\r\n".utf8))
            #expect(try stranger.read(byteCount: 1).isEmpty)
            // And the next one is served.
            let client = try Self.connect(server, .echo, channel: 1)
            try client.write([5])
            #expect(try client.read(byteCount: 1) == [5])
        }
    }
}
