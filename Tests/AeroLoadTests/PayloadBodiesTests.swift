// Message bodies.

import AeroLoad
import Testing

@Suite struct PayloadBodiesTests {
    static func message(_ bodies: borrowing PayloadBodies, sequence: Int64) -> [UInt8] {
        let stamp = Stamp(
            classIndex: 0, producer: 0, destination: 0, sequence: sequence, intendedNanoseconds: 0,
            actualNanoseconds: 0)
        var bytes = [UInt8](repeating: 0, count: bodies.messageByteCount)
        bytes.withUnsafeMutableBytes { buffer in
            if let start = buffer.baseAddress { bodies.fill(start, stamp) }
        }
        return Array(bytes[bodies.form.byteCount...])
    }

    @Test func bodiesComeFromTheSeedAndDiffer() {
        let bodies = PayloadBodies(messageByteCount: 200, seed: 7)
        let again = PayloadBodies(messageByteCount: 200, seed: 7)
        let other = PayloadBodies(messageByteCount: 200, seed: 8)
        #expect(Self.message(bodies, sequence: 0) == Self.message(again, sequence: 0))
        #expect(Self.message(bodies, sequence: 0) != Self.message(other, sequence: 0))
        var distinct: Set<[UInt8]> = []
        for sequence in 0..<64 as Range<Int64> {
            distinct.insert(Self.message(bodies, sequence: sequence))
        }
        #expect(distinct.count == bodies.variantCount)
        #expect(bodies.variantCount == 16)
    }

    @Test func bodiesDoNotCompress() {
        let body = Self.message(PayloadBodies(messageByteCount: 65_536, seed: 1), sequence: 0)
        var counts = [Int](repeating: 0, count: 256)
        for byte in body { counts[Int(byte)] += 1 }
        // 256 of each expected, standard deviation 16.
        #expect(counts.allSatisfy { (156...356).contains($0) })
    }

    @Test func jsonBodiesAreTextAndDiffer() {
        let bodies = PayloadBodies(messageByteCount: 700, seed: 7, payload: .json, variety: .many)
        #expect(bodies.variantCount == 8_192)
        var distinct: Set<[UInt8]> = []
        for sequence in 0..<2_000 as Range<Int64> {
            let body = Self.message(bodies, sequence: sequence)
            #expect(body.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(body.starts(with: Array(#"[{"id":""#.utf8)))
            distinct.insert(body)
        }
        #expect(distinct.count == 2_000)
        let again = PayloadBodies(messageByteCount: 700, seed: 7, payload: .json, variety: .many)
        #expect(Self.message(bodies, sequence: 99) == Self.message(again, sequence: 99))
    }

    /// Down to the stamp alone.
    @Test(arguments: [16, 17, 32, 33, 64]) func shortJSONBodiesAreCut(byteCount: Int) {
        let bodies = PayloadBodies(
            messageByteCount: byteCount, seed: 7, payload: .json, variety: .many)
        let body = Self.message(bodies, sequence: 5)
        #expect(body.count == byteCount - bodies.form.byteCount)
        #expect(bodies.variantCount == 65_536)
    }

    @Test func memoryOfLargeBodiesIsBounded() {
        let bodies = PayloadBodies(messageByteCount: 4 << 20, seed: 1)
        #expect(bodies.variantCount == 2)
        #expect(PayloadBodies(messageByteCount: 16, seed: 1).form == .compact)
    }
}
