// What every poller must do: sending files.

import AeroIO
import AeroMemory
import FaultSupport
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PollerFileTests {
    static let token = Token(index: 2, generation: 9)

    /// A connection that is slow as soon as a few kilobytes are under way.
    private func slowConnection(
        _ harness: inout PollerHarness
    ) throws -> any FarEnd {
        let (near, far) = try harness.makeConnection(sendBuffer: 4096, peerReceiveBuffer: 4096)
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        return far
    }

    @Test(arguments: FileSendCase.all)
    func sendsARangeOfAFile(_ test: FileSendCase) throws {
        var harness = try PollerHarness(test.kind)
        let (near, far) = try harness.makeConnection()
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        let content = pattern(10_000)
        let file = try test.source.make(content)
        harness.poller.sendFile(
            Self.token, FileSlice(file: file, position: 1234, byteCount: 5000))
        try harness.turn(until: "sent") { $0.log == [.sent(Self.token, 5000)] }
        #expect(try far.read(5000) == Array(content[1234..<6234]))
        // The same file again, and the connection still receives.
        try far.write([1, 2])
        harness.poller.sendFile(Self.token, FileSlice(file: file, position: 0, byteCount: 7))
        try harness.turn(until: "both") { $0.log.count == 3 }
        #expect(harness.bytes[Self.token] == [1, 2])
        #expect(try far.read(7) == Array(content[..<7]))
        try harness.close(Self.token)
    }

    @Test(arguments: FileSendCase.all)
    func mixesMemoryAndFilesInOrder(_ test: FileSendCase) throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 16 << 20))
        let content = pattern(400_000, stream: 3)
        let file = try test.source.make(content)
        for isSlow in [false, true] {
            var harness = try PollerHarness(test.kind)
            let (near, far) =
                isSlow
                ? try harness.makeConnection(sendBuffer: 4096, peerReceiveBuffer: 4096)
                : try harness.makeConnection()
            try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
            var sender = QueueSender(Self.token)
            var expected: [UInt8] = []
            for part in 0..<40 {
                if Bool.random(using: &random) {
                    let bytes = pattern(
                        Int.random(in: 1..<3000, using: &random), stream: UInt64(part))
                    let room = try sender.queue.claim(bytes.count, from: pool)
                    room.copyMemory(from: bytes, byteCount: bytes.count)
                    expected += bytes
                } else {
                    let start = Int.random(in: 0..<content.count, using: &random)
                    let most = min(isSlow ? 20_000 : 200_000, content.count - start)
                    let count = Int.random(in: 1...most, using: &random)
                    sender.queue.append(FileSlice(file: file, position: start, byteCount: count))
                    expected += content[start..<start + count]
                }
            }
            var arrived: [UInt8] = []
            let deadline = MonotonicClock.nowNanoseconds() + 40_000_000_000
            while arrived.count < expected.count {
                try #require(MonotonicClock.nowNanoseconds() < deadline, "seed \(seed)")
                sender.advance(&harness)
                try harness.turn(timeoutNanoseconds: 100_000)
                arrived += try #require(try far.tryRead(limit: isSlow ? 1500 : 1 << 20))
            }
            #expect(arrived == expected, "seed \(seed)")
            try harness.turn(until: "the last sent") { harness in
                harness.log.reduce(0) { $0 + $1.sentByteCount } == expected.count
            }
            try harness.close(Self.token)
        }
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    /// Others get their turn: one call doesn't send it all, however fast the peer is.
    @Test(arguments: FileSendCase.all)
    func sendsAtMostSoMuchAtOnce(_ test: FileSendCase) throws {
        let limit = PollerConfiguration.fileSendByteCountLimit
        var harness = try PollerHarness(test.kind)
        let (near, far) = try harness.makeConnection()
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        let content = pattern(3 * limit)
        let file = try test.source.make(content)
        var sender = QueueSender(Self.token)
        sender.queue.append(FileSlice(file: file, position: 0, byteCount: content.count))
        var arrived: [UInt8] = []
        let deadline = MonotonicClock.nowNanoseconds() + 30_000_000_000
        while arrived.count < content.count {
            try #require(MonotonicClock.nowNanoseconds() < deadline, "\(arrived.count) bytes")
            sender.advance(&harness)
            try harness.turn(timeoutNanoseconds: 1_000_000)
            arrived += try #require(try far.tryRead(limit: 8 << 20))
        }
        #expect(arrived == content)
        let parts = harness.log.map(\.sentByteCount)
        #expect(parts.allSatisfy { $0 <= limit })
    }

    @Test(arguments: FileSendCase.all)
    func sendsOneFileToManyConnections(_ test: FileSendCase) throws {
        var harness = try PollerHarness(test.kind)
        let content = pattern(60_000)
        let file = try test.source.make(content)
        let tokens = (0..<200).map { Token(index: UInt32($0), generation: 1) }
        var peers: [any FarEnd] = []
        for token in tokens {
            let (near, far) = try harness.makeConnection(sendBuffer: 8192, peerReceiveBuffer: 8192)
            try harness.poller.addConnection(FileDescriptor(owning: near), token: token)
            peers.append(far)
            let slice = FileSlice(
                file: file, position: Int(token.index), byteCount: 50_000 + Int(token.index))
            harness.poller.sendFile(token, slice)
        }
        var sent = [Int](repeating: 0, count: tokens.count)
        var arrived = [[UInt8]](repeating: [], count: tokens.count)
        var seen = 0
        let deadline = MonotonicClock.nowNanoseconds() + 50_000_000_000
        while tokens.indices.contains(where: { arrived[$0].count < 50_000 + $0 }) {
            try #require(MonotonicClock.nowNanoseconds() < deadline)
            try harness.turn(timeoutNanoseconds: 1_000_000)
            for event in harness.log.dropFirst(seen) {
                guard case .sent(let token, let count) = event else { continue }
                let index = Int(token.index)
                sent[index] += count
                let left = 50_000 + index - sent[index]
                guard left > 0 else { continue }
                harness.poller.sendFile(
                    token, FileSlice(file: file, position: index + sent[index], byteCount: left))
            }
            seen = harness.log.count
            for (index, peer) in peers.enumerated() {
                arrived[index] += try #require(try peer.tryRead(limit: 16384))
            }
        }
        for index in tokens.indices {
            let isRight = arrived[index] == Array(content[index..<50_000 + 2 * index])
            #expect(isRight, "connection \(index)")
        }
        for token in tokens { harness.poller.close(token) }
        try harness.turn(until: "all closed") { $0.closed.count == tokens.count }
    }

    @Test(arguments: FileSendCase.all)
    func closesWithAFileInFlight(_ test: FileSendCase) throws {
        var harness = try PollerHarness(test.kind)
        let far = try slowConnection(&harness)
        let content = pattern(1 << 20)
        var file: (any DiskFile)? = try test.source.make(content)
        weak let watched = file
        var sender = QueueSender(Self.token)
        if let file {
            sender.queue.append(FileSlice(file: file, position: 0, byteCount: content.count))
        }
        file = nil
        // A peer that doesn't read: sends go on until one stays in flight.
        for _ in 0..<8 {
            sender.advance(&harness)
            try harness.turn(timeoutNanoseconds: 1_000_000)
        }
        let isSending = sender.queue.isSending
        #expect(isSending)
        sender.queue.removeAll()
        #expect(watched != nil)
        try harness.close(Self.token)
        #expect(watched == nil)
        var arrived: [UInt8] = []
        while let chunk = try far.tryRead(limit: 65536) { arrived += chunk }
        let isPrefix = arrived == Array(content.prefix(arrived.count))
        #expect(isPrefix && !arrived.isEmpty)
    }

    /// What was promised isn't there: the peer must see an end, not other bytes, and not wait.
    @Test(arguments: FileSendCase.all)
    func failsWhereTheFileIsTooShort(_ test: FileSendCase) throws {
        for isSlow in [false, true] {
            var harness = try PollerHarness(test.kind)
            let (near, far) =
                isSlow
                ? try harness.makeConnection(sendBuffer: 4096, peerReceiveBuffer: 4096)
                : try harness.makeConnection()
            try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
            let content = pattern(50_000)
            let file = try test.source.make(content)
            var sender = QueueSender(Self.token)
            sender.queue.append(FileSlice(file: file, position: 10_000, byteCount: 60_000))
            var arrived: [UInt8] = []
            let deadline = MonotonicClock.nowNanoseconds() + 30_000_000_000
            while harness.log.last != .failed(Self.token, .noData) {
                try #require(MonotonicClock.nowNanoseconds() < deadline, "\(harness.log)")
                sender.advance(&harness)
                try harness.turn(timeoutNanoseconds: 1_000_000)
                arrived += try far.tryRead(limit: 1500) ?? []
            }
            try harness.close(Self.token)
            while let chunk = try far.tryRead(limit: 65536) { arrived += chunk }
            #expect(arrived == Array(content[10_000...]))
        }
    }

    @Test(arguments: PollerUnderTest.real)
    func failsWithWhatTheDiskSays(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let far = try slowConnection(&harness)
        let disk = SimulatedDisk()
        let file = try disk.create("/a")
        let content = pattern(200_000)
        try file.write(content, at: 0)
        disk.inject(DiskFault(.read, .ioError, ordinal: 3, count: .max))
        // Withheld reads don't hold the failure of a send back.
        harness.poller.setReceiving(Self.token, false)
        var sender = QueueSender(Self.token)
        sender.queue.append(FileSlice(file: file, position: 0, byteCount: content.count))
        var arrived: [UInt8] = []
        let deadline = MonotonicClock.nowNanoseconds() + 30_000_000_000
        while harness.log.last != .failed(Self.token, .ioError) {
            try #require(MonotonicClock.nowNanoseconds() < deadline)
            sender.advance(&harness)
            try harness.turn(timeoutNanoseconds: 1_000_000)
            arrived += try far.tryRead(limit: 1500) ?? []
        }
        #expect(Errno.ioError.concernsFile && !Errno.connectionReset.concernsFile)
        try harness.close(Self.token)
        while let chunk = try far.tryRead(limit: 65536) { arrived += chunk }
        #expect(arrived == Array(content.prefix(arrived.count)))
    }

    /// A broken pipe is an error of the connection; as a signal it would end the process.
    @Test(arguments: FileSendCase.all)
    func failsWhenThePeerGoes(_ test: FileSendCase) throws {
        var harness = try PollerHarness(test.kind)
        let far = try slowConnection(&harness)
        let content = pattern(1 << 20)
        let file = try test.source.make(content)
        var sender = QueueSender(Self.token)
        sender.queue.append(FileSlice(file: file, position: 0, byteCount: content.count))
        for _ in 0..<4 {
            sender.advance(&harness)
            try harness.turn(timeoutNanoseconds: 1_000_000)
        }
        far.reset()
        let deadline = MonotonicClock.nowNanoseconds() + 30_000_000_000
        while harness.log.allSatisfy({ !$0.isFailure }) {
            try #require(MonotonicClock.nowNanoseconds() < deadline)
            sender.advance(&harness)
            try harness.turn()
        }
        #expect(harness.log.last?.isFailure == true)
        // Dead: a file is taken and never reported.
        if !sender.queue.isSending {
            harness.poller.sendFile(Self.token, FileSlice(file: file, position: 0, byteCount: 1))
        }
        for _ in 0..<3 { try harness.turn(timeoutNanoseconds: 1_000_000) }
        #expect(harness.log.last?.isFailure == true)
        try harness.close(Self.token)
    }

    @Test func theProcessOutlivesABrokenPipe() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_DFL)
            let file = try SendableFile.system.make(pattern(1000))
            for kind in PollerUnderTest.real {
                var harness = try PollerHarness(kind)
                let (near, far) = try harness.makeConnection()
                try harness.poller.addConnection(
                    FileDescriptor(owning: near), token: Self.token)
                harness.poller.shutdownWriting(Self.token)
                harness.poller.sendFile(
                    Self.token, FileSlice(file: file, position: 0, byteCount: 1000))
                try harness.turn(until: "failed") {
                    $0.log.last == .failed(Self.token, .brokenPipe)
                }
                withExtendedLifetime(far) {}
            }
        }
    }

    @Test(arguments: FileSendCase.all)
    func sendsItsEndAfterTheFile(_ test: FileSendCase) throws {
        var harness = try PollerHarness(test.kind)
        let (near, far) = try harness.makeConnection()
        try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
        let content = pattern(3000)
        let file = try test.source.make(content)
        harness.poller.sendFile(Self.token, FileSlice(file: file, position: 0, byteCount: 3000))
        harness.poller.shutdownWriting(Self.token)
        try harness.turn(until: "sent") { $0.log.last == .sent(Self.token, 3000) }
        #expect(try far.read(3000) == content)
        #expect(far.isAtEnd())
        try harness.close(Self.token)
    }

    @Test(arguments: FileSendCase.all)
    func waitsForTheConnection(_ test: FileSendCase) throws {
        var harness = try PollerHarness(test.kind)
        let listener = try TCPListener.bind(.loopback(port: 0))
        let address = listener.localAddress
        let listening = Token(index: 0, generation: 1)
        try harness.poller.addListener(listener.take(), token: listening)
        let content = pattern(2000)
        let file = try test.source.make(content)
        try harness.poller.addConnection(
            TCPConnection.connect(to: address), token: Self.token, isConnecting: true)
        harness.poller.sendFile(Self.token, FileSlice(file: file, position: 0, byteCount: 2000))
        try harness.turn(until: "sent and accepted") {
            $0.log.contains(.sent(Self.token, 2000)) && !$0.accepted.isEmpty
        }
        #expect(harness.log.filter { $0.concerns(Self.token) }.first == .connected(Self.token))
        let accepted = harness.accepted.removeFirst()
        try #require(fcntl(accepted, F_SETFL, 0) == 0)
        #expect(try TestSocket(owning: accepted).read(2000) == content)
        try harness.close(Self.token)
    }
}

extension LoggedEvent {
    /// Bytes of a `.sent`.
    var sentByteCount: Int { if case .sent(_, let count) = self { count } else { 0 } }
}
