// Simulated error rates in short; scripts/gate-errors does it at length.

import AeroReport
import GateSimulation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct GateErrorRateTests {
    /// The default plan with fewer sign changes: as exact, in a sixteenth of the time.
    private static let plan: GatePlan = {
        var plan = GatePlan()
        plan.dimension = 10
        return plan
    }()

    private func counts(
        _ effect: SimulatedEffect, noise: Double, gates: Int, plan: GatePlan = Self.plan
    ) throws -> OutcomeCounts {
        var cell = ErrorCell(noise: noise, model: .everything, effect: effect)
        for seed in 0..<gates { try cell.simulate(seed: 7_000_000 + UInt64(seed), plan: plan) }
        #expect(cell.counts.gates == gates)
        return cell.counts
    }

    @Test func equalCodePasses() throws {
        let counts = try counts(.none, noise: 0.05, gates: 40)
        #expect(counts.failures == 0 && counts.passes >= 36)
    }

    @Test func regressionsAreFound() throws {
        #expect(try counts(.tail20, noise: 0.05, gates: 20).failures >= 19)
        #expect(try counts(.stall, noise: 0.05, gates: 20).failures >= 19)
        #expect(try counts(.throughput10, noise: 0.05, gates: 20).failures >= 19)
    }

    @Test func noiseIsNotTakenForAnAnswer() throws {
        let counts = try counts(.tail10, noise: 0.2, gates: 20)
        #expect(counts.passes <= 3 && counts.inconclusive >= 8)
    }

    /// Without the threshold and the confirmation, one look at the 50 % level calls equal code
    /// worse about every other time: the counts above can fail.
    @Test func aCarelessPlanIsSeen() throws {
        var careless = Self.plan
        careless.failLevels = careless.failLevels.map { _ in 0.49 }
        careless.confirmationLooks = []
        careless.confirmationLevels = []
        let counts = try counts(.none, noise: 0.2, gates: 20, plan: careless)
        #expect(counts.failures >= 4)
    }

    @Test func intervalsOfShares() {
        let none = ErrorRate(0, of: 2_000)
        #expect(none.text == "0.00 % (0.00 to 0.19)")
        let half = ErrorRate(50, of: 100)
        #expect(abs(half.lower - 0.404) < 0.001 && abs(half.upper - 0.596) < 0.001)
    }

    @Test func countsTravelAsLines() throws {
        var cell = ErrorCell(noise: 0.05, model: .normal, effect: .none)
        let isWhole = cell.add(line: "100 97 2 0 0 1 1300 3")
        let isPart = cell.add(line: "100 97")
        #expect(isWhole && !isPart)
        #expect(ErrorTable.markdown([cell]).contains("| 2.00 % (0.55 to 7.00) | 97.00 %"))
        #expect(ErrorTable.misses(cell).count == 1)
        #expect(cell.counts.line == "100 97 2 0 0 1 1300 3")
    }
}
