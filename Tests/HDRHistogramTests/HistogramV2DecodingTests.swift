// Damaged encodings: every truncation, every flipped bit, lies about lengths, random mutations.

import Glibc
import HDRHistogram
import TestSupport
import Testing

struct HistogramV2DecodingTests {
    private func sample(count: Int = 60) throws -> Histogram {
        try HistogramDataSet.filled(
            HistogramDataSet.latencyHistogram(), seed: 9, count: count)
    }

    @Test func everyTruncationIsNoticed() throws {
        for bytes in [try sample().encoded(), try sample().encodedCompressed()] {
            for count in 0..<bytes.count {
                let error = #expect(throws: HistogramError.self) {
                    try Histogram(decoding: Array(bytes.prefix(count)))
                }
                guard case .truncated(let needed, count) = error, needed > count else {
                    Issue.record("\(count) of \(bytes.count) bytes: \(String(describing: error))")
                    continue
                }
            }
        }
    }

    @Test func everyTruncationWithACorrectedLengthIsNoticed() throws {
        let compressed = try sample().encodedCompressed()
        for count in 8..<compressed.count {
            var bytes = Array(compressed.prefix(count))
            setLength(count - 8, of: &bytes)
            #expect(throws: HistogramError.corruptCompression) {
                try Histogram(decoding: bytes)
            }
        }
        // Plain counts carry no checksum: cut between two numbers, they are simply fewer.
        let plain = try sample().encoded()
        for count in 40..<plain.count {
            var bytes = Array(plain.prefix(count))
            setLength(count - 40, of: &bytes)
            do {
                let histogram = try Histogram(decoding: bytes)
                #expect(histogram.totalCount < 60)
            } catch {
                guard case .malformedCounts = error else { throw error }
            }
        }
    }

    @Test func trailingBytesAreNoticed() throws {
        for bytes in [try sample().encoded(), try sample().encodedCompressed()] {
            #expect(throws: HistogramError.trailingBytes(3)) {
                try Histogram(decoding: bytes + [0, 0, 0])
            }
        }
        var bytes = try sample().encodedCompressed() + [0]
        setLength(bytes.count - 8, of: &bytes)
        #expect(throws: HistogramError.corruptCompression) { try Histogram(decoding: bytes) }
    }

    @Test func everyFlippedBitOfACompressedEncodingIsNoticedOrHarmless() throws {
        let histogram = try sample()
        let original = histogram.encodedCompressed()
        var harmlessCount = 0
        for bit in 0..<original.count * 8 {
            var bytes = original
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            guard case .success(let decoded) = decoded(bytes) else { continue }
            harmlessCount += 1
            #expect(decoded == histogram, "bit \(bit)")
        }
        // Four bits of word size in the cookie, and up to seven that fill zlib's last byte.
        #expect(harmlessCount <= 4 + 7)
    }

    @Test func everyFlippedBitOfAPlainEncodingIsSurvived() throws {
        let original = try sample(count: 20).encoded()
        for bit in 0..<original.count * 8 {
            var bytes = original
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            expectSound(bytes, "bit \(bit)")
        }
    }

    @Test func liesAboutLengthsAreRefusedBeforeAllocating() throws {
        var plain = try sample().encoded()
        setLength(0x7FFF_FFFF, of: &plain)
        #expect(throws: HistogramError.invalidPayloadLength(0x7FFF_FFFF)) {
            try Histogram(decoding: plain)
        }
        var compressed = try sample().encodedCompressed()
        setLength(0xFFFF_FFFF, of: &compressed)
        #expect(
            throws: HistogramError.truncated(
                neededByteCount: 0x1_0000_0007, availableByteCount: compressed.count)
        ) {
            try Histogram(decoding: compressed)
        }
    }

    @Test func countsBeyondTheRangeAreRefused() throws {
        let header = try Histogram(highestTrackableValue: 1000, significantDigits: 1)
            .encoded().prefix(40)
        // 112 counters: a run of 112 zeros is the most that fits.
        let payloads: [([UInt8], HistogramError?)] = [
            ([], nil),
            ([0xDF, 0x01], nil),
            ([0xE1, 0x01], .malformedCounts(payloadOffset: 0)),
            ([0xDF, 0x01, 0x02], .malformedCounts(payloadOffset: 2)),
            ([0x02, 0x80], .malformedCounts(payloadOffset: 1)),
            ([UInt8](repeating: 0xFF, count: 9), .malformedCounts(payloadOffset: 0)),
            // Int64.max and one more.
            ([0xFE] + [UInt8](repeating: 0xFF, count: 8) + [0x02], .countOverflow),
        ]
        for (payload, error) in payloads {
            var bytes = Array(header) + payload
            setLength(payload.count, of: &bytes)
            if let error {
                #expect(throws: error) { try Histogram(decoding: bytes) }
            } else {
                #expect(try Histogram(decoding: bytes).isEmpty)
            }
        }
    }

    @Test func olderVersionsAndOtherBytesAreNamed() throws {
        var bytes = try sample().encoded()
        bytes[3] = 0x01
        #expect(throws: HistogramError.unknownCookie(0x1C84_9301)) {
            try Histogram(decoding: bytes)
        }
        #expect(throws: HistogramError.truncated(neededByteCount: 4, availableByteCount: 0)) {
            try Histogram(decoding: [])
        }
    }

    @Test func base64IsReadStrictly() throws {
        let text = try sample().encodedBase64()
        #expect(throws: HistogramError.invalidBase64(offset: text.utf8.count - 1)) {
            try Histogram(base64: String(text.dropLast()))
        }
        #expect(throws: HistogramError.invalidBase64(offset: 5)) {
            try Histogram(base64: "HISTF_AA")
        }
        #expect(throws: HistogramError.invalidBase64(offset: 0)) { try Histogram(base64: "====") }
        #expect(throws: HistogramError.invalidBase64(offset: 2)) {
            try Histogram(base64: "AA==AAAA")
        }
        // Bits left over in the last character.
        #expect(throws: HistogramError.invalidBase64(offset: 1)) { try Histogram(base64: "AB==") }
        #expect(throws: HistogramError.invalidBase64(offset: 2)) { try Histogram(base64: "AAB=") }
    }

    /// `AEROMQ_FUZZ_ITERATIONS` asks for more mutations than the default.
    @Test func randomMutationsAreSurvived() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        let iterationCount =
            getenv("AEROMQ_FUZZ_ITERATIONS").flatMap { Int(String(cString: $0)) } ?? 4000
        let originals = [
            try sample(count: 20).encoded(), try sample(count: 20).encodedCompressed(),
        ]
        for iteration in 0..<iterationCount {
            var bytes = originals[iteration % 2]
            for _ in 0...(random.next() % 4) {
                let position = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[position] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: position)
                case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: position)
                default: bytes[position] = [0x00, 0x7F, 0x80, 0xFF][Int(random.next() % 4)]
                }
            }
            // Often repair the length, so that the damage behind it is reached.
            let headerByteCount = iteration % 2 == 0 ? 40 : 8
            if bytes.count >= headerByteCount, random.next() % 4 != 0 {
                setLength(bytes.count - headerByteCount, of: &bytes)
            }
            expectSound(bytes, "iteration \(iteration), seed \(seed)")
        }
    }

    /// Expects bytes to be refused, or else to be a histogram that survives another round trip.
    private func expectSound(_ bytes: [UInt8], _ comment: Comment) {
        guard case .success(let histogram) = decoded(bytes) else { return }
        #expect(decoded(histogram.encoded()) == .success(histogram), comment)
        #expect(
            histogram.recordedValues.reduce(0) { $0 + $1.countAtValue } == histogram.totalCount,
            comment)
    }

    private func decoded(_ bytes: [UInt8]) -> Result<Histogram, HistogramError> {
        Result { () throws(HistogramError) in try Histogram(decoding: bytes) }
    }

    /// Sets the length field, which both encodings have at offset 4.
    private func setLength(_ length: Int, of bytes: inout [UInt8]) {
        for index in 0..<4 {
            bytes[4 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index))
        }
    }
}
