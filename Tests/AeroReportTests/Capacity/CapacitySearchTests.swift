// The search for a sustainable rate: transcripts, and a thousand targets with a known knee.

import AeroReport
import TestSupport
import Testing

struct CapacitySearchTests {
    private static let limits = CapacitySearch.Limits(from: 100, to: 10_000, precision: 0.05)

    @Test func doublesThenBisectsThenConfirmsBothEnds() {
        var search = CapacitySearch(.init(from: 100, to: 10_000, precision: 0.5))
        #expect(search.first == .probe(rate: 100, .bracket))
        #expect(search.next(after: .met) == .probe(rate: 200, .bracket))
        #expect(search.next(after: .met) == .probe(rate: 400, .bracket))
        #expect(search.next(after: .notMet) == .probe(rate: 282.843, .bisect))
        #expect(search.next(after: .met) == .probe(rate: 282.843, .confirm))
        #expect(search.next(after: .met) == .probe(rate: 400, .confirm))
        #expect(search.next(after: .notMet) == .probe(rate: 400, .confirm))
        let answer = finished(search.next(after: .notMet))
        #expect(answer?.kind == .found)
        #expect(answer?.lowerPerSecond == 282.843)
        #expect(answer?.upperPerSecond == 400)
        #expect(answer?.text == "holds at 283 msg/s, not at 400 msg/s")
    }

    @Test func halvesFromAbove() {
        var search = CapacitySearch(.init(from: 800, to: 10_000, precision: 1))
        #expect(search.next(after: .notMet) == .probe(rate: 400, .bracket))
        #expect(search.next(after: .notMet) == .probe(rate: 200, .bracket))
        #expect(search.next(after: .met) == .probe(rate: 200, .confirm))
    }

    @Test func aLowerEndThatIsMissedThreeTimesInARowIsGivenUp() {
        var search = CapacitySearch(.init(from: 100, to: 10_000, precision: 1))
        #expect(search.next(after: .met) == .probe(rate: 200, .bracket))
        for _ in 0..<3 {
            #expect(search.next(after: .notMet) == .probe(rate: 100, .confirm))
        }
        #expect(search.next(after: .notMet) == .probe(rate: 50, .bracket))
        #expect(search.next(after: .met) == .probe(rate: 50, .confirm))
        // The upper one has been missed often enough.
        let answer = finished(search.next(after: .met))
        #expect(answer?.kind == .found)
        #expect(answer?.lowerPerSecond == 50)
        #expect(answer?.upperPerSecond == 100)
    }

    @Test func aLowerEndMayBeMissedOnceOrTwice() {
        var search = CapacitySearch(.init(from: 100, to: 10_000, precision: 1))
        #expect(search.next(after: .met) == .probe(rate: 200, .bracket))
        for _ in 0..<3 {
            #expect(search.next(after: .notMet) == .probe(rate: 100, .confirm))
        }
        #expect(search.next(after: .met) == .probe(rate: 200, .confirm))
    }

    @Test func aLowerEndThatCannotBeMeasuredIsGivenUpAtOnce() {
        var search = CapacitySearch(.init(from: 100, to: 10_000, precision: 1))
        #expect(search.next(after: .met) == .probe(rate: 200, .bracket))
        #expect(search.next(after: .notMet) == .probe(rate: 100, .confirm))
        #expect(search.next(after: .invalid) == .probe(rate: 100, .confirm))
        #expect(search.next(after: .invalid) == .probe(rate: 100, .confirm))
        // The third time in a row.
        #expect(search.next(after: .invalid) == .probe(rate: 50, .bracket))
    }

    @Test func anUpperEndThatIsMetTheSecondTimeWasAnAccident() {
        var search = CapacitySearch(.init(from: 100, to: 10_000, precision: 0.25))
        #expect(search.next(after: .notMet) == .probe(rate: 50, .bracket))
        #expect(search.next(after: .met) == .probe(rate: 70.711, .bisect))
        #expect(search.next(after: .met) == .probe(rate: 84.09, .bisect))
        #expect(search.next(after: .met) == .probe(rate: 84.09, .confirm))
        #expect(search.next(after: .met) == .probe(rate: 100, .confirm))
        // In small steps, then in larger ones.
        #expect(search.next(after: .met) == .probe(rate: 125, .bracket))
        #expect(search.next(after: .met) == .probe(rate: 187.5, .bracket))
        #expect(search.next(after: .met) == .probe(rate: 375, .bracket))
    }

    @Test func theHighestRateAllowedIsConfirmed() {
        var search = CapacitySearch(.init(from: 100, to: 150, precision: 0.05))
        #expect(search.next(after: .met) == .probe(rate: 150, .bracket))
        #expect(search.next(after: .met) == .probe(rate: 150, .confirm))
        let answer = finished(search.next(after: .met))
        #expect(answer?.kind == .aboveRange)
        #expect(answer?.lowerPerSecond == 150)
        #expect(answer?.upperPerSecond == nil)
    }

    @Test func nothingHolds() {
        var search = CapacitySearch(Self.limits)
        var action = search.first
        var count = 0
        while case .probe = action {
            action = search.next(after: .notMet)
            count += 1
        }
        let answer = finished(action)
        #expect(count == 11)
        #expect(answer?.kind == .belowRange)
        #expect(answer?.lowerPerSecond == nil)
        #expect(answer?.text.contains("does not even hold") == true)
    }

    @Test func whatCannotBeBelievedIsAskedAgain() {
        var search = CapacitySearch(Self.limits)
        #expect(search.next(after: .invalid) == .probe(rate: 100, .bracket))
        #expect(search.next(after: .invalid) == .probe(rate: 100, .bracket))
        // The third time in a row it is left for what it is, which settles nothing.
        #expect(search.next(after: .invalid) == .probe(rate: 50, .bracket))
        var action = search.next(after: .met)
        while case .probe(_, let phase) = action {
            #expect(phase != .bracket)
            action = search.next(after: .met)
        }
        #expect(finished(action)?.kind == .unsettled)
        #expect(finished(action)?.upperPerSecond == 100)
    }

    @Test func aGeneratorThatIsTooSlowIsNoVerdictOnTheTarget() throws {
        var target = SimulatedTarget(
            serviceRate: 100_000, utilization: 0.9, random: SplitMix64(seed: 1))
        target.generatorRate = 30_000
        let found = target.search(.init(from: 1_000, to: 1_000_000, precision: 0.05))
        #expect(found.answer.kind == .limitedByGenerator)
        #expect(found.answer.text.contains("limited by the generator"))
        let lower = try #require(found.answer.lowerPerSecond)
        #expect(lower <= 30_000 && lower > 28_500)
        #expect((found.answer.generatorLimitPerSecond ?? 0) > 30_000)
        // A slow generator that does not reach the first rate either.
        target.generatorRate = 0.1
        let unknown = target.search(.init(from: 1_000, to: 1_000_000, precision: 0.05))
        #expect(unknown.answer.kind == .limitedByGenerator)
        #expect(unknown.answer.text.contains("unknown: the generator"))
    }

    @Test func aCutSearchSaysWhatIsKnown() {
        var search = CapacitySearch(Self.limits)
        #expect(search.answerWhenCut().text.contains("nothing is known"))
        _ = search.next(after: .met)
        let answer = search.answerWhenCut()
        #expect(answer.kind == .cut)
        #expect(answer.lowerPerSecond == 100)
        #expect(answer.text == "cut short: holds at 100 msg/s so far")
    }

    @Test(arguments: 1...60) func noSearchIsLongerThanItsBound(probeCountMax: Int) {
        var random = SplitMix64(seed: UInt64(probeCountMax) &+ TestSeed.current)
        let limits = CapacitySearch.Limits(
            from: 100, to: 1e9, precision: 0.001, probeCountMax: probeCountMax)
        for _ in 0..<20 {
            var search = CapacitySearch(limits)
            var action = search.first
            var count = 0
            while case .probe(let rate, _) = action {
                #expect(rate > 0 && rate <= limits.to)
                let verdicts = CapacityVerdict.allCases
                action = search.next(
                    after: verdicts[Int.random(in: verdicts.indices, using: &random)])
                count += 1
            }
            #expect(count <= probeCountMax, "seed \(TestSeed.current)")
        }
    }

    private func finished(_ action: CapacitySearch.Action) -> CapacityAnswer? {
        guard case .finished(let answer) = action else { return nil }
        return answer
    }
}

/// A thousand targets each, whose knees are known.
struct CapacityKneeTests {
    private static let caseCount = 1_000

    /// One target and where its search starts.
    private func target(
        _ random: inout SplitMix64, fromBelow: Bool
    ) -> (SimulatedTarget, from: Double) {
        let service = 1_000 * Double.random(in: 1...1_000, using: &random)
        let target = SimulatedTarget(
            serviceRate: service, utilization: Double.random(in: 0.7...0.98, using: &random),
            random: SplitMix64(seed: random.next()))
        let distance = Double.random(in: 1...200, using: &random)
        return (target, fromBelow ? target.knee / distance : target.knee * distance)
    }

    /// How far the answers are off at most, and the share of answers within 5 %.
    private func errors(
        fromBelow: Bool, precision: Double, bend: (inout SimulatedTarget) -> Void
    ) -> (worst: Double, within: Double, probesMax: Int) {
        var random = SplitMix64(seed: TestSeed.current)
        var worst = 0.0
        var within = 0
        var probesMax = 0
        for _ in 0..<Self.caseCount {
            var (target, from) = target(&random, fromBelow: fromBelow)
            bend(&target)
            let found = target.search(.init(from: from, to: from * 1e6, precision: precision))
            let lower = found.answer.lowerPerSecond ?? 0
            let error = abs(lower / target.knee - 1)
            worst = max(worst, error)
            within += error <= 0.05 ? 1 : 0
            probesMax = max(probesMax, found.probes.count)
        }
        return (worst, Double(within) / Double(Self.caseCount), probesMax)
    }

    @Test(arguments: [true, false]) func quietTargets(fromBelow: Bool) {
        let found = errors(fromBelow: fromBelow, precision: 0.05) { _ in }
        #expect(found.worst <= 0.05, "seed \(TestSeed.current)")
        #expect(found.probesMax <= 20)
    }

    /// Percentiles that are off by up to 5 % move the knee of these targets by up to 2 %.
    @Test(arguments: [true, false]) func noisyTargets(fromBelow: Bool) {
        let found = errors(fromBelow: fromBelow, precision: 0.025) { $0.noise = 0.05 }
        #expect(found.worst <= 0.05, "seed \(TestSeed.current)")
    }

    /// One probe in twenty is spoilt by a stall, another cannot be believed. Without the second
    /// look at both ends a tenth of the answers would be wrong.
    @Test(arguments: [true, false]) func restlessMachines(fromBelow: Bool) {
        let found = errors(fromBelow: fromBelow, precision: 0.025) { target in
            target.noise = 0.05
            target.stallShare = 0.05
            target.doubtShare = 0.05
        }
        #expect(found.within >= 0.98, "\(found), seed \(TestSeed.current)")
    }
}
