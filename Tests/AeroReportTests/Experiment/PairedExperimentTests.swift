// An experiment over made-up pairs: what it asks for, leaves out and concludes.

import Testing

@testable import AeroReport

struct PairedExperimentTests {
    /// Pairs of runs with some noise; each change is made where the test wants it.
    private struct Machine {
        var random: SeededGenerator
        var noise = 0.01

        /// A run whose latencies are the usual ones times a factor.
        mutating func run(_ factor: Double = 1, reasons: [ValidityReason] = []) throws
            -> ResultDocument
        {
            let noise = 1 + noise * (2 * random.uniform() - 1)
            var sample = SampleResult()
            sample.id = "run-\(random.next())"
            sample.medianNanoseconds = Int64(1_000_000 * factor * noise)
            sample.reasons = reasons
            sample.windowCount = 10
            sample.sampleCount = 50_000
            return try sample.document()
        }
    }

    private var machine = Machine(random: SeededGenerator(seed: 11))

    private static func setup(canaryShare: Double = 0, seed: UInt64 = 7) -> ExperimentSetup {
        var policy = GatePolicy()
        policy.canaryShare = canaryShare
        return ExperimentSetup(
            policy: policy, sides: ExperimentSides(baseline: "a", candidate: "b"), seed: seed)
    }

    private static func signals(steal: Double = 0, loop: Int64 = 100) -> [MachineSignals] {
        [
            MachineSignals(stealShare: 0, calibrationNanoseconds: 100),
            MachineSignals(stealShare: steal, calibrationNanoseconds: loop),
        ]
    }

    /// Feeds pairs until it concludes; a factor of the candidate for each plan.
    private mutating func conclude(
        _ experiment: inout PairedExperiment, factor: (PairPlan) -> Double
    ) throws {
        while case .measure(let plan) = experiment.next {
            experiment = try fed(experiment, plan, factor(plan))
        }
    }

    private mutating func fed(
        _ experiment: PairedExperiment, _ plan: PairPlan, _ factor: Double,
        signals: [MachineSignals] = Self.signals(), reasons: [ValidityReason] = []
    ) throws -> PairedExperiment {
        var experiment = experiment
        try experiment.take(
            MeasuredPair(
                baseline: [try machine.run()],
                candidate: [try machine.run(factor, reasons: reasons)], signals: signals))
        return experiment
    }

    private static func plan(_ experiment: PairedExperiment) throws -> PairPlan {
        guard case .measure(let plan) = experiment.next else {
            throw ResultFileError.invalidValue(path: "next", detail: "concluded")
        }
        return plan
    }

    @Test mutating func equalSidesPass() throws {
        var experiment = try PairedExperiment(Self.setup(canaryShare: 0.25))
        try conclude(&experiment) { _ in 1 }
        let report = try experiment.report()
        #expect(report.exitCode == .pass, "\(report.text())")
        #expect(experiment.baseline.count == 8 && experiment.candidate.count == 8)
        // Every fourth pair was the base against itself, and is in neither file.
        let record = try #require(report.experiment)
        #expect(record.pairs.filter(\.plan.isCanary).map(\.plan.number) == [4, 8])
        #expect(experiment.setAside.count == 4)
        #expect(record.end.cause == .concluded && record.canary == nil)
        #expect(report.text().contains("too few to judge the machine by"))
        // The report survives the file.
        let bytes = try report.encoded()
        let copy = try DocumentEncoding.decode(GateReport.self, bytes)
        #expect(copy == report)
    }

    /// The files of an experiment judged again: one look, and the experiment's own verdict named.
    @Test mutating func itsFilesNameItsOwnVerdict() throws {
        var experiment = try PairedExperiment(Self.setup())
        try conclude(&experiment) { _ in 1 }
        let own = try GateReport(decoding: try experiment.report().encoded())
        var again = try GateReport(
            baseline: experiment.baseline, candidate: experiment.candidate)
        let noteCount = again.notes.count
        let runs = (experiment.baseline + experiment.candidate).map(\.id)
        again.note(own, measured: runs + ["of another one"])
        again.note(again, measured: runs)
        #expect(again.notes.count == noteCount)
        again.note(own, measured: runs)
        #expect(again.notes.count == noteCount + 1)
        #expect(again.text().contains("own verdict counts: PASS (exit code 0): for every metric"))
    }

    @Test mutating func aRegressionFailsAndIsConfirmed() throws {
        var experiment = try PairedExperiment(Self.setup())
        try conclude(&experiment) { _ in 1.2 }
        let report = try experiment.report()
        #expect(report.exitCode == .regression, "\(report.text())")
        let stages = try #require(report.experiment).pairs.map(\.stage)
        #expect(
            stages == [GateStage](repeating: .screening, count: 8)
                + [GateStage](repeating: .confirmation, count: 12))
        #expect(experiment.baseline.count == 20)
    }

    @Test mutating func theOrderIsDrawnFromTheSeed() throws {
        func firsts(_ seed: UInt64) throws -> [GateSide] {
            var copy = self
            var experiment = try PairedExperiment(Self.setup(seed: seed))
            try copy.conclude(&experiment) { _ in 1.2 }
            return try #require(try experiment.report().experiment).pairs.map(\.plan.first)
        }
        let (first, again, other) = (try firsts(1), try firsts(1), try firsts(2))
        #expect(first == again && first != other)
        #expect(Set(first) == [.baseline, .candidate])
    }

    @Test mutating func disturbedPairsAreLeftOutUpToABound() throws {
        var experiment = try PairedExperiment(Self.setup())
        var taken = 0
        while case .measure(let plan) = experiment.next {
            taken += 1
            let signals = Self.signals(steal: taken.isMultiple(of: 2) ? 0.2 : 0)
            experiment = try fed(experiment, plan, 1, signals: signals)
        }
        let record = try #require(try experiment.report().experiment)
        let excluded = record.pairs.filter { $0.excluded != nil }
        // Two, and one in five: the others stay in and are noise.
        #expect(excluded.map(\.plan.number) == [2, 4, 6, 10])
        #expect(excluded[0].excluded?.contains("hypervisor took 20.0 %") == true)
        #expect(experiment.baseline.count == 8 && record.pairs.count == 12)
    }

    @Test mutating func theRuleKnowsNoSides() throws {
        let rule = ExclusionRule()
        for signals in [
            Self.signals(steal: 0.2), Self.signals(loop: 200), Self.signals(loop: 126),
        ] {
            #expect(rule.disturbance(signals) != nil)
            #expect(rule.disturbance(signals) == rule.disturbance(signals.reversed()))
        }
        #expect(rule.disturbance(Self.signals(steal: 0.04, loop: 120)) == nil)
        let doubtful = try machine.run(reasons: [ValidityReason(code: "x", message: "slow")])
        let sound = try machine.run()
        #expect(
            rule.doubt([doubtful, sound]) == "slow" && rule.doubt([sound, doubtful]) == "slow")
        #expect(rule.doubt([sound, sound]) == nil)
        let other = try machine.run(reasons: [ValidityReason(code: "x", message: "slower")])
        #expect(
            rule.doubt([doubtful, other]) == "slow" && rule.doubt([other, doubtful]) == "slow")
    }

    @Test mutating func tooManyDoubtfulRunsEndIt() throws {
        var experiment = try PairedExperiment(Self.setup())
        let reasons = [ValidityReason(code: "rate-not-reached", message: "too slow")]
        while case .measure(let plan) = experiment.next {
            experiment = try fed(experiment, plan, 1, reasons: reasons)
        }
        let report = try experiment.report()
        #expect(report.experiment?.pairs.count == 3)
        #expect(report.experiment?.end.cause == .unbelievable)
        #expect(report.text().contains("too slow"))
        // A candidate that cannot keep up was there to be compared.
        #expect(report.exitCode == .invalidRun, "\(report.text())")
    }

    @Test mutating func aCandidateThatDiesInPairOneIsInvalid() throws {
        var experiment = try PairedExperiment(Self.setup())
        try experiment.take(
            MeasuredPair(
                baseline: [try machine.run()], candidate: [try machine.run()],
                failure: PairFailure(side: .candidate, reason: "it was ended by signal 11")))
        let report = try experiment.report()
        #expect(report.exitCode == .invalidRun, "\(report.text())")
        #expect(report.text().contains("candidate failed in pair 1: it was ended by signal 11"))
        #expect(experiment.setAside.count == 2)
    }

    @Test mutating func aWishToStopInPairOneKeepsItsRuns() throws {
        var experiment = try PairedExperiment(Self.setup())
        experiment.interrupt(in: MeasuredPair(baseline: [try machine.run()]))
        #expect(experiment.next == .conclude && experiment.setAside.count == 1)
        let report = try experiment.report()
        #expect(report.exitCode == .invalidRun, "\(report.text())")
        #expect(report.experiment?.pairs.isEmpty == true)
    }

    /// Both sides of a canary are the base.
    @Test mutating func aBrokenBaseInACanaryIsNotTheCandidates() throws {
        var experiment = try PairedExperiment(Self.setup(canaryShare: 0.5))
        experiment = try fed(experiment, Self.plan(experiment), 1)
        #expect(try Self.plan(experiment).isCanary)
        try experiment.take(
            MeasuredPair(failure: PairFailure(side: .candidate, reason: "it did not start")))
        let report = try experiment.report()
        #expect(report.exitCode == .invalidRun)
        #expect(report.text().contains("the baseline ended in pair 2"), "\(report.text())")
        #expect(report.experiment?.pairs.last?.failure?.side == .baseline)
    }

    @Test mutating func aCandidateThatFailsInPairSevenIsInvalid() throws {
        var experiment = try PairedExperiment(Self.setup())
        for _ in 0..<6 { experiment = try fed(experiment, Self.plan(experiment), 1) }
        try experiment.take(
            MeasuredPair(
                baseline: [try machine.run()],
                failure: PairFailure(side: .candidate, reason: "it was ended by signal 11")))
        #expect(experiment.next == .conclude)
        let report = try experiment.report()
        #expect(report.exitCode == .invalidRun)
        #expect(report.text().contains("candidate ended in pair 7: it was ended by signal 11"))
        #expect(experiment.baseline.count == 6 && experiment.setAside.count == 1)
    }

    @Test func aBaseThatDoesNotStartIsNoBaseline() throws {
        var experiment = try PairedExperiment(Self.setup())
        try experiment.take(
            MeasuredPair(failure: PairFailure(side: .baseline, reason: "it did not start")))
        let report = try experiment.report()
        #expect(report.exitCode == .incomparable)
        #expect(report.text().contains("the baseline failed in pair 1: it did not start"))
    }

    @Test mutating func whatEndsEarlyCannotTell() throws {
        for (cause, code) in [
            (ExperimentEnd.Cause.budget, GateExitCode.inconclusive),
            (.interrupted, .invalidRun),
        ] {
            var experiment = try PairedExperiment(Self.setup())
            for _ in 0..<3 { experiment = try fed(experiment, Self.plan(experiment), 1) }
            experiment.stop(ExperimentEnd(cause, "no more time"))
            #expect(experiment.next == .conclude)
            let report = try experiment.report()
            #expect(report.exitCode == code, "\(report.text())")
            #expect(report.text().contains("no more time"))
            #expect(report.experiments?.first?.verdict == .inconclusive)
        }
    }

    @Test mutating func aBudgetThatEndsBeforeTheFreshPairsIsNoPass() throws {
        machine.noise = 0.001
        var experiment = try PairedExperiment(Self.setup())
        while experiment.stage == .screening {
            experiment = try fed(experiment, Self.plan(experiment), 1.06)
        }
        experiment.stop(ExperimentEnd(.budget, "no more time"))
        let report = try experiment.report()
        #expect(report.exitCode == .inconclusive, "\(report.text())")
        #expect(report.text().contains("it looks worse, and by more than"))
    }

    /// Were they one sequence, the order of a pair would decide about the signs of another.
    @Test func theOrderAndTheSignChangesAreDrawnApart() throws {
        for seed in UInt64(1)...20 {
            var sequence = PairSequence(seed: seed, canaryShare: 0)
            var generator = SeededGenerator(seed: seed)
            let orders = (0..<64).map { _ in sequence.next().first == .candidate }
            let bits = (0..<64).map { _ in generator.next() & 1 == 1 }
            #expect(orders != bits, "seed \(seed)")
        }
    }

    /// Whether a machine is fit is asked of pairs that have no reason to differ.
    @Test mutating func canariesThatDifferMakeTheMachineUnfit() throws {
        var experiment = try PairedExperiment(Self.setup(canaryShare: 0.45))
        // Noise that keeps the comparison going until there are enough canaries.
        machine.noise = 0.2
        var random = SeededGenerator(seed: 5)
        try conclude(&experiment) { plan in
            plan.isCanary ? 2 : 0.9 + 0.2 * random.uniform()
        }
        let report = try experiment.report()
        let canary = try #require(report.experiment?.canary)
        #expect(canary.verdict == .fail && canary.pairs.count >= 7)
        #expect(report.exitCode == .invalidRun)
        #expect(report.text().contains("not fit for this comparison"))
    }

    /// A canary without a value must not move the one look out of reach.
    @Test mutating func oneCanaryWithoutAValueHidesNoUnfitMachine() throws {
        var experiment = try PairedExperiment(Self.setup(canaryShare: 0.45))
        machine.noise = 0.2
        var random = SeededGenerator(seed: 5)
        var canaryCount = 0
        while case .measure(let plan) = experiment.next {
            if plan.isCanary { canaryCount += 1 }
            guard plan.isCanary, canaryCount == 2 else {
                let factor = plan.isCanary ? 2 : 0.9 + 0.2 * random.uniform()
                experiment = try fed(experiment, plan, factor)
                continue
            }
            var silent = try machine.run()
            silent.classes[0].series = [:]
            try experiment.take(
                MeasuredPair(
                    baseline: [try machine.run()], candidate: [silent], signals: Self.signals()))
        }
        let report = try experiment.report()
        let canary = try #require(report.experiment?.canary)
        #expect(canary.pairs.count == canaryCount - 1)
        #expect(canary.verdict == .fail && report.exitCode == .invalidRun, "\(report.text())")
    }

    @Test mutating func canariesWithoutADifferenceClaimNoMore() throws {
        var experiment = try PairedExperiment(Self.setup(canaryShare: 0.45))
        machine.noise = 0.2
        var random = SeededGenerator(seed: 5)
        // Now one side, now the other is far worse: nothing is shown, and nothing excluded.
        try conclude(&experiment) { plan in
            plan.isCanary ? (plan.number % 4 < 2 ? 0.5 : 2) : 0.9 + 0.2 * random.uniform()
        }
        let report = try experiment.report()
        #expect(try #require(report.experiment?.canary).verdict == .inconclusive)
        let check = try #require(report.checks.first { $0.name == "canary" })
        #expect(check.verdict == .pass && check.explanation.contains("no difference was shown"))
    }

    /// What is compared without a test is compared over as many pairs as a first look has.
    @Test mutating func countersAloneTakeThePairsOfAFirstLook() throws {
        var setup = Self.setup(canaryShare: 0.25)
        setup.policy.limits.relative = [:]
        let counter = try #require(Metric("broker.allocationsPerMessage"))
        setup.policy.limits.counters = [counter: 0.001]
        var experiment = try PairedExperiment(setup)
        try conclude(&experiment) { _ in 1 }
        let report = try experiment.report()
        #expect(report.exitCode == .pass, "\(report.text())")
        #expect(experiment.baseline.count == 8 && report.experiment?.end.cause == .concluded)
    }

    @Test func runsWithoutSamplesHaveNothingToJudge() throws {
        var experiment = try PairedExperiment(Self.setup())
        var sample = SampleResult()
        sample.schedule = .maximum
        sample.receivedPerSecond = 0
        var documents: [ResultDocument] = []
        for id in ["a", "b"] {
            sample.id = id
            var document = try sample.document()
            document.classes[0].achieved = AchievedLoad(
                sentPerSecond: 0, ackedPerSecond: 0, receivedPerSecond: 0, sentBytesPerSecond: 0,
                receivedBytesPerSecond: 0)
            document.classes[0].counts = MessageCounts()
            documents.append(document)
        }
        try experiment.take(
            MeasuredPair(baseline: [documents[0]], candidate: [documents[1]]))
        #expect(experiment.next == .conclude)
        let report = try experiment.report()
        #expect(report.experiment?.end.cause == .nothingToJudge)
        #expect(report.exitCode != .pass && report.exitCode != .regression)
    }
}
