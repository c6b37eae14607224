// The output queue against a plain stream of bytes, with sends that take any part.

import AeroIO
import AeroMemory
import FaultSupport
import Glibc
import TestSupport
import Testing

struct OutputQueueTests {
    @Test func whatGoesInComesOutInOrderWhateverTheKernelTakes() throws {
        let seed = TestSeed.current
        for round in 0..<UInt64(10) {
            let pool = try BufferPool(
                configuration: BufferPoolConfiguration(capacityBytes: 64 << 20))
            try run(pool, seed &+ round)
            #expect(pool.statistics.bytesOutstanding == 0, "seed \(seed &+ round)")
        }
    }

    private func run(_ pool: BufferPool, _ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var queue = OutputQueue()
        var expected: [UInt8] = []
        var shown: [UInt8] = []
        let fileBytes = Self.pattern(30_000, &random)
        let file = try SimulatedDisk().create("/file")
        try fileBytes.withUnsafeBytes { try file.write($0, at: 0) }
        for _ in 0..<400 {
            switch Int.random(in: 0..<9, using: &random) {
            case 0..<3:
                let roof = [1, 30, 3_000, 20_000].randomElement(using: &random) ?? 1
                let count = Int.random(in: 1...roof, using: &random)
                let room = try queue.claim(count, from: pool)
                let bytes = Self.pattern(count, &random)
                UnsafeMutableRawBufferPointer(start: room, count: count).copyBytes(from: bytes)
                expected += bytes
            case 3, 4:
                let count = Int.random(in: 0...5_000, using: &random)
                let owner = SharedBuffer(try pool.allocate(minimumByteCount: count + 10))
                let bytes = Self.pattern(count + 10, &random)
                _ = bytes.withUnsafeBytes { owner.append($0) }
                queue.append(SharedSlice(owner: owner, position: 7, byteCount: count))
                expected += bytes[7..<7 + count]
            case 8:
                let position = Int.random(in: 0..<25_000, using: &random)
                let count = Int.random(in: 0...5_000, using: &random)
                queue.append(FileSlice(file: file, position: position, byteCount: count))
                expected += fileBytes[position..<position + count]
            case 5 where !queue.isSending && !queue.isEmpty:
                shown = try Self.bytes(of: queue.beginSend())
                #expect(
                    !shown.isEmpty && Array(expected.prefix(shown.count)) == shown, "seed \(seed)")
            case _ where queue.isSending:
                // Zero, some or all of what was shown; more was queued behind it meanwhile.
                let count = Int.random(in: 0...shown.count, using: &random)
                queue.consumed(Bool.random(using: &random) ? shown.count : count)
                expected.removeFirst(expected.count - queue.byteCount)
            default: break
            }
            let byteCount = queue.byteCount
            #expect(byteCount == expected.count, "seed \(seed)")
        }
        if queue.isSending { queue.consumed(0) }
        while !queue.isEmpty {
            shown = try Self.bytes(of: queue.beginSend())
            #expect(Array(expected.prefix(shown.count)) == shown, "seed \(seed)")
            queue.consumed(shown.count)
            expected.removeFirst(shown.count)
        }
        #expect(expected.isEmpty, "seed \(seed)")
        queue.append(
            SharedSlice(
                owner: SharedBuffer(try pool.allocate(minimumByteCount: 8)), position: 0,
                byteCount: 0))
        let isEmpty = queue.isEmpty
        #expect(isEmpty)
        _ = try queue.claim(100, from: pool)
        queue.removeAll()
    }

    @Test func withoutMemoryNothingIsQueued() throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 8 * 1024))
        var queue = OutputQueue()
        _ = try queue.claim(8_000, from: pool)
        #expect(throws: PoolError.self) { _ = try queue.claim(500, from: pool) }
        let byteCount = queue.byteCount
        #expect(byteCount == 8_000)
    }

    /// Queues of one thread share the room for vectors; a quiet one gives its memory back.
    @Test func quietQueuesHoldNothing() throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 1 << 20))
        let vectors = SendVectors()
        var first = OutputQueue(vectors: vectors)
        var second = OutputQueue(vectors: vectors)
        try first.claim(2, from: pool).storeBytes(of: 0x0101, as: UInt16.self)
        try second.claim(2, from: pool).storeBytes(of: 0x0202, as: UInt16.self)
        // A block that a heartbeat's answer fits in is a small one.
        #expect(pool.statistics.bytesOutstanding == 2 * OutputQueue.firstBlockByteCount)
        #expect(try Self.bytes(of: first.beginSend()) == [1, 1])
        #expect(try Self.bytes(of: second.beginSend()) == [2, 2])
        first.trim()
        first.consumed(1)
        first.trim()
        let leftByteCount = first.byteCount
        #expect(leftByteCount == 1, "what is queued stays")
        #expect(try Self.bytes(of: first.beginSend()) == [1])
        first.consumed(1)
        second.consumed(2)
        let statistics = pool.statistics
        _ = try first.claim(1, from: pool)
        #expect(pool.statistics.hits == statistics.hits + 1, "its own block, empty again")
        _ = try first.claim(1, from: pool)
        #expect(pool.statistics.hits == statistics.hits + 1, "the same use of it")
        _ = first.beginSend()
        first.consumed(2)
        first.trim()
        second.trim()
        #expect(pool.statistics.bytesOutstanding == 0)
        _ = try first.claim(1_000, from: pool)
        _ = try first.claim(1_000, from: pool)
        #expect(
            pool.statistics.bytesOutstanding
                == OutputQueue.firstBlockByteCount + OutputQueue.blockByteCount)
        first.removeAll()
    }

    /// Bytes whose order shows: cheap enough for megabytes of them.
    private static func pattern(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        let byte = UInt8.random(in: 0...255, using: &random)
        var bytes = [UInt8](repeating: byte, count: count)
        bytes[0] = byte &+ 1
        bytes[count / 2] = byte &+ 2
        return bytes
    }

    private static func bytes(of front: OutputFront) throws -> [UInt8] {
        switch front {
        case .memory(let vectors):
            return vectors.flatMap {
                UnsafeRawBufferPointer(start: $0.iov_base, count: $0.iov_len)
            }
        case .file(let slice):
            var bytes = [UInt8](repeating: 0, count: slice.byteCount)
            let count = try bytes.withUnsafeMutableBytes {
                try slice.file.read(into: $0, at: slice.position)
            }
            #expect(count == slice.byteCount)
            return bytes
        }
    }

    /// A file is kept as long as it is needed, and no longer.
    @Test func letsAFileGoWithItsLastByte() throws {
        let pool = try BufferPool(configuration: BufferPoolConfiguration(capacityBytes: 1 << 20))
        var queue = OutputQueue()
        var file: (any DiskFile)? = try SimulatedDisk().create("/file")
        weak let watched = file
        if let file { queue.append(FileSlice(file: file, position: 5, byteCount: 10)) }
        file = nil
        _ = try queue.claim(3, from: pool)
        for (position, count) in [(5, 10), (9, 6)] {
            guard case .file(let slice) = queue.beginSend() else {
                Issue.record("not a file")
                return
            }
            #expect(slice.position == position && slice.byteCount == count)
            queue.consumed(4)
        }
        guard case .file = queue.beginSend() else {
            Issue.record("not a file")
            return
        }
        #expect(watched != nil)
        queue.consumed(2)
        #expect(watched == nil)
        guard case .memory(let vectors) = queue.beginSend() else {
            Issue.record("not memory")
            return
        }
        #expect(vectors.count == 1)
        queue.consumed(3)
        let isEmpty = queue.isEmpty
        #expect(isEmpty)
    }
}
