// A few simulations: nothing may go wrong in them, and each must do the same twice.

import BrokerSimulation
import Testing

@Suite(.timeLimit(.minutes(5)))
struct SimulationSmokeTests {
    /// Seeds in portions, so that a failure names few and cores share the work.
    static let portions: [ClosedRange<UInt64>] = [1...5, 6...10, 11...15, 16...20]

    /// Run once more by themselves: `scripts/simulate --seed N --trace`.
    @Test(arguments: portions)
    func findsNothingWrongAndDoesTheSameTwice(_ seeds: ClosedRange<UInt64>) {
        var total = SimulationStatistics()
        for seed in seeds {
            let first = Simulation(seed: seed).run()
            #expect(first.violations.isEmpty, "seed \(seed)")
            let second = Simulation(seed: seed).run()
            #expect(first.traceHash == second.traceHash, "seed \(seed) is not deterministic")
            #expect(first.statistics.eventCount == second.statistics.eventCount, "seed \(seed)")
            total.add(first.statistics)
        }
        // Simulations in which nothing happens would find nothing wrong, either.
        #expect(total.acknowledgedCount > 100)
        #expect(total.deliveredCount > 100)
        #expect(total.connectionCount > 15)
    }

    @Test func differsFromSeedToSeed() {
        let hashes = Set((1...6).map { Simulation(seed: $0).run().traceHash })
        #expect(hashes.count == 6)
    }
}
