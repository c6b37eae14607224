// Both forms of the stamp: bytes, round trip, every bit flip and truncation.

import AeroLoad
import TestSupport
import Testing

@Suite struct StampTests {
    static func random(_ form: StampForm, _ random: inout SplitMix64) -> Stamp {
        let isFull = form == .full
        let intended = Int64.random(in: 0...(1 << 60), using: &random)
        return Stamp(
            classIndex: UInt8.random(in: 0...(isFull ? 255 : 15), using: &random),
            producer: UInt16.random(in: 0...(isFull ? 65_535 : 255), using: &random),
            destination: UInt16.random(in: 0...(isFull ? 65_535 : 255), using: &random),
            sequence: Int64.random(in: 0..<(1 << (isFull ? 48 : 32)), using: &random),
            intendedNanoseconds: intended,
            actualNanoseconds: intended + Int64.random(in: 0...15, using: &random))
    }

    static func message(_ stamp: Stamp, byteCount: Int, seed: UInt64) -> [UInt8] {
        let bodies = PayloadBodies(messageByteCount: byteCount, seed: seed)
        var bytes = [UInt8](repeating: 0xEE, count: byteCount + 1)
        // One byte off, so that nothing relies on alignment.
        bytes.withUnsafeMutableBytes { buffer in
            if let start = buffer.baseAddress { bodies.fill(start + 1, stamp) }
        }
        return bytes
    }

    static func decode(_ bytes: [UInt8], near nanoseconds: Int64) -> StampDecode {
        bytes.withUnsafeBytes { buffer in
            Stamp.decode(
                UnsafeRawBufferPointer(rebasing: buffer[1...]), nearNanoseconds: nanoseconds)
        }
    }

    @Test(arguments: [16, 17, 24, 31, 32, 33, 100, 1_024])
    func roundTrip(byteCount: Int) {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        let form = StampForm(messageByteCount: byteCount)
        for _ in 0..<200 {
            let stamp = Self.random(form, &random)
            let bytes = Self.message(stamp, byteCount: byteCount, seed: random.next())
            let near = stamp.intendedNanoseconds + Int64.random(in: 0...(1 << 46), using: &random)
            #expect(Self.decode(bytes, near: near) == .valid(stamp, form: form), "seed \(seed)")
        }
    }

    @Test(arguments: [16, 20, 31, 32, 48, 200])
    func everyBitFlipAndTruncationIsSeen(byteCount: Int) {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        let stamp = Self.random(StampForm(messageByteCount: byteCount), &random)
        let bytes = Self.message(stamp, byteCount: byteCount, seed: 1)
        let near = stamp.intendedNanoseconds
        for bit in 0..<byteCount * 8 {
            var flipped = bytes
            flipped[1 + bit / 8] ^= 1 << UInt8(bit % 8)
            let decode = Self.decode(flipped, near: near)
            // A message whose mark is damaged is not recognised as ours.
            let isInMark = bit < 8 && decode == .foreign
            #expect(decode == .corrupt || isInMark, "bit \(bit) seed \(seed)")
        }
        for length in 0..<byteCount {
            switch Self.decode(Array(bytes.prefix(1 + length)), near: near) {
            case .valid: Issue.record("a message cut to \(length) bytes passed, seed \(seed)")
            case .corrupt, .foreign: break
            }
        }
    }

    @Test func fullFormIsTheDocumentedBytes() {
        let stamp = Stamp(
            classIndex: 2, producer: 0x0304, destination: 0x0506, sequence: 0x0708_090A_0B0C,
            intendedNanoseconds: 0x1112_1314_1516_1718, actualNanoseconds: 0x2122_2324_2526_2728)
        var bytes = [UInt8](repeating: 0, count: 32)
        bytes.withUnsafeMutableBytes { buffer in
            if let start = buffer.baseAddress { stamp.encodeFull(into: start, bodyChecksum: 0) }
        }
        let head: [UInt8] = [0xA1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0A, 0x0B, 0x0C]
        let times: [UInt8] = Array(0x11...0x18) + Array(0x21...0x28)
        #expect(Array(bytes[..<12]) == head)
        #expect(Array(bytes[16...]) == times)
        let checksum = Self.checksum(head + [0, 0, 0, 0] + times)
        #expect(
            Array(bytes[12..<16])
                == (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (24 - 8 * $0)) })
    }

    @Test func compactFormIsTheDocumentedBytes() {
        let stamp = Stamp(
            classIndex: 5, producer: 0x06, destination: 0x07, sequence: 0xFFFF_0809_0A0B,
            intendedNanoseconds: 0x1112_1314_1516_1718, actualNanoseconds: 0x1112_1314_1516_171B)
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes.withUnsafeMutableBytes { buffer in
            if let start = buffer.baseAddress { stamp.encodeCompact(into: start, bodyChecksum: 0) }
        }
        let head: [UInt8] = [
            0xC5, 3, 6, 7, 0x08, 0x09, 0x0A, 0x0B, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,
        ]
        #expect(Array(bytes[..<14]) == head)
        let checksum = Self.checksum(head + [0, 0])
        let folded = UInt16(truncatingIfNeeded: checksum >> 16 ^ checksum)
        #expect(bytes[14] == UInt8(folded >> 8) && bytes[15] == UInt8(folded & 0xFF))
    }

    @Test func checksumCoversTheBodyFirst() {
        let body: [UInt8] = [1, 2, 3, 4, 5]
        let stamp = Stamp(
            classIndex: 0, producer: 0, destination: 0, sequence: 9, intendedNanoseconds: 1,
            actualNanoseconds: 2)
        var bytes = [UInt8](repeating: 0, count: 32) + body
        bytes.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            stamp.encodeFull(into: start, bodyChecksum: Self.checksum(body))
        }
        var cleared = Array(bytes[..<32])
        for index in 12..<16 { cleared[index] = 0 }
        let checksum = Self.checksum(body + cleared)
        #expect(bytes[12] == UInt8(checksum >> 24) && bytes[15] == UInt8(checksum & 0xFF))
        bytes.insert(0, at: 0)
        #expect(Self.decode(bytes, near: 0) == .valid(stamp, form: .full))
    }

    @Test func compactTimesSurviveTheWrapOf48Bits() {
        let wrap: Int64 = 1 << 48
        for (intended, near) in [
            (wrap - 1, wrap + 5), (wrap * 3 - 7, wrap * 3 + 1), (wrap + 10, wrap - 10), (0, 0),
        ] {
            let stamp = Stamp(
                classIndex: 1, producer: 1, destination: 1, sequence: 1,
                intendedNanoseconds: intended, actualNanoseconds: intended + 8)
            let bytes = Self.message(stamp, byteCount: 16, seed: 1)
            #expect(Self.decode(bytes, near: near) == .valid(stamp, form: .compact))
        }
    }

    @Test func strangersAreForeign() {
        for count in [1, 2, 16, 17, 33, 500] {
            #expect(Self.decode([UInt8](repeating: 0, count: count), near: 0) == .foreign)
            #expect(
                Self.decode([UInt8](repeating: UInt8(ascii: "x"), count: count), near: 0)
                    == .foreign)
        }
    }

    /// CRC-32C bit by bit: the definition (RFC 3720, appendix B.4), independent of the product.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
        }
        return ~crc
    }
}
