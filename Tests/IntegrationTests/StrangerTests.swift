// What the broker does with clients that break the protocol, and that others do not notice.

import AeroIO
import Foundation
import Glibc
import Testing

@Suite(.timeLimit(.minutes(10)))
struct StrangerTests {
    private let broker: RunningBroker
    private let witness: StrangerConnection

    init() throws {
        broker = try RunningBroker()
        witness = try StrangerConnection(port: broker.port)
        #expect(witness.connect()?.code == 0)
    }

    /// A client that did nothing wrong is still served, and so is a new one.
    private func expectOthersUnaffected() throws {
        #expect(witness.isAnswered(), "the witness was disturbed")
        let newcomer = try StrangerConnection(port: broker.port)
        #expect(newcomer.connect()?.code == 0)
        #expect(newcomer.isAnswered())
    }

    @Test func firstFrameThatIsNotConnectIsRefusedAndClosed() throws {
        let stranger = try StrangerConnection(port: broker.port)
        #expect(stranger.ask(3, Wire.bytes(UInt64(7)))?.code == 20)
        #expect(stranger.isClosedByPeer())
        try expectOthersUnaffected()
    }

    @Test func versionOutOfRangeIsRefusedAndClosed() throws {
        let stranger = try StrangerConnection(port: broker.port)
        #expect(stranger.connect(versions: 7...9)?.code == 11)
        #expect(stranger.isClosedByPeer())
        try expectOthersUnaffected()
    }

    @Test func widerRangeOfVersionsIsServed() throws {
        let stranger = try StrangerConnection(port: broker.port)
        #expect(stranger.connect(versions: 0...9)?.code == 0)
        #expect(stranger.isAnswered())
    }

    @Test func unknownCommandIsRefusedAndTheConnectionGoesOn() throws {
        let stranger = try StrangerConnection(port: broker.port)
        #expect(stranger.connect()?.code == 0)
        #expect(stranger.ask(999)?.code == 10)
        #expect(stranger.ask(40)?.code == 2, "clusters are answered with not supported")
        #expect(stranger.isAnswered())
        try expectOthersUnaffected()
    }

    @Test(arguments: [UInt32(0), 3, 9]) func lengthBelowTheMinimumCloses(length: UInt32) throws {
        let stranger = try StrangerConnection(port: broker.port)
        #expect(stranger.connect()?.code == 0)
        stranger.send(Wire.bytes(length) + [UInt8](repeating: 0, count: 16))
        #expect(stranger.isClosedByPeer())
        try expectOthersUnaffected()
    }

    @Test(arguments: [UInt32.max, 0x7FFF_FFFF, 64 << 20])
    func oversizedLengthClosesWithoutMemory(length: UInt32) throws {
        let before = try ProcessStatistics.read(processIdentifier: broker.processIdentifier)
        let stranger = try StrangerConnection(port: broker.port)
        #expect(stranger.connect()?.code == 0)
        stranger.send(Wire.bytes(length) + Wire.bytes(UInt16(10)) + Wire.bytes(UInt64(1)))
        #expect(stranger.isClosedByPeer())
        let after = try ProcessStatistics.read(processIdentifier: broker.processIdentifier)
        #expect(after.residentByteCount - before.residentByteCount < 16 << 20)
        try expectOthersUnaffected()
    }

    @Test func payloadThatDoesNotDecodeIsRefusedAndTheConnectionGoesOn() throws {
        let stranger = try StrangerConnection(port: broker.port)
        #expect(stranger.connect()?.code == 0)
        let answer = stranger.ask(20, Wire.bytes(UInt16(5_000)) + [1, 2, 3])
        #expect(answer?.code == 14)
        #expect(stranger.isAnswered())
        try expectOthersUnaffected()
    }

    @Test func batchWithAWrongChecksumIsRefusedAndNotStored() throws {
        let stranger = try StrangerConnection(port: broker.port)
        #expect(stranger.connect()?.code == 0)
        let created = try #require(stranger.ask(20, Wire.createTopic("checksums")))
        #expect(created.code == 0)
        let topicId = UInt32(Wire.number(created.rest[0..<4]) ?? 0)
        let answer = stranger.ask(10, Wire.send(topicId: topicId, checksum: 0xDEAD_BEEF))
        #expect(answer?.code == 40)
        let offsets = stranger.ask(17, Wire.bytes(topicId) + Wire.bytes(UInt32(0)))
        #expect(offsets?.code == 0)
        #expect(offsets?.rest == [UInt8](repeating: 0, count: 16), "nothing was appended")
        try expectOthersUnaffected()
    }

    @Test func connectionDroppedInsideAFrameDisturbsNobody() throws {
        do {
            let stranger = try StrangerConnection(port: broker.port)
            #expect(stranger.connect()?.code == 0)
            stranger.send(Wire.bytes(UInt32(1_000)) + [0, 10] + [UInt8](repeating: 1, count: 100))
        }
        try expectOthersUnaffected()
    }

    @Test func clientThatStopsReadingIsHeldBackAlone() throws {
        let stranger = try StrangerConnection(port: broker.port)
        #expect(stranger.connect()?.code == 0)
        let request = Wire.frame(50, 77, [])
        // BOUND: the kernel's buffers on both sides and the broker's watermarks.
        var sentCount = 0
        while sentCount < 2_000_000, stranger.sendAtOnce(request) { sentCount += 1 }
        #expect(sentCount < 2_000_000, "nothing held the sender back")
        let statistics = try ProcessStatistics.read(processIdentifier: broker.processIdentifier)
        #expect(statistics.residentByteCount < 256 << 20)
        try expectOthersUnaffected()
    }

    @Test func thousandConnectionsAtOnceAreServed() throws {
        var limit = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        limit.rlim_cur = limit.rlim_max
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        let strangers = try (0..<1_000).map { _ in try StrangerConnection(port: broker.port) }
        let hello = Wire.frame(1, 1, Wire.connect(1...1))
        let greeted = strangers.filter { $0.send(hello) }
        #expect(greeted.count == 1_000)
        #expect(strangers.allSatisfy { $0.answer()?.code == 0 })
        #expect(strangers.allSatisfy { $0.isAnswered() })
        try expectOthersUnaffected()
        #expect(try broker.end(SIGTERM) == .exited(code: 0))
    }
}
