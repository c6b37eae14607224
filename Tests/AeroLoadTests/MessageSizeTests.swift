// Sizes that vary: drawn as their distribution says, repeatable, and checkable by the ledger.

import AeroLoad
import Glibc
import TestSupport
import Testing

@Suite struct MessageSizeTests {
    static func sizes(_ size: MessageSize, seed: UInt64, count: Int) -> [Int] {
        let sampler = SizeSampler(size, seed: seed)
        return (0..<Int64(count)).map { sampler.byteCount(index: $0) }
    }

    static let shares = [
        MessageSize.Share(byteCount: 100, weight: 5), .init(byteCount: 1_000, weight: 3),
        .init(byteCount: 60, weight: 1), .init(byteCount: 70_000, weight: 1),
    ]

    @Test func weightsAreKept() {
        let seed = TestSeed.current
        let count = 100_000
        for size in [
            MessageSize.weighted(Self.shares), .histogram(file: DataFile("x"), Self.shares),
        ] {
            let drawn = Self.sizes(size, seed: seed, count: count)
            for share in Self.shares {
                let expected = Double(count) * Double(share.weight) / 10
                let found = Double(drawn.count { $0 == share.byteCount })
                #expect(abs(found - expected) < 5 * expected.squareRoot(), "seed \(seed)")
            }
        }
    }

    @Test func uniformSizesReachBothEnds() {
        let seed = TestSeed.current
        let drawn = Self.sizes(.uniform(32...41), seed: seed, count: 20_000)
        for size in 32...41 {
            let found = Double(drawn.count { $0 == size })
            #expect(abs(found - 2_000) < 5 * 2_000.0.squareRoot(), "\(size) seed \(seed)")
        }
    }

    /// Kolmogorov-Smirnov on the logarithms, by the library's error function.
    @Test func logNormalSizesPassKolmogorovSmirnov() {
        let count = 4_000
        var rejections = 0
        for seed in 0..<30 as Range<UInt64> {
            // Large sizes and wide bounds, so that neither rounding nor bounds matter.
            let size = MessageSize.logNormal(
                median: 1_000_000, sigmaBillionths: 500_000_000, bounds: 32...16_777_216)
            let drawn = Self.sizes(size, seed: seed, count: count).map {
                log((Double($0) + 0.5) / 1e6) / 0.5
            }.sorted()
            var distance = 0.0
            for (rank, value) in drawn.enumerated() {
                let expected = erfc(-value / 2.0.squareRoot()) / 2
                distance = max(distance, abs(expected - Double(rank) / Double(count)))
                distance = max(distance, abs(expected - Double(rank + 1) / Double(count)))
            }
            if distance > 1.628 / Double(count).squareRoot() { rejections += 1 }
        }
        #expect(rejections <= 4)
    }

    @Test func boundsHold() {
        let size = MessageSize.logNormal(
            median: 1_000, sigmaBillionths: 5_000_000_000, bounds: 900...1_100)
        let drawn = Self.sizes(size, seed: 3, count: 20_000)
        #expect(drawn.allSatisfy { (900...1_100).contains($0) })
        // Drawn again, not pushed to the edge.
        #expect(drawn.count { $0 == 900 || $0 == 1_100 } < 1_000)
    }

    @Test func sizesFollowFromSeedAndIndexAlone() {
        let size = MessageSize.uniform(32...100_000)
        let first = Self.sizes(size, seed: 1, count: 100)
        #expect(first == Self.sizes(size, seed: 1, count: 100))
        #expect(first != Self.sizes(size, seed: 2, count: 100))
        let trace = ArrivalTrace(times: [0, 1, 2], sizes: [64, 99, 32])
        #expect(Self.sizes(.trace(trace), seed: 9, count: 5) == [64, 99, 32, 64, 99])
    }

    /// The producers of a class share its sizes out by index, like its arrivals.
    @Test(arguments: [1, 2, 5]) func aSplitClassSendsTheSameSizes(producerCount: Int) throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal,
            overrides: [
                "classes.main.message-size={ distribution: uniform, min: 100B, max: 9KiB }",
                "classes.main.producers=\(producerCount)",
            ])
        let seed = ArrivalSchedule.classSeed(scenarioSeed: scenario.seed, classIndex: 0)
        let whole = Self.sizes(scenario.classes[0].messageSize, seed: seed, count: 100)
        for assignment in LoadPlan(scenario, runId: "r1").assignments[0].producers {
            var state = ProducerState(assignment, scenario, startNanoseconds: 0)
            for index in stride(from: assignment.producer, to: 100, by: producerCount) {
                #expect(state.messageByteCount == whole[index])
                state.advance()
            }
        }
    }

    /// Every message of a class with all sizes arrives intact, and one changed bit is seen.
    @Test func theLedgerChecksBodiesOfEverySize() throws {
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: constant, rate: 1k/s }", duration: "2s",
            [
                "classes.main.message-size={ distribution: uniform, min: 32B, max: 400B }",
                "classes.main.producers=3",
            ])
        var model = VirtualModel()
        for ordinal in stride(from: 5, to: 2_000, by: 100) { model.faults[ordinal] = .corrupt }
        let outcome = try VirtualRun.run(scenario, model)
        #expect(outcome.counts.sent == 2_000)
        #expect(outcome.verdicts[0].counts.corrupt == 20)
        #expect(outcome.verdicts[0].counts.received == 1_980)
        let mean = Double(outcome.counts.sentByteCount) / 2_000
        #expect(abs(mean - 216) < 15)
    }
}

@Suite struct VaryingBodiesTests {
    @Test(arguments: [TrafficClass.Payload.random, .json]) func everyLengthHasItsChecksum(
        payload: TrafficClass.Payload
    ) throws {
        let bodies = PayloadBodies(
            messageByteCount: 300, seed: 7, payload: payload, shortestByteCount: 32)
        for byteCount in 32...300 {
            var bytes = [UInt8](repeating: 0xEE, count: byteCount + 1)
            let stamp = Stamp(
                classIndex: 0, producer: 0, destination: 0, sequence: Int64(byteCount),
                intendedNanoseconds: 1, actualNanoseconds: 2)
            bytes.withUnsafeMutableBytes { buffer in
                if let base = buffer.baseAddress { bodies.fill(base, stamp, byteCount: byteCount) }
            }
            #expect(bytes.last == 0xEE, "not a byte more")
            bytes.withUnsafeBytes { buffer in
                let message = UnsafeRawBufferPointer(rebasing: buffer.dropLast())
                #expect(
                    Stamp.decode(message, nearNanoseconds: 0) == .valid(stamp, form: .full),
                    "\(byteCount) bytes")
            }
        }
    }

    /// The share of a body that is not random, by looking for the text that repeats itself.
    @Test(arguments: [0.25, 0.5, 0.9], [64, 300, 5_000]) func aShareOfTheBodyRepeatsItself(
        share: Double, byteCount: Int
    ) {
        let plain = PayloadBodies(messageByteCount: byteCount, seed: 7)
        let bodies = PayloadBodies(
            messageByteCount: byteCount, seed: 7, compressibleBillionths: Int64(share * 1e9))
        for sequence in 0..<16 as Range<Int64> {
            let random = PayloadBodiesTests.message(plain, sequence: sequence)
            let body = PayloadBodiesTests.message(bodies, sequence: sequence)
            let kept = zip(random, body).count { $0 == $1 }
            #expect(abs(1 - Double(kept) / Double(body.count) - share) < 0.1)
        }
        let first = PayloadBodiesTests.message(bodies, sequence: 0)
        let second = PayloadBodiesTests.message(bodies, sequence: 1)
        let common = zip(first, second).count { $0 == $1 }
        #expect(Double(common) >= Double(first.count) * (share - 0.1), "the same in all bodies")
    }
}
