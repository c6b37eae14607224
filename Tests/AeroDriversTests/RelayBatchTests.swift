// How messages are put together, seen by whoever receives the frames.

import AeroDrivers
import AeroIO
import AeroLoad
import Synchronization
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct RelayBatchTests {
    /// One frame as it arrived: where it goes, and how many messages of which sizes it holds.
    struct Frame: Sendable {
        let destination: Int
        var messageByteCounts: [Int] = []
    }

    /// Reads a frame and sends it back; nil at the end.
    private static func echo(_ socket: BlockingSocket) throws(Errno) -> Frame? {
        func integer(_ bytes: some Collection<UInt8>) -> Int {
            bytes.reduce(0) { $0 << 8 | Int($1) }
        }
        let header = try socket.read(byteCount: 14)
        guard header.count == 14 else { return nil }
        let payload = try socket.read(byteCount: integer(header[0..<4]) - 10)
        var frame = Frame(destination: integer(header[4..<6]))
        var position = 0
        while position + 4 <= payload.count {
            let count = integer(payload[position..<position + 4])
            frame.messageByteCounts.append(count)
            position += 4 + count
        }
        guard position == payload.count else { return nil }
        try socket.write(header + payload)
        return frame
    }

    /// The frames that servers of a test got.
    final class Frames: Sendable {
        let list = Mutex<[Frame]>([])
    }

    /// Runs a class through an echo and gives out its frames, after checking that all is well.
    private static func frames(_ lines: String) throws -> [Frame] {
        let frames = Frames()
        let plan = try DriverScenario(testDescription: "", lines: lines).makePlan()
        try ScriptedServer.run { (socket) throws(Errno) in
            _ = try socket.read(byteCount: RelayHello.byteCount)
            try socket.write([RelayHello.answer])
            while let frame = try Self.echo(socket) { frames.list.withLock { $0.append(frame) } }
        } _: { server in
            let outcome = try LoadRun(
                plan, driver: RelayDriver(address: server.address, mode: .echo)
            ).run(isInterrupted: { false }, progress: { _, _ in })
            #expect(outcome.ending == .completed && outcome.verdicts[0][0].isClean)
            let counts = frames.list.withLock { $0.map(\.messageByteCounts.count) }
            #expect(Int64(counts.reduce(0, +)) == outcome.record.classes[0].counts.sent)
            #expect(!counts.isEmpty && !counts.contains(0))
        }
        return frames.list.withLock { $0 }
    }

    @Test(arguments: [1, 5, 64]) func aBatchIsFullAtItsNumberOfMessages(messages: Int) throws {
        let counts = try Self.frames(
            """
            message-size: 100B
            load: { schedule: closed-loop, in-flight: \(messages * 4) }
            batch: { messages: \(messages) }
            """
        ).map(\.messageByteCounts.count)
        #expect(counts.allSatisfy { $0 <= messages } && counts.contains(messages))
    }

    /// With nothing under way no message waits, however long it might: one a second would leave
    /// at most two behind.
    @Test func anAdaptiveBatchDoesNotWaitWhenNothingIsUnderWay() throws {
        let counts = try Self.frames(
            """
            message-size: 100B
            load: { schedule: closed-loop, in-flight: 1 }
            batch: { messages: 64, linger: 1s, sizing: adaptive }
            """
        ).map(\.messageByteCounts.count)
        #expect(counts.count > 10 && counts.allSatisfy { $0 == 1 })
    }

    /// Four messages of 100 bytes fit into 450.
    @Test func aBatchIsFullAtItsNumberOfBytes() throws {
        let frames = try Self.frames(
            """
            message-size: 100B
            load: { schedule: closed-loop, in-flight: 40 }
            batch: { messages: 64, bytes: 450B }
            """)
        #expect(frames.allSatisfy { $0.messageByteCounts.count <= 4 })
        #expect(frames.contains { $0.messageByteCounts.count == 4 })
        #expect(frames.allSatisfy { $0.messageByteCounts.allSatisfy { $0 == 100 } })
    }

    /// What is due leaves at once unless it may linger; then it waits for company.
    @Test func lingeringFillsBatches() throws {
        let lines = """
            message-size: 64B
            load: { schedule: constant, rate: 2k/s }
            """
        let atOnce = try Self.frames(lines)
        let later = try Self.frames(lines + "\nbatch: { messages: 64, linger: 100ms }")
        // 600 messages each: of 64, as a run of one partition; or as they were due.
        #expect(later.count < atOnce.count)
        #expect(later.contains { $0.messageByteCounts.count > 32 })
    }

    /// All messages of a batch go to one topic-partition; each gets its share.
    @Test(arguments: ["none", "round-robin"]) func batchesAreOfOneDestination(keys: String) throws {
        let frames = try Self.frames(
            """
            message-size: 64B
            topics: 2
            partitions: 3
            keys: \(keys)
            load: { schedule: closed-loop, in-flight: 120 }
            batch: { messages: 10 }
            """)
        var shares = [Int](repeating: 0, count: 6)
        for frame in frames { shares[frame.destination] += frame.messageByteCounts.count }
        // Turns of ten, or of one: no share is further ahead than a turn of all in flight.
        #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 120, "\(shares)")
        #expect(!shares.contains(0))
    }
}
