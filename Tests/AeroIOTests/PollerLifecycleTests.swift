// What every poller must do: connections that begin, end, fail and stall.

import AeroIO
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PollerLifecycleTests {
    static let token = Token(index: 1, generation: 1)

    @Test(arguments: PollerUnderTest.usable)
    func reportsAResetAfterTheBytesBeforeIt(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection()
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        try far.write([1, 2, 3])
        try harness.turn(until: "bytes") { $0.byteCount(Self.token) == 3 }
        far.reset()
        try harness.turn(until: "failed") { $0.log.last == .failed(Self.token, .connectionReset) }
        // Dead: a send is taken and never reported, nor is anything else.
        let content = pattern(10)
        try content.withUnsafeBytes { bytes in
            harness.poller.send(Self.token, bytes)
            for _ in 0..<3 { try harness.turn(timeoutNanoseconds: 1_000_000) }
            #expect(harness.log.last == .failed(Self.token, .connectionReset))
            try harness.close(Self.token)
        }
    }

    @Test(arguments: PollerUnderTest.usable)
    func reportsTheFailureOfASendToAPeerThatWent(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection(sendBuffer: 4096, peerReceiveBuffer: 4096)
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        try far.write(pattern(100))
        let content = pattern(1_000_000)
        try content.withUnsafeBytes { bytes in
            harness.poller.send(Self.token, bytes)
            try harness.turn(timeoutNanoseconds: 1_000_000)
            far.reset()
            var offset = 0
            var seen = 0
            // Whoever completes partial sends goes on until the failure.
            while harness.log.allSatisfy({ !$0.isFailure }) {
                try harness.turn()
                for event in harness.log.dropFirst(seen) {
                    guard case .sent(_, let count) = event else { continue }
                    offset += count
                    harness.poller.send(
                        Self.token, UnsafeRawBufferPointer(rebasing: bytes[offset...]))
                }
                seen = harness.log.count
            }
            #expect(harness.bytes[Self.token] == pattern(100))
            #expect(harness.log.last?.isFailure == true)
            try harness.close(Self.token)
        }
    }

    @Test(arguments: PollerUnderTest.usable)
    func canSendAfterThePeersEnd(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection()
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        try far.write([1, 2, 3])
        far.shutdownWriting()
        try harness.turn(until: "end") { $0.log.contains(.endOfStream(Self.token)) }
        #expect(harness.bytes[Self.token] == [1, 2, 3])
        let content = pattern(1000)
        try content.withUnsafeBytes { bytes in
            harness.poller.send(Self.token, bytes)
            try harness.turn(until: "sent") { $0.log.last == .sent(Self.token, 1000) }
        }
        #expect(try far.read(1000) == content)
        try harness.close(Self.token)
        #expect(far.isAtEnd())
        #expect(harness.log.filter { $0 == .endOfStream(Self.token) }.count == 1)
    }

    @Test(arguments: PollerUnderTest.usable)
    func sendsItsEndAfterTheSendInFlight(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection(sendBuffer: 4096, peerReceiveBuffer: 4096)
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        // What fits the socket is partial for epoll; either way the end must come after it.
        let content = pattern(100_000)
        var arrived: [UInt8] = []
        try content.withUnsafeBytes { bytes in
            harness.poller.send(Self.token, bytes)
            harness.poller.shutdownWriting(Self.token)
            var isEnded = false
            let deadline = MonotonicClock.nowNanoseconds() + 30_000_000_000
            while !isEnded {
                try #require(MonotonicClock.nowNanoseconds() < deadline)
                try harness.turn(timeoutNanoseconds: 100_000)
                if let chunk = try far.tryRead(limit: 8192) {
                    arrived += chunk
                } else {
                    isEnded = true
                }
            }
        }
        let sent = harness.log.reduce(0) { sum, event in
            if case .sent(_, let count) = event { sum + count } else { sum }
        }
        #expect(arrived == Array(content.prefix(sent)))
        #expect(sent > 0)
        // Receiving goes on.
        try far.write([9])
        try harness.turn(until: "bytes") { $0.byteCount(Self.token) == 1 }
    }

    @Test(arguments: PollerUnderTest.usable)
    func closesWithASendInFlight(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection(sendBuffer: 4096, peerReceiveBuffer: 4096)
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 20, alignment: 64)
        memory.copyBytes(from: pattern(memory.count))
        // A peer that doesn't read: sends go on until one stays in flight.
        let bytes = UnsafeRawBufferPointer(memory)
        var inFlight = true
        var offset = 0
        var seen = 0
        harness.poller.send(Self.token, bytes)
        for _ in 0..<8 {
            try harness.turn(timeoutNanoseconds: 1_000_000)
            for event in harness.log.dropFirst(seen) {
                guard case .sent(_, let count) = event else { continue }
                offset += count
                harness.poller.send(Self.token, bytes.dropped(offset))
            }
            inFlight = harness.log.count == seen
            seen = harness.log.count
        }
        #expect(inFlight)
        try harness.close(Self.token)
        // The kernel must not read this any more.
        memory.initializeMemory(as: UInt8.self, repeating: 0xEE)
        memory.deallocate()
        // The peer gets a prefix of the content, and then an end.
        var arrived: [UInt8] = []
        while let chunk = try far.tryRead(limit: 65536) { arrived += chunk }
        let isPrefix = arrived == pattern(arrived.count)
        #expect(isPrefix, "\(arrived.count) bytes")
        // The index is free again.
        let (again, other) = try harness.makeConnection()
        let token = Token(index: Self.token.index, generation: 2)
        try harness.poller.addConnection(FileDescriptor(owning: again), token: token)
        try other.write([5])
        try harness.turn(until: "bytes") { $0.bytes[token] == [5] }
    }

    @Test(arguments: PollerUnderTest.usable)
    func neverDeliversWhatIsStaleToAReusedDescriptor(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let seed = TestSeed.current
        var generator = SplitMix64(seed: seed)
        let width = 8
        var peers: [any FarEnd] = []
        var tokens: [Token] = []
        for index in 0..<width {
            let (near, far) = try harness.makeConnection()
            let token = Token(index: UInt32(index), generation: 1)
            try harness.poller.addConnection(FileDescriptor(owning: near), token: token)
            peers.append(far)
            tokens.append(token)
        }
        for round in 0..<60 {
            // All have something to report when the first report closes others of the same batch.
            for (index, peer) in peers.enumerated() {
                try peer.write([UInt8(index), UInt8(round)])
            }
            try harness.poller.wait(timeoutNanoseconds: 1_000_000_000)
            let victims = (0..<width).shuffled(using: &generator).prefix(3)
            var closing = Set(victims.map { tokens[$0] })
            for victim in victims { harness.poller.close(tokens[victim]) }
            while let completion = harness.poller.next() {
                harness.note(completion)
                let event = try #require(harness.log.last)
                for token in closing where event.concerns(token) {
                    #expect(event == .closed(token), "seed \(seed), round \(round)")
                }
                guard case .closed(let token) = completion else { continue }
                // Index and, in all likelihood, descriptor number are used again at once, while
                // the rest of the batch is still undelivered.
                closing.remove(token)
                let index = Int(token.index)
                peers[index].close()
                let (near, far) = try harness.makeConnection()
                tokens[index] = Token(index: token.index, generation: token.generation + 1)
                try harness.poller.addConnection(FileDescriptor(owning: near), token: tokens[index])
                peers[index] = far
            }
            try harness.turn(until: "closed") { harness in
                closing.allSatisfy { harness.closed.contains($0) }
            }
            for token in closing {
                let index = Int(token.index)
                let (near, far) = try harness.makeConnection()
                tokens[index] = Token(index: token.index, generation: token.generation + 1)
                try harness.poller.addConnection(FileDescriptor(owning: near), token: tokens[index])
                peers[index] = far
            }
        }
        // New connections have only what was sent to them: their own index, in pairs.
        try harness.turn(timeoutNanoseconds: 1_000_000)
        for (token, bytes) in harness.bytes {
            let indices = stride(from: 0, to: bytes.count, by: 2).map { bytes[$0] }
            #expect(indices.allSatisfy { $0 == UInt8(token.index) }, "seed \(seed)")
        }
    }

    @Test(arguments: PollerUnderTest.usable)
    func withholdsReadsWithoutLosingAnything(_ kind: PollerUnderTest) throws {
        var configuration = PollerConfiguration()
        configuration.ringBufferCount = 8
        configuration.ringBufferByteCount = 4096
        configuration.receiveByteCount = 4096
        var harness = try PollerHarness(kind, configuration)
        let seed = TestSeed.current
        var generator = SplitMix64(seed: seed)
        let (near, far) = try harness.makeConnection()
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        let content = pattern(3_000_000)
        var written = 0
        while harness.byteCount(Self.token) < content.count {
            if written < content.count {
                written += far.tryWrite(content, from: written)
                if written == content.count { far.shutdownWriting() }
            }
            let isOn = Int.random(in: 0..<3, using: &generator) > 0
            harness.poller.setReceiving(Self.token, isOn)
            let before = harness.log.count
            try harness.turn(timeoutNanoseconds: 1_000_000)
            #expect(isOn || harness.log.count == before, "seed \(seed)")
        }
        #expect(harness.bytes[Self.token] == content, "seed \(seed)")
        harness.poller.setReceiving(Self.token, true)
        try harness.turn(until: "end") { $0.log.last == .endOfStream(Self.token) }
    }

    @Test(arguments: PollerUnderTest.usable)
    func haltsThePeerWhileReadsAreWithheld(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection(receiveBuffer: 16384)
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        try harness.turn(timeoutNanoseconds: 0)
        harness.poller.setReceiving(Self.token, false)
        try harness.turn(timeoutNanoseconds: 0)
        let content = pattern(1 << 20)
        let limit = 64 << 20
        var written = 0
        var idleTurns = 0
        while idleTurns < 20 && written < limit {
            let count = far.tryWrite(content, from: 0)
            written += count
            idleTurns = count == 0 ? idleTurns + 1 : 0
            try harness.turn(timeoutNanoseconds: 1_000_000)
        }
        #expect(written < limit)
        #expect(harness.log.isEmpty)
        // A reset isn't withheld: whoever waits for answers has gone.
        far.reset()
        try harness.turn(until: "failed") { $0.log == [.failed(Self.token, .connectionReset)] }
        for _ in 0..<3 { try harness.turn(timeoutNanoseconds: 1_000_000) }
        #expect(harness.log.count == 1)
        try harness.close(Self.token)
    }

    @Test(arguments: PollerUnderTest.real)
    func withholdsThePeersEndButNotItsReset(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        for round in 0..<4 {
            let token = Token(index: 1, generation: UInt32(round + 1))
            let (near, far) = try harness.makeConnection()
            try harness.poller.addConnection(FileDescriptor(owning: near), token: token)
            try harness.turn(timeoutNanoseconds: 0)
            // Some were read from before, some are again, some have bytes waiting.
            if round > 0 { harness.poller.setReceiving(token, false) }
            try harness.turn(timeoutNanoseconds: 0)
            harness.poller.setReceiving(token, round == 1)
            try harness.turn(timeoutNanoseconds: 0)
            harness.poller.setReceiving(token, false)
            if round == 2 { try far.write([1, 2, 3]) }
            if round == 3 { far.shutdownWriting() }
            for _ in 0..<3 { try harness.turn(timeoutNanoseconds: 1_000_000) }
            #expect(!harness.log.contains { $0.concerns(token) }, "round \(round)")
            far.reset()
            if round == 3 {
                // After its end a peer's reset is as good as silence until something is sent.
                harness.poller.setReceiving(token, true)
                try harness.turn(until: "end") { $0.log.contains { $0.concerns(token) } }
            } else {
                try harness.turn(until: "failed") {
                    $0.log.last == .failed(token, .connectionReset)
                }
                #expect(harness.bytes[token] == nil)
            }
            try harness.close(token)
        }
    }

    /// Once both ends have ended a connection in order it is no failure, withheld or not.
    @Test(arguments: PollerUnderTest.real)
    func anOrderlyEndOfBothSidesIsNoFailure(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection()
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        try harness.turn(timeoutNanoseconds: 0)
        harness.poller.setReceiving(Self.token, false)
        harness.poller.shutdownWriting(Self.token)
        try harness.turn(timeoutNanoseconds: 1_000_000)
        try far.write([7])
        far.shutdownWriting()
        for _ in 0..<3 { try harness.turn(timeoutNanoseconds: 1_000_000) }
        #expect(harness.log.isEmpty)
        harness.poller.setReceiving(Self.token, true)
        try harness.turn(until: "end") { $0.log.last == .endOfStream(Self.token) }
        #expect(harness.bytes[Self.token] == [7])
        try harness.close(Self.token)
    }
}

extension LoggedEvent {
    var isFailure: Bool { if case .failed = self { true } else { false } }
}
