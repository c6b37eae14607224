// One cell of the table of error rates: a kind of machine, a kind of candidate, many gates.

package import AeroReport

/// How gates on one kind of machine with one kind of candidate ended.
package struct ErrorCell: Sendable {
    /// Noise of a run's p99, 0.07 for 7 %.
    package let noise: Double
    /// What the machine does.
    package let model: NoiseModel
    /// What the candidate does.
    package let effect: SimulatedEffect
    /// How the sides take turns.
    package let mode: SimulatedMode
    /// Standard deviation of what sessions add to the candidate.
    package let sessionSpread: Double
    /// How the gates ended.
    package private(set) var counts = OutcomeCounts()

    /// A cell without gates.
    package init(
        noise: Double, model: NoiseModel, effect: SimulatedEffect, mode: SimulatedMode = .slices,
        sessionSpread: Double = 0
    ) {
        self.noise = noise
        self.model = model
        self.effect = effect
        self.mode = mode
        self.sessionSpread = sessionSpread
    }

    /// The table: every noise on the worst machine, every machine at 7 %, and sessions that differ.
    package static let all: [ErrorCell] = {
        var cells: [ErrorCell] = []
        for effect in SimulatedEffect.allCases {
            for noise in [0.03, 0.05, 0.07, 0.10, 0.20] {
                cells.append(ErrorCell(noise: noise, model: .everything, effect: effect))
            }
        }
        for effect in SimulatedEffect.allCases {
            for model in NoiseModel.allCases where model != .everything {
                cells.append(ErrorCell(noise: 0.07, model: model, effect: effect))
            }
        }
        for effect in [SimulatedEffect.none, .tail10, .tail20] {
            for noise in [0.05, 0.07, 0.10] {
                cells.append(
                    ErrorCell(noise: noise, model: .everything, effect: effect, mode: .runs))
            }
            for spread in [0.01, 0.02] {
                cells.append(
                    ErrorCell(
                        noise: 0.05, model: .everything, effect: effect, sessionSpread: spread))
            }
        }
        return cells
    }()

    /// Simulates one gate.
    ///
    /// - Parameters:
    ///   - seed: Decides everything.
    ///   - plan: The gate's plan; its own seed is replaced.
    /// - Throws: When the plan makes no sense.
    package mutating func simulate(seed: UInt64, plan: GatePlan) throws(GatePlanError) {
        var plan = plan
        plan.seed = seed
        var machine = SimulatedMachine(
            noise: noise, model: model, effect: effect, mode: mode, sessionSpread: sessionSpread,
            seed: seed)
        var gate = try GateExperiment(plan: plan, metrics: SimulatedMachine.metrics)
        var stage = GateStage.screening
        // BOUND: a gate asks for no more pairs than its plan has, and all of these are usable.
        while case .measure(let count, let next) = gate.next {
            if next != stage {
                machine.beginSession()
                stage = next
            }
            for _ in 0..<count { gate.add(machine.pair()) }
        }
        counts.add(gate)
    }

    /// Adds what another process counted; false when the line is none.
    package mutating func add(line: Substring) -> Bool { counts.add(line: line) }
}

/// How often gates ended in which way.
package struct OutcomeCounts: Equatable, Sendable {
    /// All gates.
    package var gates = 0
    /// PASS.
    package var passes = 0
    /// FAIL.
    package var failures = 0
    /// INCONCLUSIVE because the pairs were used up.
    package var exhausted = 0
    /// INCONCLUSIVE, stopped early because of noise.
    package var hopeless = 0
    /// INCONCLUSIVE because fresh pairs did not confirm.
    package var unconfirmed = 0
    /// Pairs of all gates together.
    package var pairs = 0
    /// Gates whose first stage called a metric worse by more than its threshold.
    package var suspicions = 0

    /// No gates.
    package init() {}

    /// Gates that could not tell.
    package var inconclusive: Int { exhausted + hopeless + unconfirmed }

    mutating func add(_ gate: GateExperiment) {
        gates += 1
        pairs += gate.addedCount
        if !gate.suspects.isEmpty { suspicions += 1 }
        guard case .conclude(let outcome) = gate.next else { return }
        switch outcome {
        case .pass: passes += 1
        case .fail: failures += 1
        case .inconclusive(.pairsExhausted): exhausted += 1
        case .inconclusive(.noise): hopeless += 1
        case .inconclusive(.unconfirmed): unconfirmed += 1
        case .inconclusive(.endedEarly), .invalid:
            preconditionFailure("simulated pairs are usable, and there is time for all of them")
        }
    }

    /// The counts as a line of numbers.
    package var line: String {
        [gates, passes, failures, exhausted, hopeless, unconfirmed, pairs, suspicions]
            .map(String.init).joined(separator: " ")
    }

    /// Adds a line of numbers; false when it is none.
    package mutating func add(line: Substring) -> Bool {
        let numbers = line.split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 8 else { return false }
        gates += numbers[0]
        passes += numbers[1]
        failures += numbers[2]
        exhausted += numbers[3]
        hopeless += numbers[4]
        unconfirmed += numbers[5]
        pairs += numbers[6]
        suspicions += numbers[7]
        return true
    }
}
