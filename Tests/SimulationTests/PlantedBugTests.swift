// Bugs put in on purpose: a simulation that cannot find them proves nothing.

import BrokerSimulation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PlantedBugTests {
    /// How many seeds a bug may survive. Without it the same seeds are clean:
    /// `SimulationSmokeTests` runs them.
    static let seedCountMax: UInt64 = 40

    @Test(arguments: PlantedBug.allCases)
    func isFoundWithinAFewSeeds(_ bug: PlantedBug) {
        let finder = (1...Self.seedCountMax).first {
            !Simulation(seed: $0, bug: bug).run().violations.isEmpty
        }
        #expect(finder != nil, "\(bug) was not found by \(Self.seedCountMax) seeds")
    }
}
