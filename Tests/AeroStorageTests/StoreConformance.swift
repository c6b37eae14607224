// What every message store has to do, checked against an array of batches.
//
// A store of another kind conforms when `StoreConformance.check` finds nothing on many seeds.

import AeroMemory
import AeroStorage
import AeroWire
import TestSupport
import Testing

/// Drives a store and a model of it with the same random steps.
struct StoreConformance {
    /// What the checks need to know of the store.
    struct Terms {
        var retentionByteCount: Int
        var maximumByteCount: Int
        var batchByteCountMax: Int
        var stepCount = 300
    }

    private let terms: Terms
    private let seed: UInt64
    private var random: SplitMix64
    private var batches: [ModelBatch] = []
    private var logStart: Int64 = 0
    private var logEnd: Int64 = 0
    /// Readers that go on from where they were, however long ago.
    private var cursors: [StoreCursor] = [StoreCursor(offset: 0)]
    /// Slices held by readers, which must stay as they were whatever the store does.
    private var held: [(slice: SharedSlice, copy: [UInt8])] = []

    private var comment: Comment { "seed \(seed)" }

    /// Checks a store made for these terms.
    static func check<Store: MessageStore & ~Copyable>(
        _ store: inout Store, _ terms: Terms, seed: UInt64
    ) throws {
        var conformance = StoreConformance(terms: terms, seed: seed)
        for _ in 0..<terms.stepCount { try conformance.step(&store) }
        try conformance.readEverything(store)
        for (slice, copy) in conformance.held {
            #expect(Array(slice.bytes) == copy, conformance.comment)
        }
    }

    private init(terms: Terms, seed: UInt64) {
        self.terms = terms
        self.seed = seed
        random = SplitMix64(seed: seed)
    }

    private mutating func step<Store: MessageStore & ~Copyable>(_ store: inout Store) throws {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: try append(&store)
        case 5..<8: try readOnwards(store)
        case 8: readAnywhere(store)
        default: release(&store)
        }
        #expect(store.logStartOffset == logStart, comment)
        #expect(store.logEndOffset == logEnd, comment)
        #expect(store.highWatermark <= logEnd, comment)
        let stored = batches.filter { $0.endOffset > logStart }.reduce(0) { $0 + $1.bytes.count }
        #expect(store.storedByteCount == stored, comment)
        #expect(store.storedByteCount <= terms.maximumByteCount, comment)
    }

    private mutating func append<Store: MessageStore & ~Copyable>(_ store: inout Store) throws {
        let roof =
            Int.random(in: 0..<40, using: &random) == 0
            ? terms.maximumByteCount + 1_000 : terms.batchByteCountMax
        let bytes = ModelBatch.random(&random, byteCountMax: roof)
        let header = try RecordBatchHeader.checked(bytes)
        let outcome = try bytes.withUnsafeBytes {
            try store.append($0, header: header, nowMilliseconds: 0)
        }
        if bytes.count > terms.maximumByteCount {
            #expect(outcome == .tooLarge(limitByteCount: terms.maximumByteCount), comment)
        } else if store.storedByteCount + bytes.count > terms.maximumByteCount,
            outcome == .full
        {
            // Full is right only as long as this batch would pass the limit; see below.
        } else {
            #expect(outcome == .appended(baseOffset: logEnd), comment)
            batches.append(
                ModelBatch(
                    bytes: bytes, baseOffset: logEnd, recordCount: Int(header.recordCount)))
            logEnd += Int64(header.recordCount)
        }
    }

    /// A reader that goes on where it stood, or is told that this is gone.
    private mutating func readOnwards<Store: MessageStore & ~Copyable>(
        _ store: borrowing Store
    ) throws {
        if cursors.count < 8, Bool.random(using: &random) {
            cursors.append(StoreCursor(offset: logStart))
        }
        let index = Int.random(in: 0..<cursors.count, using: &random)
        let limit = Int.random(in: 1...terms.batchByteCountMax * 4, using: &random)
        var cursor = cursors[index]
        try check(store, &cursor, limit)
        cursors[index] = cursor.offset < logStart ? StoreCursor(offset: logStart) : cursor
    }

    /// A reader that comes from nowhere: any offset, also ones outside the log.
    private mutating func readAnywhere<Store: MessageStore & ~Copyable>(
        _ store: borrowing Store
    ) {
        var cursor = StoreCursor(
            offset: Int64.random(in: logStart - 3...logEnd + 3, using: &random))
        do {
            try check(store, &cursor, Int.random(in: 1...terms.batchByteCountMax, using: &random))
        } catch {
            Issue.record("\(error), \(comment)")
        }
    }

    private mutating func check<Store: MessageStore & ~Copyable>(
        _ store: borrowing Store, _ cursor: inout StoreCursor, _ limit: Int
    ) throws {
        let offset = cursor.offset
        switch store.read(&cursor, maximumByteCount: limit) {
        case .file, .failed: Issue.record("a store in memory reads from memory, \(seed)")
        case .atEnd: #expect(offset == logEnd, comment)
        case .outOfRange:
            #expect(offset < logStart || offset > logEnd, "\(offset), \(comment)")
            #expect(cursor.offset == offset, comment)
        case .batches(let slice):
            #expect(offset >= logStart && offset < logEnd, comment)
            let first = try #require(batches.firstIndex { offset < $0.endOffset }, comment)
            var expected: [UInt8] = []
            var next = first
            while expected.count < slice.byteCount, next < batches.count {
                expected += batches[next].placed()
                next += 1
            }
            #expect(Array(slice.bytes) == expected, "\(offset), \(comment)")
            #expect(slice.byteCount <= limit || next == first + 1, comment)
            #expect(next > first && cursor.offset == batches[next - 1].endOffset, comment)
            if held.count < 30 { held.append((slice, expected)) }
        }
    }

    private mutating func release<Store: MessageStore & ~Copyable>(_ store: inout Store) {
        let offset = Int64.random(in: logStart...logEnd, using: &random)
        let reserving =
            [0, 0, terms.batchByteCountMax, terms.maximumByteCount, .max]
            .randomElement(using: &random) ?? 0
        let before = store.storedByteCount
        let released = store.release(below: offset, reserving: reserving)
        let start = store.logStartOffset
        #expect(store.storedByteCount == before - released, comment)
        // Nothing at or above the offset goes, and only whole batches do.
        #expect(start >= logStart && start <= max(offset, logStart), comment)
        #expect(
            start == logStart || batches.contains { $0.endOffset == start }, "\(start), \(comment)")
        if reserving == 0 {
            #expect(
                released == 0 || store.storedByteCount >= terms.retentionByteCount, comment)
        }
        logStart = start
    }

    private mutating func readEverything<Store: MessageStore & ~Copyable>(
        _ store: borrowing Store
    ) throws {
        var cursor = StoreCursor(offset: logStart)
        var steps = 0
        while cursor.offset < logEnd, steps <= batches.count {
            let offset = cursor.offset
            try check(store, &cursor, 10_000)
            #expect(cursor.offset > offset, comment)
            steps += 1
        }
    }
}
