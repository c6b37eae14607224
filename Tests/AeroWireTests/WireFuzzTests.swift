// Seeded mutations of valid frames and batches. `AEROMQ_FUZZ_SECONDS` makes it run that long.

import AeroWire
import Glibc
import TestSupport
import Testing

@Suite struct WireFuzzTests {
    /// How many inputs to try without a time, or until when to go on.
    struct Budget {
        private var remaining: Int
        private let deadline: ContinuousClock.Instant?

        init(iterations: Int) {
            remaining = iterations
            let seconds = getenv("AEROMQ_FUZZ_SECONDS").flatMap { Double(String(cString: $0)) }
            deadline = seconds.map { ContinuousClock.now + .seconds($0) }
        }

        mutating func next() -> Bool {
            remaining -= 1
            guard let deadline else { return remaining >= 0 }
            return !remaining.isMultiple(of: 64) || ContinuousClock.now < deadline
        }
    }

    /// Changes a few bytes, the way transports and bugs do.
    static func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        for _ in 0...random.count(max: 3) {
            guard !bytes.isEmpty else { return }
            let position = Int.random(in: bytes.indices, using: &random)
            let end = min(bytes.count, position + 1 + random.count(max: 8))
            switch random.next() % 6 {
            case 0: bytes[position] ^= 1 << UInt8(random.count(max: 7))
            case 1: bytes[position] = random.value()
            case 2: bytes.insert(contentsOf: random.bytes(max: 8), at: position)
            case 3: bytes.removeSubrange(position..<end)
            case 4: bytes.insert(contentsOf: bytes[position..<end], at: position)
            default:
                let edge = random.element([0, 0x7F, 0x80, 0xFF] as [UInt8])
                for index in position..<end { bytes[index] = edge }
            }
        }
    }

    /// Streams of frames: no crash, and what decodes encodes to the same bytes.
    @Test func mutatedStreams() throws {
        var random = SplitMix64(seed: TestSeed.current)
        var budget = Budget(iterations: 4_000)
        let samples = Dictionary(grouping: PayloadSample.all, by: \.commandCode)
        while budget.next() {
            var stream: [UInt8] = []
            for _ in 0...random.count(max: 3) {
                stream += try random.element(PayloadSample.all).makeFrame(&random)
            }
            Self.mutate(&stream, &random)
            withExactCopy(stream) { Self.read(UnsafeRawBufferPointer($0), samples) }
        }
    }

    static func read(_ bytes: UnsafeRawBufferPointer, _ samples: [UInt16: [PayloadSample]]) {
        var position = 0
        while case .success(.frame(let header, let payload)) = Result(catching: {
            try FrameDecoder.next(in: bytes, at: position, limit: 1 << 16)
        }) {
            precondition(payload.lowerBound == position + 14, "a payload is out of place")
            for sample in samples[header.commandCode] ?? [] {
                let rewritten = Result { try sample.rewrite(bytes, payload) }
                if case .success(let found) = rewritten, !found.elementsEqual(bytes[payload]) {
                    Issue.record("\(sample) has two encodings, seed \(TestSeed.current)")
                }
            }
            position = payload.upperBound
        }
    }

    /// Batches, half of them with the CRC made right again so that the records are reached.
    @Test func mutatedBatches() throws {
        var random = SplitMix64(seed: TestSeed.current)
        var budget = Budget(iterations: 4_000)
        while budget.next() {
            let records = BatchSamples.random(&random, recordCountMax: 6)
            let properties = RecordBatchProperties(baseTimestamp: 1_000)
            var batch = try #require(BatchSamples.build(records, properties, capacity: 1 << 13))
            Self.mutate(&batch, &random)
            let isSealed = random.next() % 2 == 0
            if isSealed { batch = BatchSamples.resealed(batch) }
            withExactCopy(batch) { block in
                let bytes = UnsafeRawBufferPointer(block)
                let header = Result {
                    try RecordBatchHeader.validate(in: bytes, range: 0..<batch.count)
                }
                if case .success(let header) = header {
                    #expect(header.recordCount > 0 && header.byteCount == batch.count)
                }
                BatchChecks.walk(bytes, 0..<batch.count)
            }
        }
    }

    /// Bytes without any structure, into every decoder.
    @Test func noise() {
        var random = SplitMix64(seed: TestSeed.current)
        var budget = Budget(iterations: 500)
        while budget.next() {
            let bytes = random.bytes(max: 200)
            withExactCopy(bytes) { block in
                let raw = UnsafeRawBufferPointer(block)
                BatchChecks.walk(raw, 0..<bytes.count)
                for sample in PayloadSample.all {
                    let rewritten = Result { try sample.rewrite(raw, 0..<bytes.count) }
                    if case .success(let found) = rewritten, found != bytes {
                        Issue.record("\(sample) has two encodings, seed \(TestSeed.current)")
                    }
                }
            }
        }
    }
}
