// The proxy between a client and an echo, over real sockets.

import AeroIO
import Testing

@testable import AeroDrivers

@Suite(.timeLimit(.minutes(5)))
struct SlowProxyTests {
    /// Sends through a proxy in front of an echoing relay and takes what comes back.
    private func exchange(_ bytes: [UInt8], _ settings: ProxySettings) throws -> [UInt8] {
        let relay = try RelayServer.start(.loopback(port: 0))
        let running = try SlowProxy.start(
            .loopback(port: 0), to: relay.server.address, settings)
        let client = try BlockingSocket(try TCPConnection.connect(to: running.proxy.address))
        try client.write(RelayHello(role: .echo, channel: 0).bytes)
        #expect(try client.read(byteCount: 1) == [RelayHello.answer])
        try client.write(bytes)
        let answer = try client.read(byteCount: bytes.count)
        client.shutDown()
        running.proxy.stop()
        running.acceptor.join()
        relay.server.stop()
        relay.acceptor.join()
        return answer
    }

    @Test func bytesPassUnchanged() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let hold = HoldSchedule(
            lengthNanoseconds: 200_000, periodNanoseconds: 1_000_000, isRandom: true)
        #expect(try exchange(bytes, ProxySettings(holds: [hold])) == bytes)
        #expect(try exchange(bytes, ProxySettings(bytesPerSecondMax: 10_000_000)) == bytes)
    }

    /// Something is always held, and goes through at the end of a hold: two answers, of which the
    /// second is asked for after the first, are one hold apart.
    @Test func whatIsHeldWaitsForTheEnd() throws {
        let hold = HoldSchedule(
            lengthNanoseconds: 400_000_000, periodNanoseconds: 400_000_001, isRandom: false)
        let start = MonotonicClock.nowNanoseconds()
        _ = try exchange([1], ProxySettings(holds: [hold]))
        #expect(MonotonicClock.nowNanoseconds() - start >= 400_000_000)
    }
}
