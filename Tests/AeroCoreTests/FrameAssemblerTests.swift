// Frames out of a stream that the network cut anywhere.

import AeroCore
import AeroMemory
import AeroWire
import TestSupport
import Testing

struct FrameAssemblerTests {
    struct Frame: Equatable {
        let command: UInt16
        let requestId: UInt64
        let payload: [UInt8]

        var bytes: [UInt8] {
            var header = [UInt8](repeating: 0, count: 14)
            header.withUnsafeMutableBytes { buffer in
                do throws(WireError) {
                    try FrameHeader(
                        commandCode: command, requestId: requestId,
                        payloadByteCount: payload.count
                    ).encode(into: buffer)
                } catch {
                    preconditionFailure("\(error)")
                }
            }
            return header + payload
        }
    }

    private static let limit = 100_000

    private static func makePool(_ byteCount: Int = 64 << 20) throws -> BufferPool {
        try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: byteCount))
    }

    /// Feeds chunks and collects what comes out.
    private static func assemble(
        _ chunks: [[UInt8]], _ pool: BufferPool, limit: Int = limit
    ) throws -> [Frame] {
        var assembler = FrameAssembler(maximumFrameByteCount: limit)
        var frames: [Frame] = []
        for chunk in chunks {
            // Memory of its own for each chunk, gone right after, as a poller's is.
            try chunk.withUnsafeBytes { bytes in
                var position = 0
                while let frame = try assembler.next(in: bytes, position: &position, pool: pool) {
                    frames.append(
                        Frame(
                            command: frame.header.commandCode,
                            requestId: frame.header.requestId, payload: Array(frame.payload)))
                }
                #expect(position == bytes.count)
            }
        }
        let isInsideFrame = assembler.isInsideFrame
        #expect(!isInsideFrame)
        #expect(pool.statistics.bytesOutstanding == 0, "an idle assembler holds no memory")
        return frames
    }

    private static let samples = [
        Frame(command: 1, requestId: 0, payload: []),
        Frame(command: 2, requestId: .max, payload: [1, 2, 3]),
        Frame(command: 3, requestId: 7, payload: []),
        Frame(command: 0xFFFF, requestId: 8, payload: [UInt8](repeating: 5, count: 20)),
        Frame(command: 5, requestId: 9, payload: [0]),
    ]

    @Test func everyPairOfCutsGivesTheSameFrames() throws {
        let pool = try Self.makePool()
        let stream = Self.samples.flatMap(\.bytes)
        for first in 0...stream.count {
            for second in first...stream.count {
                let chunks = [
                    Array(stream[..<first]), Array(stream[first..<second]),
                    Array(stream[second...]),
                ]
                let frames = try Self.assemble(chunks, pool)
                #expect(frames == Self.samples, "cut at \(first) and \(second)")
            }
        }
    }

    @Test func byteByByte() throws {
        let pool = try Self.makePool()
        let stream = Self.samples.flatMap(\.bytes)
        #expect(try Self.assemble(stream.map { [$0] }, pool) == Self.samples)
    }

    @Test func randomStreamsInRandomChunks() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        let pool = try Self.makePool()
        for round in 0..<25 {
            let frames = (0..<Int.random(in: 1...40, using: &random)).map { index in
                let roof = [0, 5, 1_010, 1_020, 9_000, 80_000].randomElement(using: &random) ?? 0
                let count = Int.random(in: 0...roof, using: &random)
                return Frame(
                    command: UInt16(index), requestId: random.next(),
                    payload: [UInt8](repeating: UInt8(index), count: count))
            }
            let stream = frames.flatMap(\.bytes)
            var chunks: [[UInt8]] = []
            var position = 0
            while position < stream.count {
                let roof = [1, 14, 200, 70_000].randomElement(using: &random) ?? 1
                let count = min(Int.random(in: 1...roof, using: &random), stream.count - position)
                chunks.append(Array(stream[position..<position + count]))
                position += count
            }
            #expect(try Self.assemble(chunks, pool) == frames, "seed \(seed), round \(round)")
        }
    }

    @Test func theLimitIsExactWholeOrSplit() throws {
        let pool = try Self.makePool()
        for cut in 0...30 {
            let fits = Frame(command: 1, requestId: 1, payload: [UInt8](repeating: 1, count: 86))
            let bytes = fits.bytes
            let chunks = [Array(bytes[..<cut]), Array(bytes[cut...])]
            #expect(try Self.assemble(chunks, pool, limit: 100) == [fits])
            let tooLarge = Frame(
                command: 1, requestId: 1, payload: [UInt8](repeating: 1, count: 87)
            ).bytes
            #expect(throws: AssemblyError.wire(.frameTooLarge(byteCount: 101, limit: 100))) {
                _ = try Self.assemble(
                    [Array(tooLarge[..<cut]), Array(tooLarge[cut...])], pool, limit: 100)
            }
        }
        #expect(pool.statistics.bytesOutstanding == 0)
    }

    @Test func aShortLengthIsRefusedAsSoonAsItIsThere() throws {
        let pool = try Self.makePool()
        for length in UInt8(0)...9 {
            for cut in 0...4 {
                let bytes: [UInt8] = [0, 0, 0, length]
                #expect(throws: AssemblyError.wire(.frameTooShort(length: Int(length)))) {
                    _ = try Self.assemble(
                        [
                            Array(bytes[..<cut]), Array(bytes[cut...]),
                            [UInt8](repeating: 0, count: 10),
                        ],
                        pool)
                }
            }
        }
    }

    @Test func withoutMemoryASplitFrameFailsAndAWholeOneDoesNot() throws {
        let pool = try Self.makePool(2_048)
        let large = Frame(command: 1, requestId: 1, payload: [UInt8](repeating: 1, count: 50_000))
        let bytes = large.bytes
        #expect(try Self.assemble([bytes], pool) == [large])
        for cut in [1, 4, 13, 14, 15, 20_000] {
            #expect(throws: AssemblyError.self) {
                _ = try Self.assemble([Array(bytes[..<cut]), Array(bytes[cut...])], pool)
            }
            #expect(pool.statistics.bytesOutstanding == 0)
        }
    }
}
