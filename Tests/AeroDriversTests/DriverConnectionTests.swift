// Targets that are not there, say nothing, or are something else: an error that names the cause.

import AeroDrivers
import AeroIO
import AeroLoad
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct DriverConnectionTests {
    /// The drivers that connect somewhere.
    enum Remote: CaseIterable {
        case aeromq, relay, echo

        /// A run against `address` must not begin.
        ///
        /// - Returns: Why not.
        func refusal(_ address: SocketAddress) throws -> DriverError {
            let limit: Int64 = 300_000_000
            let driver: any LoadDriver =
                switch self {
                case .aeromq: AeroMQDriver(address: address, connectNanoseconds: limit)
                case .relay:
                    RelayDriver(address: address, mode: .relay, connectNanoseconds: limit)
                case .echo: RelayDriver(address: address, mode: .echo, connectNanoseconds: limit)
                }
            let plan = try DriverScenario.all[0].makePlan()
            do throws(LoadRunError) {
                _ = try LoadRun(plan, driver: driver).run(
                    isInterrupted: { false }, progress: { _, _ in })
            } catch {
                guard case .driver(let refusal) = error else { throw error }
                return refusal
            }
            throw DriverError("fail", "the run began")
        }
    }

    private static func expect(
        _ error: DriverError, names address: SocketAddress, because words: String
    ) {
        #expect(error.action.hasPrefix("connect to"), "\(error)")
        #expect(error.action.contains("\(address)"), "\(error)")
        #expect(error.cause.contains(words), "\(error)")
    }

    @Test(arguments: Remote.allCases) func aRefusedConnection(remote: Remote) throws {
        let address = try ScriptedServer.refusingAddress()
        Self.expect(try remote.refusal(address), names: address, because: "refused")
    }

    @Test(arguments: [
        (Remote.aeromq, "connecting took too long"), (.relay, "no answer within 300 ms"),
        (.echo, "no answer within 300 ms"),
    ])
    func aSilentListener(remote: Remote, words: String) throws {
        try ScriptedServer.run { (socket) throws(Errno) in
            _ = try socket.read(byteCount: 1 << 20)
        } _: { server in
            Self.expect(
                try remote.refusal(server.address), names: server.address, because: words)
        }
    }

    @Test(arguments: [
        (Remote.aeromq, "is this an AeroMQ broker?"), (.relay, "no relay"), (.echo, "no relay"),
    ])
    func aServerOfAnotherKind(remote: Remote, words: String) throws {
        try ScriptedServer.run { (socket) throws(Errno) in
            try socket.write(Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".utf8))
            _ = try socket.read(byteCount: 1 << 20)
        } _: { server in
            Self.expect(
                try remote.refusal(server.address), names: server.address, because: words)
        }
    }

    @Test(arguments: Remote.allCases) func aServerThatHangsUp(remote: Remote) throws {
        try ScriptedServer.run { (socket) throws(Errno) in
            _ = try socket.read(byteCount: 1)
        } _: { server in
            let error = try remote.refusal(server.address)
            #expect(error.action.contains("\(server.address)"), "\(error)")
            // Bytes that nobody read may turn the end of the stream into a reset.
            #expect(
                error.cause.contains("closed") || error.cause.contains("reset"), "\(error)")
        }
    }

    /// A push for a subscription that was never made, in front of everything else.
    @Test func messagesThatNobodyAskedFor() throws {
        try ScriptedServer.run { (socket) throws(Errno) in
            _ = try socket.read(byteCount: 1)
            let subscription: [UInt8] = [0, 0, 0, 9, 0, 0, 0, 7]
            try socket.write([0, 0, 0, 18, 0, 16] + subscription + [0, 0, 0, 0, 0, 0, 0, 1])
            _ = try socket.read(byteCount: 1 << 20)
        } _: { server in
            Self.expect(
                try Remote.aeromq.refusal(server.address), names: server.address,
                because: "nobody subscribed")
        }
    }
}
