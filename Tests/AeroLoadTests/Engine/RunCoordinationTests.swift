// When a run may end.

import AeroLoad
import Testing

@Suite struct RunCoordinationTests {
    @Test func aRunIsDrainedWhenAllHaveSentAndEverythingArrived() {
        let coordination = RunCoordination(workerCount: 2, drainNanoseconds: 1)
        #expect(!coordination.isDrained)
        coordination.finishSending(expecting: 5)
        coordination.addReceived(5)
        #expect(!coordination.isDrained, "the other worker may send more")
        coordination.finishSending(expecting: 3)
        #expect(!coordination.isDrained)
        coordination.addReceived(2)
        #expect(!coordination.isDrained)
        coordination.addReceived(1)
        #expect(coordination.isDrained)
        // A repeated message does not undo it.
        coordination.addReceived(1)
        #expect(coordination.isDrained)
    }

    @Test func aRunWithoutConsumersIsDrainedOnceAllHaveSent() {
        let coordination = RunCoordination(workerCount: 1, drainNanoseconds: 1)
        coordination.finishSending(expecting: 0)
        #expect(coordination.isDrained)
    }

    @Test func nobodyWaitsForAWorkerThatFailed() {
        let coordination = RunCoordination(workerCount: 2, drainNanoseconds: 1)
        coordination.finishSending(expecting: 5)
        coordination.giveUp()
        #expect(coordination.isStopping && coordination.isDrained)
    }

    @Test func stoppingIsForEverybodyAndForGood() {
        let coordination = RunCoordination(workerCount: 1, drainNanoseconds: 1)
        #expect(!coordination.isStopping)
        coordination.stop()
        coordination.stop()
        #expect(coordination.isStopping)
    }
}
