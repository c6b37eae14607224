// Which cores the threads of a run get.

import AeroReport
import Testing

@testable import AeroCommand

@Suite struct RunPlacementTests {
    @Test func everyThreadGetsACoreOfItsOwnAndTwoAreLeft() {
        let placement = RunPlacement(available: [0, 2, 4, 6, 7], workerCount: 2, shardCount: 1)
        #expect(placement.shardCores == [0])
        #expect(placement.workerCores == [2, 4])
        #expect(
            placement.record
                == PlacementRecord(generatorCores: [2, 4], brokerCores: [0]))
    }

    /// Two threads that are pinned to one core wait for each other while another core is idle.
    @Test(arguments: [[], [0], [0, 1], [3, 5, 7]]) func withTooFewCoresTheKernelChooses(
        available: [Int]
    ) {
        let placement = RunPlacement(available: available, workerCount: 1, shardCount: 1)
        #expect(!placement.isPinned && placement.shardCores.isEmpty)
        #expect(placement.record == nil)
    }

    @Test func aRunWithoutABrokerNeedsFewer() {
        let placement = RunPlacement(available: [0, 1, 2], workerCount: 1, shardCount: 0)
        #expect(placement.workerCores == [0] && placement.shardCores.isEmpty)
    }
}
