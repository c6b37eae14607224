// A few simulations: nothing may go wrong in them.

import BrokerSimulation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SimulationSmokeTests {
    /// Seeds in portions, so that a failure names few and cores share the work.
    static let portions: [ClosedRange<UInt64>] = [1...10, 11...20, 21...30, 31...40]

    /// Run one more by itself: `scripts/simulate --seed N --trace`.
    @Test(arguments: portions)
    func findsNothingWrong(_ seeds: ClosedRange<UInt64>) {
        var total = SimulationStatistics()
        for seed in seeds {
            let outcome = Simulation(seed: seed).run()
            #expect(outcome.violations.isEmpty, "seed \(seed)")
            total.add(outcome.statistics)
        }
        // Simulations in which nothing happens would find nothing wrong, either.
        #expect(total.acknowledgedCount > 100)
        #expect(total.deliveredCount > 100)
        #expect(total.connectionCount > 15)
        #expect(total.brokerLifeCount > 10)
    }
}
