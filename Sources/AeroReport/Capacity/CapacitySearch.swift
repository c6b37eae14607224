// Which rate to try next: the search for the largest sustainable rate, without a clock or a target.

/// A search for the largest rate at which something holds.
///
/// Give it what each probe came to, and it says which rate comes next. It brackets by doubling or
/// halving, bisects until the interval is as narrow as asked for, and then probes both ends again:
/// the lower one until it is met once more, the upper one until it was missed three times in a row.
/// An end that does not come out the same opens the bracket on its side: neither a stall of the
/// machine nor a lucky probe decides the answer.
/// Source: `decisions/0019-how-the-sustainable-rate-is-found.md`.
package struct CapacitySearch: Equatable, Sendable {
    /// What a search keeps to.
    package struct Limits: Equatable, Sendable {
        /// The first rate, > 0.
        package var from: Double
        /// No rate above this is tried; at least `from`.
        package var to: Double
        /// The width of the interval, as a share of its lower end, 0.001 to 1.
        package var precision: Double
        /// The most probes of one search.
        package var probeCountMax: Int

        /// Makes the limits from their parts; each parameter is the property of the same name.
        package init(from: Double, to: Double, precision: Double, probeCountMax: Int = 60) {
            precondition(from > 0 && to >= from, "rates are positive and in order")
            precondition((0.001...1).contains(precision), "a precision is 0.1 % to 100 %")
            precondition(probeCountMax > 0, "a search makes at least one probe")
            self.from = from
            self.to = to
            self.precision = precision
            self.probeCountMax = probeCountMax
        }
    }

    /// What comes next.
    package enum Action: Equatable, Sendable {
        /// Hold this rate and tell what it came to.
        case probe(rate: Double, CapacityPhase)
        /// The search is over.
        case finished(CapacityAnswer)
    }

    /// The upper end of the bracket.
    private struct Ceiling: Equatable {
        /// A rate that was not met.
        var rate: Double
        /// Why: only `.notMet` says something about the target.
        var cause: CapacityVerdict
    }

    private let limits: Limits
    private var state = State.bracketing(rate: 0)
    /// The largest rate that is taken for met.
    private var floor: Double?
    private var ceiling: Ceiling?
    private var isFloorConfirmed = false
    /// How often the lower end was not met in a row, and the upper one.
    private var floorMissCount = 0
    private var ceilingMissCount = 0
    /// How far the next step outside of a bracket goes, as a share of the rate.
    private var stride: Double
    /// Invalid outcomes in a row at the present rate.
    private var invalidCount = 0
    private var probeCount = 0
    private var generatorLimit: Double?

    private enum State: Equatable {
        case bracketing(rate: Double)
        case bisecting(rate: Double)
        case confirmingFloor
        case confirmingCeiling
        case finished
    }

    // BOUND: a rate that can't be measured this often in a row is left to be one that isn't met.
    private static let invalidCountMax = 3
    /// What disturbs a machine makes probes fail and hardly ever pass: that an end is not met is
    /// only believed when it was missed so often in a row.
    private static let missCountMin = 3
    /// Halving stops here, as a share of the first rate.
    private static let lowestShare = 1.0 / 1_024

    /// - Parameter limits: What to keep to.
    package init(_ limits: Limits) {
        self.limits = limits
        state = .bracketing(rate: limits.from)
        stride = 1
    }

    /// The first rate.
    package var first: Action { .probe(rate: limits.from, .bracket) }

    /// Takes what the last probe came to.
    ///
    /// - Returns: What comes next. After `.finished` there is no next.
    package mutating func next(after verdict: CapacityVerdict) -> Action {
        precondition(state != .finished, "a finished search takes no verdict")
        let rate = presentRate
        probeCount += 1
        if let repetition = repetition(of: rate, after: verdict) { return repetition }
        invalidCount = 0
        if verdict == .generatorLimited {
            generatorLimit = min(generatorLimit ?? rate, rate)
        }
        settle(rate, verdict)
        return proceed()
    }

    /// What is known when the search is cut short.
    package func answerWhenCut() -> CapacityAnswer { answer(.cut) }

    /// A probe that says nothing is made again, as long as there is hope that it will.
    private mutating func repetition(
        of rate: Double, after verdict: CapacityVerdict
    ) -> Action? {
        let isDoubtful = verdict == .invalid || verdict == .generatorLimited
        guard isDoubtful else { return nil }
        invalidCount += 1
        guard invalidCount < Self.invalidCountMax, probeCount < limits.probeCountMax else {
            return nil
        }
        return .probe(rate: rate, phase)
    }

    private var presentRate: Double {
        switch state {
        case .bracketing(let rate), .bisecting(let rate): rate
        case .confirmingFloor: floor ?? limits.from
        case .confirmingCeiling: ceiling?.rate ?? limits.to
        case .finished: preconditionFailure("a finished search has no present rate")
        }
    }

    private var phase: CapacityPhase {
        switch state {
        case .bracketing: .bracket
        case .bisecting: .bisect
        case .confirmingFloor, .confirmingCeiling: .confirm
        case .finished: preconditionFailure("a finished search has no phase")
        }
    }

    /// Moves the ends of the bracket by what a rate came to.
    private mutating func settle(_ rate: Double, _ verdict: CapacityVerdict) {
        let wasCeiling = ceiling.map { $0.rate == rate } ?? false
        if verdict == .met {
            isFloorConfirmed = floor == rate
            floor = rate
            floorMissCount = 0
            if wasCeiling {
                // What failed once does not fail again: look above it, in small steps.
                ceiling = nil
                stride = limits.precision
            }
            return
        }
        if floor == rate {
            floorMissCount += 1
            // What says nothing of the target was asked for often enough already.
            guard floorMissCount >= Self.missCountMin || verdict != .notMet else { return }
            floor = nil
            isFloorConfirmed = false
            stride = limits.precision
            ceilingMissCount = floorMissCount
        } else {
            ceilingMissCount = wasCeiling ? ceilingMissCount + 1 : 1
        }
        ceiling = Ceiling(rate: rate, cause: verdict)
    }

    private mutating func proceed() -> Action {
        guard let floor else { return bracketDownwards() }
        guard let ceiling else { return bracketUpwards(floor) }
        if ceiling.rate > floor * (1 + limits.precision) {
            guard probeCount < limits.probeCountMax else { return finish(.unsettled) }
            // The geometric mean: equal shares of the rate on both sides.
            let middle = Self.plain((floor * ceiling.rate).squareRoot())
            state = .bisecting(rate: middle)
            return .probe(rate: middle, .bisect)
        }
        if !isFloorConfirmed { return confirm(.confirmingFloor, floor) }
        if ceilingMissCount < Self.missCountMin, ceiling.cause == .notMet {
            return confirm(.confirmingCeiling, ceiling.rate)
        }
        return finish(Self.kind(of: ceiling, otherwise: .found))
    }

    /// What an end is worth by why it was not met.
    private static func kind(
        of ceiling: Ceiling, otherwise kind: CapacityAnswerKind
    ) -> CapacityAnswerKind {
        switch ceiling.cause {
        case .generatorLimited: .limitedByGenerator
        case .invalid: .unsettled
        case .met, .notMet: kind
        }
    }

    private mutating func confirm(_ next: State, _ rate: Double) -> Action {
        guard probeCount < limits.probeCountMax else { return finish(.unsettled) }
        state = next
        return .probe(rate: rate, .confirm)
    }

    private mutating func bracketUpwards(_ floor: Double) -> Action {
        guard floor < limits.to else {
            return isFloorConfirmed ? finish(.aboveRange) : confirm(.confirmingFloor, floor)
        }
        return bracket(min(Self.plain(floor * (1 + stride)), limits.to))
    }

    private mutating func bracketDownwards() -> Action {
        guard let ceiling else { return bracket(limits.from) }
        let lowest = limits.from * Self.lowestShare
        // A hundredth above is where rounding may have left it.
        guard ceiling.rate > lowest * 1.01 else {
            return finish(Self.kind(of: ceiling, otherwise: .belowRange))
        }
        return bracket(max(Self.plain(ceiling.rate / (1 + stride)), lowest))
    }

    /// A rate that a person can read and a scenario can say: whole from 10,000 a second on.
    private static func plain(_ rate: Double) -> Double {
        rate >= 10_000 ? rate.rounded() : (rate * 1_000).rounded() / 1_000
    }

    /// Each step outside is twice as far as the one before, up to doubling.
    private mutating func bracket(_ rate: Double) -> Action {
        guard probeCount < limits.probeCountMax else { return finish(.unsettled) }
        stride = min(stride * 2, 1)
        state = .bracketing(rate: rate)
        return .probe(rate: rate, .bracket)
    }

    private mutating func finish(_ kind: CapacityAnswerKind) -> Action {
        state = .finished
        return .finished(answer(kind))
    }

    private func answer(_ kind: CapacityAnswerKind) -> CapacityAnswer {
        CapacityAnswer(
            kind: kind, lowerPerSecond: floor, upperPerSecond: ceiling?.rate,
            generatorLimitPerSecond: generatorLimit)
    }
}
