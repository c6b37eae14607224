// CRC-32C against published vectors, and the CPU's instruction against the table.

import AeroWire
import TestSupport
import Testing

@Suite struct CRC32CTests {
    /// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
    static let vectors: [(bytes: [UInt8], checksum: UInt32)] = [
        (Array("123456789".utf8), 0xE306_9283),
        ([], 0),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        ([UInt8](0...31), 0x46DD_794E),
        ([UInt8]((0...31).reversed()), 0x113F_DB5C),
        (Array("The quick brown fox jumps over the lazy dog".utf8), 0x2262_0404),
    ]

    @Test(arguments: vectors)
    func publishedVectors(bytes: [UInt8], checksum: UInt32) {
        bytes.withUnsafeBytes {
            #expect(CRC32C.checksum($0) == checksum)
            #expect(CRC32C.portableChecksum($0) == checksum)
        }
        #expect(CRC32C.checksum(bytes.span.bytes) == checksum)
    }

    /// Lengths around every lane and block boundary (8, 128, 384, 1024, 3072), at eight alignments.
    @Test func theInstructionAgreesWithTheTable() {
        var random = SplitMix64(seed: TestSeed.current)
        let bytes = (0..<8_192).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let lengths = Array(0...800) + Array(3_060...3_480) + Array(6_140...6_160)
        bytes.withUnsafeBytes { raw in
            for length in lengths {
                let seed = UInt32.random(in: .min ... .max, using: &random)
                let range = (length % 8)..<(length % 8) + length
                let part = UnsafeRawBufferPointer(rebasing: raw[range])
                #expect(
                    CRC32C.checksum(part, seed: seed) == CRC32C.portableChecksum(part, seed: seed),
                    "length \(length), seed \(TestSeed.current)")
            }
        }
    }

    @Test func aChecksumContinuesWhereAnotherEnded() {
        var random = SplitMix64(seed: TestSeed.current)
        let bytes = (0..<5_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        bytes.withUnsafeBytes { raw in
            let whole = CRC32C.checksum(raw)
            for _ in 0..<200 {
                let cut = Int.random(in: 0...raw.count, using: &random)
                let front = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[..<cut]))
                let both = CRC32C.checksum(
                    UnsafeRawBufferPointer(rebasing: raw[cut...]), seed: front)
                #expect(both == whole, "cut \(cut), seed \(TestSeed.current)")
            }
        }
    }

    @Test func thisMachineUsesItsInstruction() {
        #if arch(x86_64)
            #expect(CRC32C.engine == .sse42)
        #elseif arch(arm64)
            #expect(CRC32C.engine == .armv8)
        #endif
    }
}
