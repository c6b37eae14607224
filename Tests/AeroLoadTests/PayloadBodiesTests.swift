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

    /// Every seed has its bodies for good: results of different releases stay comparable.
    @Test func randomBodiesAreTheBytesOfTheirWords() {
        let bodies = PayloadBodies(messageByteCount: 32 + 13, seed: 7)
        let random = CounterRandom(seed: 7)
        for sequence in 0..<16 as Range<Int64> {
            let body = Self.message(bodies, sequence: sequence)
            let start = Int(sequence) * 13
            let expected = (start..<start + 13).map { offset in
                let word = random.word(UInt64(offset / 8))
                return UInt8(truncatingIfNeeded: word >> UInt64(offset % 8 * 8))
            }
            #expect(body == expected)
        }
    }

    @Test func jsonBodiesAreTextAndDiffer() {
        func make() -> PayloadBodies {
            PayloadBodies(messageByteCount: 700, seed: 7, payload: .json, variantCountMin: 1_025)
        }
        let bodies = make()
        #expect(bodies.variantCount == 2_048)
        var distinct: Set<[UInt8]> = []
        for sequence in 0..<2_048 as Range<Int64> {
            let body = Self.message(bodies, sequence: sequence)
            #expect(body.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(body.starts(with: Array(#"[{"id":""#.utf8)))
            distinct.insert(body)
        }
        #expect(distinct.count == 2_048)
        #expect(Self.message(bodies, sequence: 99) == Self.message(make(), sequence: 99))
    }

    /// Down to the stamp alone.
    @Test(arguments: [16, 17, 32, 33, 64]) func shortJSONBodiesAreCut(byteCount: Int) {
        let bodies = PayloadBodies(
            messageByteCount: byteCount, seed: 7, payload: .json, variantCountMin: 100)
        let body = Self.message(bodies, sequence: 5)
        #expect(body.count == byteCount - bodies.form.byteCount)
        #expect(bodies.variantCount == 128)
    }

    /// A body that came twice in a batch would compress as no real message does.
    @Test(arguments: [1, 64, 5_000]) func aBatchThatIsCompressedHasNoBodyTwice(messages: Int) throws
    {
        let scenario = try Scenario.parse(
            Array(
                """
                name: bodies
                duration: 1s
                classes:
                  - name: main
                    message-size: 100B
                    load: { schedule: maximum, in-flight: 8 }
                    batch: { messages: \(messages), bytes: 1MiB, compression: lz4 }
                """.utf8), fileName: "bodies.yaml", overrides: [])
        let bodies = MessageBodies(scenario)
        var distinct: Set<[UInt8]> = []
        for sequence in 0..<Int64(messages) {
            var bytes = [UInt8](repeating: 0, count: 100)
            bytes.withUnsafeMutableBytes { buffer in
                let stamp = Stamp(
                    classIndex: 0, producer: 0, destination: 0, sequence: sequence,
                    intendedNanoseconds: 0, actualNanoseconds: 0)
                if let start = buffer.baseAddress {
                    bodies.fill(start, classIndex: 0, stamp, byteCount: 100)
                }
            }
            distinct.insert(Array(bytes[32...]))
        }
        #expect(distinct.count == messages)
    }

    @Test func memoryOfLargeBodiesIsBounded() {
        let bodies = PayloadBodies(messageByteCount: 4 << 20, seed: 1)
        #expect(bodies.variantCount == 2)
        #expect(PayloadBodies(messageByteCount: 16, seed: 1).form == .compact)
    }
}
