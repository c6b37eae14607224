// Zig-zag varints: vectors, bounds and every malformed form.

import AeroWire
import TestSupport
import Testing

@Suite struct VarintTests {
    static let vectors: [(value: Int64, bytes: [UInt8])] = [
        (0, [0]), (-1, [1]), (1, [2]), (63, [126]), (-64, [127]), (64, [128, 1]),
        (-65, [129, 1]), (8_191, [254, 127]), (-8_192, [255, 127]), (8_192, [128, 128, 1]),
        (Int64(Int32.max), [254, 255, 255, 255, 15]), (Int64(Int32.min), [255, 255, 255, 255, 15]),
        (.max, [254, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
        (.min, [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
    ]

    static func encode(_ value: Int64) -> [UInt8] {
        withBlock(16) { block in
            var position = 0
            if let memory = block.baseAddress { Varint.write(value, to: memory, at: &position) }
            return Array(block[..<position])
        }
    }

    static func decode(_ bytes: [UInt8]) throws(WireError) -> (value: Int64, end: Int) {
        var position = 0
        let result: Result<Int64, WireError> = withExactCopy(bytes) { block in
            Result { () throws(WireError) in
                try Varint.read(
                    from: UnsafeRawBufferPointer(block), at: &position, end: bytes.count)
            }
        }
        return (try result.get(), position)
    }

    @Test(arguments: vectors)
    func vectorsBothWays(value: Int64, bytes: [UInt8]) throws {
        #expect(Self.encode(value) == bytes)
        #expect(Varint.byteCount(value) == bytes.count)
        let decoded = try Self.decode(bytes)
        #expect(decoded.value == value)
        #expect(decoded.end == bytes.count)
    }

    @Test func everyMagnitudeRoundTripsAndEveryTruncationIsFound() throws {
        var random = SplitMix64(seed: TestSeed.current)
        for shift in 0..<64 {
            for _ in 0..<20 {
                let word = UInt64.random(in: .min ... .max, using: &random) >> UInt64(shift)
                let value = Varint.unZigZag(word)
                #expect(Varint.zigZag(value) == word)
                let bytes = Self.encode(value)
                #expect(bytes.count == Varint.byteCount(value), "seed \(TestSeed.current)")
                #expect(try Self.decode(bytes).value == value, "seed \(TestSeed.current)")
                for cut in 0..<bytes.count {
                    #expect(
                        throws: WireError.truncated(neededByteCount: 1, availableByteCount: 0)
                    ) { try Self.decode(Array(bytes[..<cut])) }
                }
            }
        }
    }

    @Test func moreThanSixtyFourBitsAreRefused() {
        let elevenBytes = [UInt8](repeating: 0x80, count: 10) + [0]
        let bit64 = [UInt8](repeating: 0x80, count: 9) + [2]
        for bytes in [elevenBytes, bit64] {
            #expect(throws: WireError.invalidVarint) { try Self.decode(bytes) }
        }
    }

    @Test func aThirtyTwoBitFieldRefusesMore() {
        for value in [Int64(Int32.max) + 1, Int64(Int32.min) - 1, .max, .min] {
            let bytes = Self.encode(value)
            var position = 0
            #expect(throws: WireError.invalidVarint) {
                try withExactCopy(bytes) {
                    try Varint.readInt32(
                        from: UnsafeRawBufferPointer($0), at: &position, end: bytes.count)
                }
            }
        }
    }
}
