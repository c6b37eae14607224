// What a run at one rate says: met, not met, too slow a generator, or nothing.

import AeroReport
import Testing

struct CapacityProbeTests {
    private func probe(
        _ document: ResultDocument, _ objective: String = "e2e.intended.p99 < 5ms",
        refusedCount: Int64 = 0
    ) throws -> CapacityProbe {
        try CapacityProbe(
            document,
            CapacityQuestion(
                index: 3, phase: .bisect, offeredPerSecond: 100_000,
                objectives: [try ServiceLevelObjective(parsing: objective)],
                backlogGrowthShareMax: 0.01, refusedCount: refusedCount))
    }

    /// A valid run whose e2e p99 is a few times its median, and whose backlog is what is given.
    private func document(
        medianNanoseconds: Int64 = 1_000, backlog: [Int64] = [0, 0, 0, 0],
        reasons: [String] = []
    ) throws -> ResultDocument {
        var sample = SampleResult()
        sample.medianNanoseconds = medianNanoseconds
        sample.ledger = LedgerCounts(sent: 1_000, acked: 1_000, expected: 1_000)
        sample.reasons = reasons.map { ValidityReason(code: $0, message: "for a test") }
        var document = try sample.document()
        document.classes[0].intervals = intervals(backlog)
        return document
    }

    /// A second of 1,000 messages each, after one of warm-up.
    private func intervals(_ backlog: [Int64]) -> [IntervalRecord] {
        var before: Int64 = 0
        return ([backlog.first ?? 0] + backlog).enumerated().map { index, value in
            defer { before = value }
            return IntervalRecord(
                index: index, startNanoseconds: Int64(index) * 1_000_000_000,
                durationNanoseconds: 1_000_000_000, isWarmup: index == 0,
                counts: MessageCounts(
                    sent: 1_000, acked: 1_000, received: 1_000 - (value - before)))
        }
    }

    @Test func isMet() throws {
        let probe = try probe(document())
        #expect(probe.verdict == .met)
        #expect(probe.reason == nil)
        #expect(probe.index == 3 && probe.phase == .bisect)
        #expect(probe.objectives.map(\.isMet) == [true])
        #expect((probe.objectives[0].measured ?? 0) > 0)
        #expect(probe.series["e2e.intended"]?.count ?? 0 > 0)
        #expect(probe.heldNanoseconds == SampleResult.measuredNanoseconds)
    }

    @Test func aBreachIsNotMet() throws {
        let probe = try probe(document(medianNanoseconds: 50_000_000))
        #expect(probe.verdict == .notMet)
        #expect(probe.reason == "breached: e2e.intended.p99 < 5ms")
    }

    @Test func whatWasNotMeasuredIsNoVerdict() throws {
        var document = try document()
        document.classes[0].series["e2e.intended"] = nil
        let probe = try probe(document)
        #expect(probe.verdict == .invalid)
        #expect(probe.reason == "the run has no value for e2e.intended.p99 < 5ms")
        #expect(
            probe.objectives == [
                CapacityObjective(text: "e2e.intended.p99 < 5ms", measured: nil, isMet: false)
            ])
    }

    @Test func aGrowingBacklogIsNotMetHoweverShortLatenciesAre() throws {
        let probe = try probe(document(backlog: [0, 2_000, 4_000, 6_100]))
        #expect(probe.verdict == .notMet)
        #expect(probe.reason?.contains("backlog grows") == true)
        #expect(abs(probe.backlogSlopePerSecond - 2_030) < 1)
        #expect(probe.backlogAtEnd == 6_100)
        // What jumps about does not grow, nor does what grows slower than 1 % of the rate.
        #expect(try self.probe(document(backlog: [9_000, 0, 9_000, 1_000])).verdict == .met)
        #expect(try self.probe(document(backlog: [0, 900, 1_800, 2_700])).verdict == .met)
    }

    @Test func whatDidNotLeaveIsTheGeneratorsFaultUnlessTheTargetRefused() throws {
        for code in ["rate-not-reached", "unsent"] {
            let short = try document(reasons: [code])
            #expect(try probe(short).verdict == .generatorLimited)
            #expect(try probe(short, refusedCount: 1).verdict == .notMet)
        }
    }

    /// The machine held the broker up: the objective decides, and it is the target's to meet.
    @Test func aHeldUpBrokerIsJudgedByTheObjective() throws {
        let held = ["broker-hiccups"]
        #expect(try probe(document(reasons: held)).verdict == .met)
        let breached = try document(medianNanoseconds: 50_000_000, reasons: held)
        #expect(try probe(breached).verdict == .notMet)
    }

    @Test(arguments: ["lag-over-budget", "run-queue-wait", "generator-hiccups"])
    func whatLeftLateAndHoldsAllTheSameHolds(code: String) throws {
        let late = [code]
        #expect(try probe(document(reasons: late)).verdict == .met)
        let breached = try document(medianNanoseconds: 50_000_000, reasons: late)
        #expect(try probe(breached).verdict == .generatorLimited)
        #expect(try probe(breached, refusedCount: 1).verdict == .notMet)
    }

    @Test func aTargetThatGaveUpIsNotMetAndOtherDoubtsAreNoVerdict() throws {
        for code in ["broker-died", "unanswered", "drain-cut"] {
            #expect(try probe(document(reasons: [code])).verdict == .notMet)
        }
        #expect(try probe(document(reasons: ["deferred-intervals"])).verdict == .invalid)
        var cut = try document()
        cut.window.endedBy = .interrupted
        #expect(try probe(cut).verdict == .invalid)
    }

    @Test func refusedAndLostMessagesAreNotMet() throws {
        var failed = try document()
        failed.classes[0].counts.failed = 1
        #expect(try probe(failed).reason == "1 messages were refused")
        var lost = try document()
        lost.ledger.totals.lost = 2
        #expect(try probe(lost).reason == "ledger.lost is 2")
    }

    @Test func aLatencyHoldsForEachClass() throws {
        var sample = SampleResult()
        sample.classNames = ["hot", "bulk"]
        sample.medianNanoseconds = 1_000
        var document = try sample.document()
        var slow = SampleResult()
        slow.medianNanoseconds = 50_000_000
        document.classes[1].series = try slow.document().classes[0].series
        for index in document.classes.indices { document.classes[index].intervals = intervals([0]) }
        #expect(try probe(document).verdict == .notMet)
        #expect(try probe(document, "hot:e2e.intended.p99 < 5ms").verdict == .met)
        #expect(try probe(document).series["bulk:e2e.intended"] != nil)
    }
}
