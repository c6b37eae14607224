// The gate: what it refuses, what it fails, what it lets pass.

import Testing

@testable import AeroReport

struct GateTests {
    private let base = SampleResult()

    /// Seven pairs, the fewest that can fail.
    private func gate(
        _ candidate: SampleResult, _ policy: GatePolicy = GatePolicy(),
        baseline: SampleResult? = nil
    ) throws -> GateReport {
        let first = try (baseline ?? base).document()
        // One document is made once: making one takes longer than judging it.
        return try GateReport(
            baseline: first.repeated(7, side: 0),
            candidate: candidate.document().repeated(7, side: 1), policy: policy)
    }

    private func verdict(_ report: GateReport, _ name: String) -> GateVerdict? {
        report.checks.first { $0.name == name }?.verdict
    }

    @Test func equalRunsPass() throws {
        let report = try gate(base)
        #expect(report.exitCode == .pass)
        #expect(report.checks.allSatisfy { $0.verdict == .pass })
        #expect(report.checks.filter { $0.kind == .relative }.count == 9)
        #expect(report.experiments?.map(\.pairs.count) == [7])
    }

    @Test func aSlowerTailIsARegression() throws {
        var slower = base
        slower.tailFactor = 1.2
        let report = try gate(slower)
        #expect(report.exitCode == .regression)
        #expect(verdict(report, "e2e.intended.p50") == .pass)
        #expect(verdict(report, "e2e.intended.p99") == .fail)
        #expect(verdict(report, "e2e.intended.p99.9") == .fail)
        let check = try #require(report.checks.first { $0.name == "e2e.intended.p99" })
        #expect(check.limit == 0.05 && check.unit == .nanoseconds && check.className == "main")
        #expect(try #require(check.candidate) > #require(check.baseline))
    }

    @Test func improvementsPass() throws {
        var faster = base
        faster.tailFactor = 0.5
        faster.medianNanoseconds /= 2
        faster.receivedPerSecond *= 2
        #expect(try gate(faster).exitCode == .pass)
    }

    /// 30 % more of 100 us is 30 us: over the share, under the floor.
    @Test func theShareAloneFailsNothing() throws {
        var fast = base
        fast.medianNanoseconds = 100_000
        var slower = fast
        slower.medianNanoseconds = 110_000
        let report = try gate(slower, baseline: fast)
        #expect(report.exitCode == .pass)
        var policy = GatePolicy()
        policy.limits.floorNanoseconds = 1_000
        #expect(try gate(slower, policy, baseline: fast).exitCode == .regression)
    }

    /// 60 us more of 10 ms is 0.6 %: over the floor, under the share.
    @Test func theFloorAloneFailsNothing() throws {
        var slow = base
        slow.medianNanoseconds = 10_000_000
        var slower = slow
        slower.medianNanoseconds = 10_060_000
        #expect(try gate(slower, baseline: slow).exitCode == .pass)
    }

    @Test(arguments: [(97_000.0, GateExitCode.pass), (95_000, .regression)])
    func throughput(_ rate: Double, _ expected: GateExitCode) throws {
        var slower = base
        slower.receivedPerSecond = rate
        #expect(try gate(slower).exitCode == expected)
    }

    @Test func atMaximumLoadOnlyThroughputIsJudged() throws {
        var flatOut = base
        flatOut.schedule = .maximum
        var slower = flatOut
        slower.medianNanoseconds *= 10
        let report = try gate(slower, baseline: flatOut)
        #expect(report.exitCode == .pass)
        #expect(
            report.checks.filter { $0.kind == .relative }.map(\.name) == ["throughput.received"])
    }

    @Test func fewSamplesCannotTell() throws {
        var small = base
        small.sampleCount = 10_000
        var slower = small
        slower.tailFactor = 2
        let report = try gate(slower, baseline: small)
        #expect(report.exitCode == .regression)
        #expect(verdict(report, "e2e.intended.p99") == .fail)
        #expect(verdict(report, "e2e.intended.p99.9") == .inconclusive)
        #expect(try gate(small, baseline: small).exitCode == .pass)
        var policy = GatePolicy()
        policy.inconclusive = .fail
        #expect(try gate(small, policy, baseline: small).exitCode == .inconclusive)
    }

    @Test func aGateThatCouldJudgeNoLatencyDoesNotPass() throws {
        var empty = base
        empty.sampleCount = 0
        var policy = GatePolicy()
        policy.inconclusive = .pass
        #expect(try gate(empty, policy, baseline: empty).exitCode == .inconclusive)
    }

    @Test func objectivesComeFromTheScenarioUnlessThePolicyHasItsOwn() throws {
        var candidate = base
        candidate.slo = ["e2e.intended.p99 < 1ms", "ledger.lost == 0"]
        let report = try gate(candidate)
        #expect(report.exitCode == .objectiveBreached)
        #expect(verdict(report, "e2e.intended.p99 < 1ms") == .fail)
        #expect(verdict(report, "ledger.lost == 0") == .pass)
        var policy = GatePolicy()
        policy.limits.objectives = [try ServiceLevelObjective(parsing: "e2e.intended.p99 < 1s")]
        #expect(try gate(candidate, policy).exitCode == .pass)
    }

    @Test func objectivesThatCannotBeEvaluatedAreInvalid() throws {
        for slo in ["lag.p99 < 1ms", "other:e2e.intended.p50 < 1s", "nonsense", "lag.p99 < 1"] {
            var candidate = base
            candidate.slo = [slo]
            #expect(try gate(candidate).exitCode == .invalidRun, "\(slo)")
        }
    }

    @Test func aLatencyLimitHoldsForEachClassAndARateForTheSum() throws {
        var both = base
        both.classNames = ["hot", "bulk"]
        both.slo = ["e2e.intended.p50 < 5ms", "throughput.sent >= 200k/s", "bulk:lag.count == 0"]
        let report = try gate(both, baseline: both)
        let objectives = report.checks.filter { $0.kind == .objective }
        #expect(objectives.map(\.className) == ["hot", "bulk", nil, "bulk"])
        #expect(objectives.map(\.verdict) == [.pass, .pass, .pass, .invalid])
    }

    @Test(arguments: Metric.LedgerField.faults)
    func everyFaultOfTheCandidateIsABreach(_ fault: Metric.LedgerField) throws {
        var candidate = base
        switch fault {
        case .lost: candidate.ledger.lost = 1
        case .ackedThenLost: candidate.ledger.ackedThenLost = 1
        case .duplicated: candidate.ledger.duplicated = 1
        case .reordered: candidate.ledger.reordered = 1
        case .misrouted: candidate.ledger.misrouted = 1
        case .corrupt: candidate.ledger.corrupt = 1
        case .sent, .acked, .expected, .received, .foreign: Issue.record("not a fault")
        }
        let report = try gate(candidate)
        #expect(report.exitCode == .objectiveBreached)
        #expect(verdict(report, "ledger.\(fault.rawValue)") == .fail)
        var policy = GatePolicy()
        // One in each of the seven runs.
        policy.limits.ledger[fault] = 7
        #expect(try gate(candidate, policy).exitCode == .pass)
    }

    @Test func aBaselineWithFaultsIsNoYardstick() throws {
        var lossy = base
        lossy.ledger.lost = 1
        let report = try GateReport(baseline: [lossy.document()], candidate: [base.document()])
        #expect(report.exitCode == .invalidRun)
    }

    @Test func foreignMessagesAreOnlyNoted() throws {
        var candidate = base
        candidate.ledger.foreign = 7
        let report = try gate(candidate)
        #expect(report.exitCode == .pass)
        #expect(report.notes.contains { $0.contains("49 foreign") })
    }

    @Test func invalidRunsAreRefusedOnBothSides() throws {
        var invalid = base
        invalid.reasons = [ValidityReason(code: "lag-over-budget", message: "too late")]
        var cut = base
        cut.endedBy = .interrupted
        for bad in [invalid, cut] {
            #expect(try gate(bad).exitCode == .invalidRun)
            let report = try GateReport(baseline: [bad.document()], candidate: [base.document()])
            #expect(report.exitCode == .invalidRun)
        }
    }

    @Test func incomparableCircumstancesAreRefusedWithTheReason() throws {
        var kernel = base
        kernel.kernel = "6.2.0"
        var cores = base
        cores.cores = [0]
        var model = base
        model.model = "Another"
        var driver = base
        driver.driver = "relay"
        var rate = base
        rate.rate = 50_000
        let cases: [(SampleResult, String)] = [
            (kernel, "kernel"), (cores, "core-count"), (model, "cpu-model"), (driver, "driver"),
            (rate, "scenario-parameters.classes.main.load.rate"),
        ]
        for (candidate, field) in cases {
            let report = try gate(candidate)
            #expect(report.exitCode == .incomparable, "\(field)")
            #expect(verdict(report, field) == .fail, "\(field)")
            #expect(!report.checks.contains { $0.kind == .relative }, "\(field)")
            var policy = GatePolicy()
            policy.allowed = [try #require(AllowedDifference(field))]
            #expect(try gate(candidate, policy).exitCode == .pass, "\(field)")
        }
    }

    @Test func allowingAPathAllowsWhatIsBelowIt() throws {
        var rate = base
        rate.rate = 50_000
        for name in ["scenario-parameters", "scenario-parameters.classes.main"] {
            var policy = GatePolicy()
            policy.allowed = [try #require(AllowedDifference(name))]
            #expect(try gate(rate, policy).exitCode == .pass)
        }
        var policy = GatePolicy()
        policy.allowed = [try #require(AllowedDifference("scenario-parameters.classes.ma"))]
        #expect(try gate(rate, policy).exitCode == .incomparable)
    }

    @Test func missingScenariosAreNamed() throws {
        var other = base
        other.scenario = "smoke"
        let first = try base.document()
        let second = try other.document()
        func side(_ documents: [ResultDocument], _ side: Int) -> [ResultDocument] {
            documents.flatMap { $0.repeated(7, side: side) }
        }
        let gone = try GateReport(
            baseline: side([first, second], 0), candidate: side([first], 1))
        #expect(gone.exitCode == .incomparable)
        #expect(verdict(gone, "smoke") == .fail)
        let added = try GateReport(
            baseline: side([first], 0), candidate: side([first, second], 1))
        #expect(added.exitCode == .incomparable)
        var policy = GatePolicy()
        policy.allowed = [.newScenarios]
        let allowed = try GateReport(
            baseline: side([first], 0), candidate: side([first, second], 1), policy: policy)
        #expect(allowed.exitCode == .pass)
        #expect(allowed.checks.contains { $0.scenario == "smoke" && $0.kind == .ledger })
        let stillGone = try GateReport(
            baseline: side([first, second], 0), candidate: side([first], 1), policy: policy)
        #expect(stillGone.exitCode == .incomparable)
    }

    @Test func emptySidesAndUnreadableFilesAreNeverAPass() throws {
        let one = [try base.document()]
        #expect(try GateReport(baseline: [], candidate: one).exitCode == .incomparable)
        #expect(try GateReport(baseline: one, candidate: []).exitCode == .incomparable)
        #expect(try GateReport(baseline: [], candidate: []).exitCode == .incomparable)
        let report = GateReport(unreadable: "baseline", reason: "no such file")
        #expect(report.exitCode == .incomparable)
        #expect(report.text().contains("no such file"))
    }

    @Test func missingClassesAndSeriesAreNeverAPass() throws {
        var policy = GatePolicy()
        policy.allowed = [.field(.parameters)]
        var two = base
        two.classNames = ["main", "bulk"]
        let classes = try GateReport(
            baseline: [two.document()], candidate: [base.document()], policy: policy)
        #expect(classes.exitCode == .incomparable)
        #expect(verdict(classes, "class bulk") == .fail)
        var blind = try base.document()
        blind.classes[0].series["e2e.intended"] = nil
        let series = try GateReport(baseline: [base.document()], candidate: [blind])
        #expect(series.exitCode == .incomparable)
        #expect(verdict(series, "e2e.intended") == .fail)
    }

    @Test func aPolicyForAnUnknownScenarioIsAMistake() throws {
        var policy = GatePolicy()
        policy.scenarios["latency-1kk"] = GateLimits()
        let report = try gate(base, policy)
        #expect(report.exitCode == .incomparable)
        #expect(report.checks[0].explanation.contains("did you mean \"latency-1k\"?"))
    }
}
