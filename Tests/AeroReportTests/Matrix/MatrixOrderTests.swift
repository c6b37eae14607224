// Combinations and their random order.

import AeroReport
import Testing

struct MatrixOrderTests {
    private static let varied = [
        VariedKey(key: "a", values: ["1", "2", "3"]), VariedKey(key: "b", values: ["x", "y"]),
    ]

    @Test func theLastKeyVariesFastest() {
        let order = MatrixOrder(Self.varied, repeatCount: 1, seed: 1)
        #expect(order.combinations.map { $0.joined() } == ["1x", "1y", "2x", "2y", "3x", "3y"])
        #expect(MatrixOrder([], repeatCount: 2, seed: 1).combinations == [[]])
    }

    @Test func eachRepetitionRunsEveryCombinationOnce() {
        let order = MatrixOrder(Self.varied, repeatCount: 4, seed: 7)
        #expect(order.runs.count == 24)
        for repetition in 0..<4 {
            let runs = order.runs[(repetition * 6)..<(repetition * 6 + 6)]
            #expect(runs.sorted() == Array(0..<6))
        }
    }

    @Test func aSeedGivesOneOrderAndAnotherAnother() {
        let order = MatrixOrder(Self.varied, repeatCount: 4, seed: 7)
        #expect(MatrixOrder(Self.varied, repeatCount: 4, seed: 7) == order)
        #expect(MatrixOrder(Self.varied, repeatCount: 4, seed: 8) != order)
        #expect(order.runs != (0..<4).flatMap { _ in Array(0..<6) }, "it is shuffled")
    }

    @Test func runsAreCountedWithoutMakingThem() {
        #expect(MatrixOrder.runCount(Self.varied, repeatCount: 5) == 30)
        let many = (0..<7).map { VariedKey(key: "\($0)", values: (0..<1_000).map { "\($0)" }) }
        #expect(MatrixOrder.runCount(many, repeatCount: 100) == nil)
    }
}

struct MatrixRunTests {
    @Test func aRunKeepsManyNumbers() throws {
        let document = try SampleResult().document()
        let run = try MatrixRun(document, position: 4, columns: ["e2e.intended.p99.95"])
        #expect(run.position == 4)
        #expect(run.resultId == document.id)
        #expect(run.driver == "aeromq")
        #expect(run.isUsable)
        #expect(run.metrics["throughput.received"] == 100_000)
        #expect(run.metrics["broker.poolHitRate"] == 0.998)
        #expect(run.metrics["broker.jemallocBytesPerMessage"] == 1.75)
        #expect(run.metrics["broker.pageFaultsPerMessage"] == 402.0 / 1_000_000)
        #expect(run.metrics["generator.contextSwitchesPerMessage"] == 1_234.0 / 1_000_000)
        for name in ["p50", "p99", "p99.9", "max", "p99.95"] {
            #expect(run.metrics["e2e.intended.\(name)"] ?? 0 > 0, "\(name)")
        }
        #expect(run.metrics["limit.share"] == nil)
    }

    @Test func classesKeepTheirOwnLatencies() throws {
        var sample = SampleResult()
        sample.classNames = ["hot", "bulk"]
        let run = try MatrixRun(sample.document(), position: 0, columns: [])
        #expect(run.metrics["hot:e2e.intended.p99"] != nil)
        #expect(run.metrics["bulk:e2e.intended.p99"] != nil)
        #expect(run.metrics["e2e.intended.p99"] == nil)
        #expect(run.metrics["throughput.received"] == 200_000)
    }

    @Test func theMedianLeavesOutWhatCannotBeUsed() {
        func run(_ value: Double, isValid: Bool = true) -> MatrixRun {
            MatrixRun(
                position: 0, driver: "aeromq", metrics: ["m": value],
                validity: ValidityRecord(isValid: isValid, reasons: [], warnings: []))
        }
        let cell = MatrixCell(
            values: [], runs: [run(90), run(100), run(120), run(1, isValid: false)])
        #expect(cell.summary(of: "m")?.median == 100)
        #expect(cell.summary(of: "m")?.spread == 0.15)
        #expect(cell.summary(of: "other") == nil)
        let pair = MatrixCell(values: [], runs: [run(1), run(3)])
        #expect(pair.summary(of: "m")?.median == 2)
        #expect(MatrixCell(values: [], runs: [run(5)]).summary(of: "m")?.spread == nil)
    }
}
