// Snapshots of producer state: what is written is read, and nothing else is.

import AeroStorage
import AeroWire
import TestSupport
import Testing

@Suite struct ProducerSnapshotTests {
    private static let offset: Int64 = 5_000

    /// Some producers with one to eight batches each.
    private func sampleBytes(producerCount: Int = 9) -> [UInt8] {
        var table = ProducerStateTable()
        var next: Int64 = 0
        for id in 0..<Int64(producerCount) {
            for batch in 0...Int32(id) {
                table.record(
                    producedHeader(
                        id << 40, epoch: Int16(id), sequence: batch * 3, count: 3,
                        baseOffset: next),
                    nowMilliseconds: 1_000 + id)
                next += 3
            }
        }
        return table.snapshot(at: Self.offset).encode()
    }

    private func error(
        _ bytes: [UInt8], at snapshotOffset: Int64 = offset
    ) -> ProducerSnapshotError? {
        do {
            try bytes.withUnsafeBytes { raw in
                let table = try ProducerStateTable(decoding: raw, snapshotOffset: snapshotOffset)
                #expect(table.snapshot(at: snapshotOffset).encode() == bytes)
            }
            return nil
        } catch {
            return error as? ProducerSnapshotError
        }
    }

    /// Puts a right CRC behind bytes that were tampered with.
    private func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let body = bytes.dropLast(4)
        let crc = Array(body).withUnsafeBytes { CRC32C.checksum($0) }
        return body + (0..<4).map { UInt8(truncatingIfNeeded: crc >> (24 - 8 * $0)) }
    }

    @Test func anEmptyTableIsTwentyFourBytes() {
        let bytes = ProducerStateTable().snapshot(at: 0).encode()
        #expect(bytes.count == 24)
        #expect(error(bytes, at: 0) == nil)
    }

    @Test func whatIsWrittenIsRead() { #expect(error(sampleBytes()) == nil) }

    @Test func everyFlippedBitIsFound() {
        let bytes = sampleBytes()
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                #expect(error(damaged) != nil, "byte \(index) bit \(bit)")
            }
        }
    }

    @Test func everyTruncationIsFound() {
        let bytes = sampleBytes()
        for count in 0..<bytes.count {
            #expect(error(Array(bytes[..<count])) != nil, "\(count) bytes")
        }
        #expect(error(bytes + [0]) != nil)
    }

    @Test func whatIsWrongIsSaid() {
        let bytes = sampleBytes()
        #expect(error([]) == .invalidLength(byteCount: 0))
        #expect(
            error(bytes, at: 4_999)
                == .wrongOffset(found: Self.offset, expected: 4_999))
        var other = bytes
        other[0] = 0
        #expect(error(other) == .notASnapshot)
        other = bytes
        other[5] = 9
        #expect(error(other) == .unsupportedVersion(9))
        other = bytes
        other[30] ^= 1
        if case .crcMismatch? = error(other) {} else { Issue.record("the CRC was not checked") }
    }

    @Test func fieldsThatContradictAreRefusedAlsoUnderARightCRC() {
        let bytes = sampleBytes()
        // Of the first entry: id, batch count, and its batch's offset, sequence and count.
        let tampered: [(position: Int, value: UInt8)] = [
            (20, 0x80), (39, 0), (39, 6), (40, 0x80), (45, 1), (48, 0x80), (52, 0x80), (55, 0),
        ]
        for (position, value) in tampered {
            var other = bytes
            other[position] = value
            #expect(error(sealed(other)) == .invalidEntry(0), "byte \(position)")
        }
        // More producers than there are bytes for, and fewer.
        var more = bytes
        more[16] = 0xFF
        #expect(error(sealed(more)) == .invalidEntry(9))
        var fewer = bytes
        fewer[19] -= 1
        #expect(error(sealed(fewer)) == .invalidLength(byteCount: bytes.count))
        // The second producer once more.
        var twice = bytes
        twice[20..<28] = twice[56..<64]
        #expect(error(sealed(twice)) == .invalidEntry(1))
    }

    @Test func randomBytesAreRefused() {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for _ in 0..<2_000 {
            var bytes = (0..<Int.random(in: 24...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            // As far as the entries, so that these are tried too.
            bytes.replaceSubrange(0..<20, with: sampleBytes(producerCount: 1)[0..<20])
            bytes[19] = UInt8.random(in: 1...3, using: &random)
            #expect(error(sealed(bytes)) != nil, "seed \(seed): \(bytes)")
        }
    }

    @Test func aLowerBoundKeepsThoseUsedLast() throws {
        let bytes = sampleBytes()
        try bytes.withUnsafeBytes { raw in
            let table = try ProducerStateTable(
                decoding: raw, snapshotOffset: Self.offset,
                limits: ProducerStateLimits(producerCountMax: 2))
            #expect(table.producerCount == 2)
            let last = producedHeader(8 << 40, epoch: 8, sequence: 27, count: 1)
            #expect(table.check(last) == .next)
        }
    }
}
