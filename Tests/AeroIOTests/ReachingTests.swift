// Whether anybody takes connections at an address.

import AeroIO
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReachingTests {
    @Test func aListenerIsReached() throws {
        let listener = try TCPListener.bind(.loopback(port: 0))
        try TCPConnection.reach(listener.localAddress, withinNanoseconds: 10_000_000_000)
    }

    /// The kernel may say so at once or a moment later.
    @Test func nobodyIsNotReached() throws {
        let address = try TCPListener.bind(.loopback(port: 0)).localAddress
        for _ in 0..<100 {
            #expect(throws: Errno.connectionRefused) {
                try TCPConnection.reach(address, withinNanoseconds: 10_000_000_000)
            }
        }
    }
}
