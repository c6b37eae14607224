// What every poller must do: transfer of bytes.

import AeroIO
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PollerConformanceTests {
    static let token = Token(index: 3, generation: 7)

    @Test(arguments: PollerUnderTest.real)
    func echoesWithoutSuperfluousSystemCalls(_ kind: PollerUnderTest) throws {
        let rounds = 200
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection()
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        try harness.turn(timeoutNanoseconds: 0)
        let before = harness.poller.statistics
        let reply = pattern(100)
        for round in 1...rounds {
            try far.write(reply)
            try harness.turn(until: "received") { $0.byteCount(Self.token) == round * 100 }
            reply.withUnsafeBytes { harness.poller.send(Self.token, $0) }
            try harness.turn(until: "sent") { $0.log.last == .sent(Self.token, 100) }
            #expect(try far.read(100) == reply)
        }
        let after = harness.poller.statistics
        #expect(after.receiveCount - before.receiveCount == UInt64(rounds))
        #expect(after.sendCount - before.sendCount == UInt64(rounds))
        #expect(after.wouldBlockCount == before.wouldBlockCount)
        // Each send was made at once, and so was its report.
        #expect(after.waitCount - before.waitCount == UInt64(rounds))
        try harness.close(Self.token)
    }

    @Test(arguments: PollerUnderTest.usable, [1, 2, 17, 1024])
    func gathersManyVectors(_ kind: PollerUnderTest, _ vectorCount: Int) throws {
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection()
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        let content = pattern(vectorCount * 5)
        try content.withUnsafeBytes { bytes in
            let vectors = (0..<vectorCount).map { bytes.vector(from: $0 * 5, count: 5) }
            harness.poller.send(Self.token, vectors)
            try harness.turn(until: "sent") { $0.log.last == .sent(Self.token, content.count) }
        }
        #expect(try far.read(content.count) == content)
    }

    @Test(arguments: PollerUnderTest.usable)
    func sendsToASlowPeerThroughTinyBuffers(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection(sendBuffer: 4096, peerReceiveBuffer: 4096)
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        let content = pattern(300_000)
        var offset = 0
        var arrived: [UInt8] = []
        try content.withUnsafeBytes { bytes in
            harness.poller.send(Self.token, bytes)
            var seen = 0
            let deadline = MonotonicClock.nowNanoseconds() + 30_000_000_000
            while arrived.count < content.count {
                try #require(MonotonicClock.nowNanoseconds() < deadline)
                arrived += try #require(try far.tryRead(limit: 1500))
                try harness.turn(timeoutNanoseconds: 100_000)
                for event in harness.log.dropFirst(seen) {
                    guard case .sent(_, let count) = event else { continue }
                    offset += count
                    if offset < content.count {
                        harness.poller.send(
                            Self.token, UnsafeRawBufferPointer(rebasing: bytes[offset...]))
                    }
                }
                seen = harness.log.count
            }
            try harness.turn(until: "the last sent") {
                $0.log.count > seen || offset == content.count
            }
        }
        #expect(arrived == content)
    }

    @Test(arguments: PollerUnderTest.usable)
    func receivesByteByByte(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection()
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        let content = pattern(300)
        for index in content.indices {
            try far.write([content[index]])
            try harness.turn(until: "the byte") { $0.byteCount(Self.token) == index + 1 }
        }
        #expect(harness.bytes[Self.token] == content)
    }

    /// Receives that fill their room, and a ring that runs out of buffers.
    @Test(arguments: PollerUnderTest.usable)
    func receivesMoreThanItsBuffersHold(_ kind: PollerUnderTest) throws {
        var configuration = PollerConfiguration()
        configuration.receiveByteCount = 1000
        configuration.ringBufferByteCount = 1000
        configuration.ringBufferCount = 4
        var harness = try PollerHarness(kind, configuration)
        let (near, far) = try harness.makeConnection()
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        let content = pattern(2_000_000)
        var written = 0
        while harness.byteCount(Self.token) < content.count {
            if written < content.count { written += far.tryWrite(content, from: written) }
            try harness.turn(timeoutNanoseconds: 1_000_000)
        }
        #expect(harness.bytes[Self.token] == content)
        far.close()
        try harness.turn(until: "end") { $0.log.last == .endOfStream(Self.token) }
    }

    @Test(arguments: PollerUnderTest.usable)
    func keepsLargeTransfersInBothDirectionsWhole(_ kind: PollerUnderTest) throws {
        let seed = TestSeed.current
        var generator = SplitMix64(seed: seed)
        var transfer = try DuplexTransfer(kind, byteCount: 12 << 20)
        try transfer.run(&generator)
        #expect(transfer.mismatch == nil, "seed \(seed)")
    }

    @Test(arguments: PollerUnderTest.usable)
    func servesAThousandConnections(_ kind: PollerUnderTest) throws {
        try raiseDescriptorLimit(to: 4096)
        let count = 1000
        var harness = try PollerHarness(kind)
        let (listener, address) = try harness.listen(backlog: 2048)
        let listenerToken = Token(index: 0, generation: 1)
        try harness.poller.addListener(FileDescriptor(owning: listener), token: listenerToken)
        var peers: [any FarEnd] = []
        for _ in 0..<count {
            peers.append(try harness.connectFarEnd(to: address))
            if peers.count % 100 == 0 { try harness.turn(timeoutNanoseconds: 0) }
        }
        try harness.turn(until: "all accepted") { $0.accepted.count == count }
        let tokens = (1...count).map { Token(index: UInt32($0), generation: 5) }
        for token in tokens {
            let descriptor = FileDescriptor(owning: harness.accepted.removeFirst())
            try harness.poller.addConnection(descriptor, token: token)
        }
        for (index, peer) in peers.enumerated() {
            try peer.write(pattern(16, stream: UInt64(index)))
        }
        try harness.turn(until: "all received") { harness in
            tokens.allSatisfy { harness.byteCount($0) == 16 }
        }
        // Each gets back what came from it, whoever was accepted in which order.
        let replies = tokens.map { harness.bytes[$0] ?? [] }
        let before = harness.log.count
        for (token, reply) in zip(tokens, replies) {
            reply.withUnsafeBytes { harness.poller.send(token, $0) }
        }
        try withExtendedLifetime(replies) {
            try harness.turn(until: "all sent") { $0.log.count - before >= count }
        }
        for (index, peer) in peers.enumerated() {
            #expect(try peer.read(16) == pattern(16, stream: UInt64(index)))
        }
        for token in tokens { harness.poller.close(token) }
        try harness.turn(until: "all closed") { harness in
            tokens.allSatisfy { harness.closed.contains($0) }
        }
    }

    /// Raises this process's soft limit; never lowers it, since tests run side by side.
    func raiseDescriptorLimit(to count: UInt) throws {
        var limit = rlimit()
        try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        guard limit.rlim_cur < count else { return }
        limit.rlim_cur = min(count, limit.rlim_max)
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        try #require(limit.rlim_cur >= count, "the hard limit of descriptors is too low")
    }
}
