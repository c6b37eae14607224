// What result files can show: single runs, blocks, pairs in turn, and files not to be trusted.

import Testing

@testable import AeroReport

struct GateEvidenceTests {
    private let base = SampleResult()

    private func relative(_ report: GateReport) -> [GateCheck] {
        report.checks.filter { $0.kind == .relative }
    }

    @Test func singleRunsCannotTell() throws {
        var slower = base
        slower.tailFactor = 1.5
        slower.id = "other"
        let report = try GateReport(
            baseline: [base.document()], candidate: [slower.document()])
        #expect(report.exitCode == .inconclusive)
        #expect(relative(report).allSatisfy { $0.verdict == .inconclusive })
        #expect(relative(report).allSatisfy { $0.explanation.contains("one run of a side") })
        #expect(report.experiments == nil)
        #expect(report.notes.contains { $0.contains("weak evidence") })
    }

    /// Twice as slow in every window is no mood of a machine; the same in a few windows may be.
    @Test func aGrossDifferenceFailsSingleRuns() throws {
        var windows = base
        windows.windowCount = 10
        windows.sampleCount = 20_000
        var slower = windows
        slower.id = "other"
        slower.medianNanoseconds *= 3
        let report = try GateReport(
            baseline: [windows.document()], candidate: [slower.document()])
        #expect(report.exitCode == .regression)
        let p99 = try #require(relative(report).first { $0.name == "e2e.intended.p99" })
        #expect(p99.verdict == .fail && p99.explanation.contains("beyond anything"))
        // The other way round it is an improvement.
        let faster = try GateReport(
            baseline: [slower.document()], candidate: [windows.document()])
        #expect(faster.exitCode == .inconclusive)
        slower.windowCount = 7
        let short = try GateReport(
            baseline: [windows.document()], candidate: [slower.document()])
        #expect(short.exitCode == .inconclusive)
        slower.windowCount = 10
        slower.medianNanoseconds = windows.medianNanoseconds * 19 / 10
        let less = try GateReport(
            baseline: [windows.document()], candidate: [slower.document()])
        #expect(less.exitCode == .inconclusive)
    }

    @Test func blocksCannotTell() throws {
        var slower = base
        slower.tailFactor = 1.5
        let runs = try base.document().repeated(14, side: 0)
        let later = try slower.document().repeated(14, side: 1)
        let report = try GateReport(
            baseline: Array(runs.prefix(7)), candidate: Array(later.suffix(7)))
        #expect(report.exitCode == .inconclusive)
        #expect(relative(report).allSatisfy { $0.explanation.contains("measured in turn") })
    }

    /// Two to the minus six is more than one in a hundred: six pairs could never fail.
    @Test func tooFewPairsAreRefusedWithTheArithmetic() throws {
        let document = try base.document()
        let report = try GateReport(
            baseline: document.repeated(6, side: 0), candidate: document.repeated(6, side: 1))
        #expect(report.exitCode == .inconclusive)
        let sentence = try #require(relative(report).first?.explanation)
        #expect(sentence.contains("can never fail"))
        #expect(sentence.contains("2^-6 = 1.563 %") && sentence.contains("at least 7 pairs"))
    }

    @Test func pairsInTurnAreRecognised() {
        #expect(RunPairing.isInterleaved(["1", "4", "5"], ["2", "3", "6"]))
        #expect(RunPairing.isInterleaved(["2"], ["1"]))
        #expect(!RunPairing.isInterleaved(["1", "2"], ["3", "4"]))
        #expect(!RunPairing.isInterleaved(["1", "2"], ["1", "2"]))
        #expect(!RunPairing.isInterleaved(["1", "3"], ["2"]))
    }

    /// The last number that is still balanced, and the first that is not.
    @Test func anOrderOfFairCoinsIsRecognised() {
        for (first, pairs) in [(1, 2), (1, 7), (6, 7), (1, 11), (2, 14), (5, 20), (12, 24)] {
            #expect(RunPairing.isBalanced(first, of: pairs), "\(first) of \(pairs)")
        }
        for (first, pairs) in [(0, 2), (0, 7), (7, 7), (1, 12), (11, 12), (2, 15), (24, 24)] {
            #expect(!RunPairing.isBalanced(first, of: pairs), "\(first) of \(pairs)")
        }
    }

    @Test func evidenceIsInTheReport() throws {
        var slower = base
        slower.tailFactor = 1.2
        let report = try GateReport(
            baseline: base.document().repeated(8, side: 0),
            candidate: slower.document().repeated(8, side: 1))
        let check = try #require(relative(report).first { $0.name == "e2e.intended.p99" })
        let evidence = try #require(check.evidence)
        #expect(evidence.pairCount == 8 && abs(evidence.estimate - 0.2) < 0.01)
        #expect(evidence.worseProbability == 1.0 / 256 && evidence.verdict == .fail)
        #expect(report.experiments?[0].plan.seed == 1)
        #expect(report.experiments?[0].verdict == .fail)
    }

    @Test func scenariosShareOneTest() throws {
        var other = base
        other.scenario = "smoke"
        var slower = other
        slower.tailFactor = 1.5
        let same = try base.document()
        let report = try GateReport(
            baseline: same.repeated(7, side: 0) + other.document().repeated(7, side: 0),
            candidate: same.repeated(7, side: 1) + slower.document().repeated(7, side: 1))
        #expect(report.exitCode == .regression)
        #expect(report.experiments?.count == 1 && report.experiments?[0].metrics.count == 18)
        #expect(
            relative(report).filter { $0.verdict == .fail }.allSatisfy { $0.scenario == "smoke" })
    }

    @Test func theSameRunOnBothSidesShowsNothing() throws {
        let one = [try base.document()]
        let report = try GateReport(baseline: one, candidate: one)
        #expect(report.exitCode == .invalidRun)
        #expect(report.text().contains("is on both sides"))
    }

    @Test func editedFilesAreFound() throws {
        let whole = try base.document()
        func judged(_ change: (inout SeriesRecord) -> Void) throws -> GateReport {
            var edited = whole
            edited.id = "edited"
            change(
                &edited.classes[0].series[
                    "e2e.intended",
                    default: SeriesRecord(
                        summary: LatencySummary(), histogram: "", intervals: [])])
            return try GateReport(baseline: [whole], candidate: [edited])
        }
        #expect(try judged { _ in }.exitCode == .inconclusive)
        for report in [
            try judged { $0.summary.p99 /= 2 }, try judged { $0.summary.count += 1 },
            try judged { $0.intervals.removeLast() }, try judged { $0.summary.max = 1 },
        ] {
            #expect(report.exitCode == .invalidRun)
            #expect(report.text().contains("contradicts itself"))
        }
        var edited = whole
        edited.id = "edited"
        edited.classes[0].series["e2e.intended"]?.summary.p50 = 1
        #expect(
            try GateReport(baseline: [edited], candidate: [whole]).exitCode == .invalidRun)
    }

    @Test func classesHaveLimitsOfTheirOwn() throws {
        var two = base
        two.classNames = ["hot", "bulk"]
        var slower = two
        slower.tailFactor = 1.2
        let pairs = (
            try two.document().repeated(7, side: 0), try slower.document().repeated(7, side: 1)
        )
        var policy = try GatePolicy(
            decoding: utf8(#"{"classes": {"bulk": {"limits": {"p99": "30%", "p99.9": "30%"}}}}"#))
        let report = try GateReport(baseline: pairs.0, candidate: pairs.1, policy: policy)
        let failed = relative(report).filter { $0.verdict == .fail }
        #expect(!failed.isEmpty && failed.allSatisfy { $0.className == "hot" })
        policy.limits.relative = [.latency(.percentile(99)): 0.3]
        policy.limits.classes = [:]
        #expect(
            try GateReport(baseline: pairs.0, candidate: pairs.1, policy: policy).exitCode == .pass)
    }

    @Test func aThresholdOfNothingIsNoThreshold() throws {
        var policy = GatePolicy()
        policy.limits.relative = [.latency(.percentile(99)): 0]
        let document = try base.document()
        let report = try GateReport(
            baseline: document.repeated(7, side: 0), candidate: document.repeated(7, side: 1),
            policy: policy)
        #expect(report.exitCode == .inconclusive)
        #expect(report.text().contains("has to be larger than its threshold"))
    }

    /// Of several metrics only the one without a usable threshold is not judged.
    @Test func aThresholdOfNothingSpoilsNoOtherMetric() throws {
        var policy = GatePolicy()
        policy.limits.relative[.latency(.percentile(99))] = 0
        var slower = base
        slower.tailFactor = 1.2
        let report = try GateReport(
            baseline: base.document().repeated(7, side: 0),
            candidate: slower.document().repeated(7, side: 1), policy: policy)
        #expect(report.exitCode == .regression)
        let open = relative(report).filter { $0.verdict == .inconclusive }
        #expect(open.map(\.name).sorted() == ["ack.intended.p99", "e2e.intended.p99"])
    }

    @Test func thePolicyOfTheDocumentationJudges() throws {
        var two = base
        two.classNames = ["main", "bulk"]
        var other = two
        other.scenario = "smoke"
        let documents = [try two.document(), try other.document()]
        let report = try GateReport(
            baseline: documents.flatMap { $0.repeated(7, side: 0) },
            candidate: documents.flatMap { $0.repeated(7, side: 1) },
            policy: GatePolicy(decoding: utf8(GatePolicyTests.example)))
        #expect(report.exitCode == .pass)
        #expect(relative(report).count == 36)
        #expect(relative(report).allSatisfy { $0.verdict == .pass })
    }

    /// What is left over at the end, the drain or a cut window, has hardly any messages.
    @Test(arguments: [(1_000_000_000, ["drain"]), (100_000_000, [])] as [(Int64, [String])])
    func aRestIsNoWindowOfThroughput(_ nanoseconds: Int64, _ doubts: [String]) throws {
        func run(_ sample: SampleResult) throws -> ResultDocument {
            var document = try sample.document()
            func window(
                _ index: Int, _ nanoseconds: Int64, _ count: Int64, _ doubts: [String]
            ) -> IntervalRecord {
                IntervalRecord(
                    index: index, startNanoseconds: Int64(index) * 1_000_000_000,
                    durationNanoseconds: nanoseconds, isWarmup: false,
                    counts: MessageCounts(sent: count, acked: count, received: count),
                    doubts: doubts)
            }
            for index in 1...10 {
                document.classes[0].intervals.append(
                    window(index, 1_000_000_000, Int64(sample.receivedPerSecond), []))
            }
            document.classes[0].intervals.append(window(11, nanoseconds, 1, doubts))
            return document
        }
        var slower = base
        slower.id = "other"
        slower.receivedPerSecond = 30_000
        let report = try GateReport(baseline: [run(base)], candidate: [run(slower)])
        let check = try #require(relative(report).first { $0.name == "throughput.received" })
        #expect(check.verdict == .fail && check.explanation.contains("all 20 windows"))
    }

    /// Two stalled windows in ten seconds are twelve a minute, however long a window is.
    @Test(arguments: [500_000_000, 1_000_000_000, 2_000_000_000] as [Int64])
    func stallsAreCountedByTheMinute(_ windowNanoseconds: Int64) throws {
        var calm = base
        calm.windowNanoseconds = windowNanoseconds
        calm.windowCount = Int(SampleResult.measuredNanoseconds / windowNanoseconds)
        var stalling = calm
        stalling.id = "other"
        stalling.stalledWindowCount = 2
        let report = try GateReport(
            baseline: [calm.document()], candidate: [stalling.document()])
        let check = try #require(relative(report).first { $0.name == "e2e.intended.stalls" })
        #expect(check.baseline == 0 && check.candidate == 12)
    }

    /// Windows of 12 s have room for five stalls a minute: a limit of six is no limit.
    @Test(
        arguments: [
            (10_000_000_000, 6.0, true), (12_000_000_000, 6, false),
            (12_000_000_000, 5, true),
        ] as [(Int64, Double, Bool)])
    func aStallLimitThatCannotBeExceededIsRefused(
        _ windowNanoseconds: Int64, _ limit: Double, _ isJudged: Bool
    ) throws {
        var sample = base
        sample.windowNanoseconds = windowNanoseconds
        var policy = GatePolicy()
        policy.limits.relative[.stalls] = limit
        let document = try sample.document()
        let report = try GateReport(
            baseline: document.repeated(7, side: 0), candidate: document.repeated(7, side: 1),
            policy: policy)
        let check = try #require(relative(report).first { $0.name == "e2e.intended.stalls" })
        #expect(check.verdict == (isJudged ? .pass : .inconclusive))
        #expect(check.explanation.contains("can never fail") != isJudged)
    }

    @Test func everySeriesHasItsRatioCurve() throws {
        var slower = base
        slower.tailFactor = 1.2
        let runs = (try base.document(), try slower.document())
        func curves(_ pairCount: Int, isOrderFixed: Bool = false) throws -> [QuantileCurve] {
            func side(_ document: ResultDocument, _ side: Int) -> [ResultDocument] {
                document.repeated(pairCount, side: side, isOrderFixed: isOrderFixed)
            }
            let report = try GateReport(baseline: side(runs.0, 0), candidate: side(runs.1, 1))
            return report.curves ?? []
        }
        let found = try curves(8)
        #expect(found.map(\.series) == ["ack.intended", "e2e.intended"])
        #expect(found.allSatisfy { $0.pairCount == 8 && $0.className == "main" })
        // 10 of 100,000 samples lie beyond p99.99, and 20 are needed.
        #expect(
            found[1].points.map(\.percentile) == Array(QuantileRatioBand.percentiles.dropLast()))
        for point in found[1].points {
            let expected = point.percentile < 98.5 ? 1.0 : 1.2
            #expect(abs(point.ratio - expected) < 0.01, "\(point)")
        }
        // Neither the order of sides nor the number of pairs may be wrong for a band.
        for curve in try curves(8, isOrderFixed: true) + curves(1) {
            #expect(curve.points.allSatisfy { $0.lower == nil && $0.upper == nil })
        }
    }

    /// A second run of a pair may differ from a first for reasons of its own.
    @Test(arguments: [7, 8, 24], [0, 1])
    func aFixedOrderCannotTell(_ pairCount: Int, _ first: Int) throws {
        var slower = base
        slower.tailFactor = 1.5
        let runs = (try base.document(), try slower.document())
        func report(isOrderFixed: Bool) throws -> GateReport {
            func side(_ document: ResultDocument, _ side: Int) -> [ResultDocument] {
                document.repeated(pairCount, side: side, isOrderFixed: isOrderFixed)
            }
            return try GateReport(
                baseline: side(runs.0, first), candidate: side(runs.1, 1 - first))
        }
        let fixed = try report(isOrderFixed: true)
        #expect(fixed.exitCode == .inconclusive && fixed.experiments == nil)
        #expect(
            relative(fixed).allSatisfy {
                $0.verdict == .inconclusive
                    && $0.explanation.contains("measure pairs in random or alternating order")
            })
        #expect(try report(isOrderFixed: false).exitCode == .regression)
    }
}
