// The durable log against a model: written, read, rolled, cut back, closed and opened again.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import Foundation
import TestSupport
import Testing

@Suite struct PartitionLogTests {
    /// Drives a log and a model of it with the same random steps.
    private struct Walk: ~Copyable {
        let seed: UInt64
        var random: SplitMix64
        let directory: String
        let disk: SystemDisk
        let source: ChunkSource
        var settings: LogSettings
        var log: PartitionLog
        var batches: [ModelBatch] = []
        var logStart: Int64 = 0
        var logEnd: Int64 = 0
        var cursors = [StoreCursor(offset: 0)]

        init(
            _ durability: TopicDurability, directory: String, source: ChunkSource, seed: UInt64
        ) throws {
            var settings = LogSettings(durability: durability)
            settings.segmentByteCount = 8_000
            settings.indexIntervalByteCount = 1_000
            settings.tailByteCount = 4_000
            settings.maximumUnsettledByteCount = 40_000
            let disk = SystemDisk()
            let log = try Self.open(disk, directory, settings, nil, source)
            self.seed = seed
            random = SplitMix64(seed: seed)
            self.directory = directory
            self.source = source
            self.settings = settings
            self.disk = disk
            self.log = log
        }

        private var comment: Comment { "seed \(seed)" }

        private static func open(
            _ disk: SystemDisk, _ directory: String, _ settings: LogSettings,
            _ point: RecoveryPoint?, _ source: ChunkSource
        ) throws -> PartitionLog {
            try PartitionLog(
                opening: directory + "/0", on: disk, settings: settings, recoveryPoint: point,
                quarantine: directory + "/quarantine", source: source,
                nowMilliseconds: 0)
        }

        mutating func step() throws {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8: try append()
            case 8..<12: #expect(log.write() != .diskFull, comment)
            case 12..<14: synchronize()
            case 14..<18: try readSomewhere()
            case 18: _ = log.release(below: .max, reserving: Bool.random(using: &random) ? 0 : .max)
            default:
                if Int.random(in: 0..<4, using: &random) == 0 { try reopen() } else { trim() }
            }
            #expect(log.logStartOffset == logStart, comment)
            #expect(log.logEndOffset == logEnd, comment)
            #expect(log.highWatermark <= log.logEndOffset, comment)
        }

        private mutating func append() throws {
            let bytes = ModelBatch.random(&random, byteCountMax: 3_000)
            let header = try RecordBatchHeader.checked(bytes)
            let outcome = try bytes.withUnsafeBytes {
                try log.append($0, header: header, nowMilliseconds: 0)
            }
            if outcome == .full { return }
            #expect(outcome == .appended(baseOffset: logEnd), comment)
            batches.append(
                ModelBatch(
                    bytes: bytes, baseOffset: logEnd, recordCount: Int(header.recordCount)))
            logEnd += Int64(header.recordCount)
        }

        private mutating func synchronize() {
            guard let target = log.takeSyncTarget() else { return }
            #expect(target.callCount > 0, comment)
            // Appended and written while the sync was under way: not covered by it.
            _ = log.write()
            log.synchronized(through: target.offset)
            #expect(log.synchronizedOffset == target.offset, comment)
        }

        private mutating func trim() {
            let offset = Int64.random(in: logStart...log.highWatermark, using: &random)
            do throws(ErrorCode) {
                logStart = try log.deleteRecords(below: offset)
                #expect(logStart == offset, comment)
            } catch {
                Issue.record("\(error), seed \(seed)")
            }
        }

        /// Ends the process without a word: what was written stays, what was not is gone.
        private mutating func reopen() throws {
            let written = log.writtenOffset
            let point = log.recoveryPoint
            log = try Self.open(disk, directory, settings, point, source)
            #expect(log.logEndOffset == written, comment)
            #expect(log.highWatermark == written, comment)
            #expect(log.recovery.findings.isEmpty, comment)
            // What was deleted above the recovery point may be back.
            #expect(log.logStartOffset <= logStart, comment)
            logStart = log.logStartOffset
            batches.removeAll { $0.baseOffset >= written }
            logEnd = written
            cursors.removeAll { $0.offset > written }
            cursors.append(StoreCursor(offset: logStart))
        }

        private mutating func readSomewhere() throws {
            if Bool.random(using: &random) {
                cursors.append(
                    StoreCursor(
                        offset: Int64.random(in: logStart...log.highWatermark, using: &random)))
            }
            let index = Int.random(in: 0..<cursors.count, using: &random)
            if cursors[index].offset < logStart { cursors[index] = StoreCursor(offset: logStart) }
            let before = cursors[index].offset
            let limit = Int.random(in: 1...20_000, using: &random)
            switch log.read(&cursors[index], maximumByteCount: limit) {
            case .atEnd: #expect(before == log.highWatermark, comment)
            case .batches(let slice): try check(Array(slice.bytes), from: before, index, limit)
            case .file(let slice):
                try check(try slice.bytes(), from: before, index, limit)
            case .outOfRange: Issue.record("\(before) is out of range, seed \(seed)")
            case .failed(let code): Issue.record("\(code), seed \(seed)")
            }
        }

        private func check(
            _ bytes: [UInt8], from offset: Int64, _ index: Int, _ limit: Int
        ) throws {
            let first = try #require(batches.firstIndex { offset < $0.endOffset }, comment)
            var expected: [UInt8] = []
            var next = first
            while expected.count < bytes.count, next < batches.count {
                expected += batches[next].placed()
                next += 1
            }
            #expect(bytes == expected, "from \(offset), seed \(seed)")
            #expect(bytes.count <= limit || next == first + 1, comment)
            #expect(cursors[index].offset == batches[next - 1].endOffset, comment)
            #expect(cursors[index].offset <= log.highWatermark, comment)
        }
    }

    private func withPlace(_ body: (String) throws -> Void) throws {
        let place = NSTemporaryDirectory() + "aeromq-log-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: place + "/quarantine", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        try body(place)
    }

    @Test(arguments: [TopicDurability.os, .interval, .sync], 0..<UInt64(8))
    func behavesLikeTheModel(durability: TopicDurability, round: UInt64) throws {
        try withPlace { place in
            let pool = try BufferPool(
                configuration: BufferPoolConfiguration(capacityBytes: 64 << 20))
            do {
                var walk = try Walk(
                    durability, directory: place, source: ChunkSource(pool: pool),
                    seed: TestSeed.current &+ round)
                for _ in 0..<400 { try walk.step() }
            }
            #expect(pool.statistics.bytesOutstanding == 0)
        }
    }

    /// A reader falls out of the memory, catches up, and falls out again: where it stood in the
    /// file the first time must not be taken for where it stands now.
    @Test func aReaderThatFallsBehindTwiceSeesEachBatchOnce() throws {
        try withPlace { place in
            let pool = try BufferPool(
                configuration: BufferPoolConfiguration(capacityBytes: 16 << 20))
            var log = try PartitionLog(
                opening: place + "/0", on: SystemDisk(), settings: LogSettings(durability: .os),
                recoveryPoint: nil, quarantine: place + "/quarantine",
                source: ChunkSource(pool: pool), nowMilliseconds: 0)
            var cursor = StoreCursor(offset: 0)
            for byte in UInt8(0)..<12 {
                try log.append(ModelBatch.filled(byte, byteCount: 100))
                #expect(log.write() != .diskFull)
                let isInMemory = byte % 3 == 1
                if !isInMemory { _ = log.release(below: .max, reserving: .max) }
                let bytes: [UInt8]
                switch log.read(&cursor, maximumByteCount: 1) {
                case .batches(let slice) where isInMemory: bytes = Array(slice.bytes)
                case .file(let slice) where !isInMemory: bytes = try slice.bytes()
                case let other:
                    Issue.record("batch \(byte) was read as \(other)")
                    return
                }
                let header = try RecordBatchHeader.checked(bytes)
                #expect(header.baseOffset == Int64(byte))
            }
        }
    }
}

extension FileSlice {
    /// The bytes, as a socket would be sent them.
    func bytes() throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: byteCount) { memory, count in
            count = try file.read(into: UnsafeMutableRawBufferPointer(memory), at: position)
        }
    }
}
