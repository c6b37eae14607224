// The relay that keeps what it forwards.

import AeroDrivers
import AeroIO
import FaultSupport
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct RelayStorageTests {
    private static func connect(
        _ server: RelayServer, _ role: RelayHello.Role, channel: UInt32
    ) throws -> BlockingSocket {
        let socket = try BlockingSocket(TCPConnection.connect(to: server.address))
        try socket.write(RelayHello(role: role, channel: channel).bytes)
        #expect(try socket.read(byteCount: 1) == [RelayHello.answer])
        return socket
    }

    private static func withServer(
        _ disk: SimulatedDisk, fileByteCountMax: Int = 1 << 30,
        _ body: (RelayServer) throws -> Void
    ) throws {
        let storage = RelayStorage(
            directory: "/", disk: disk, fileByteCountMax: fileByteCountMax)
        let (server, acceptor) = try RelayServer.start(.loopback(port: 0), storage: storage)
        defer {
            server.stop()
            acceptor.join()
        }
        try body(server)
    }

    @Test func whatIsForwardedWasAppendedBefore() throws {
        let disk = SimulatedDisk()
        try Self.withServer(disk) { server in
            let consumer = try Self.connect(server, .consumer, channel: 1)
            let producers = try (0..<2).map { _ in
                try Self.connect(server, .producer, channel: 1)
            }
            var byteCount = 0
            for round in 1...20 {
                let bytes = [UInt8](repeating: UInt8(round), count: round * 100)
                try producers[round % 2].write(bytes)
                #expect(try consumer.read(byteCount: bytes.count) == bytes)
                byteCount += bytes.count
                #expect(disk.usedByteCount == byteCount)
            }
            // Files have no names, and nobody waits for a disk.
            #expect(try disk.entries(of: "/").isEmpty)
            #expect(disk.operationCount(of: .synchronize) == 0)
            #expect(server.storageFailure == nil)
        }
    }

    @Test func filesStartAgainAtTheirBound() throws {
        let disk = SimulatedDisk()
        try Self.withServer(disk, fileByteCountMax: 300 << 10) { server in
            let consumer = try Self.connect(server, .consumer, channel: 1)
            let producer = try Self.connect(server, .producer, channel: 1)
            for round in 1...40 {
                let bytes = [UInt8](repeating: UInt8(round), count: 50_000)
                try producer.write(bytes)
                #expect(try consumer.read(byteCount: bytes.count) == bytes)
                #expect(disk.usedByteCount <= 300 << 10)
            }
            #expect(disk.operationCount(of: .truncate) >= 6)
        }
    }

    @Test func aFullDiskEndsTheConnectionAndIsTold() throws {
        let disk = SimulatedDisk()
        disk.capacityByteCount = 1_000
        try Self.withServer(disk) { server in
            let consumer = try Self.connect(server, .consumer, channel: 1)
            let producer = try Self.connect(server, .producer, channel: 1)
            try producer.write([UInt8](repeating: 7, count: 900))
            #expect(try consumer.read(byteCount: 900).count == 900)
            try producer.write([UInt8](repeating: 8, count: 900))
            #expect(try producer.read(byteCount: 1).isEmpty)
            #expect(server.storageFailure == .noSpace)
        }
    }
}
