// When a run may end.

import AeroIO
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

    /// Two processes, here two mappings of the same memory.
    @Test func processesShareIt() throws {
        let memory = try SharedMemory(byteCount: RunCoordination.byteCount + 100)
        let made = RunCoordination(workerCount: 2, drainNanoseconds: 77, memory: memory)
        let joined = RunCoordination(joining: try SharedMemory(opening: memory.path))
        #expect(joined.drainNanoseconds == 77)
        #expect(joined.startNanoseconds == nil && joined.measureStartNanoseconds == .max)
        made.begin(atNanoseconds: 5_000)
        made.measure(fromNanoseconds: 6_000)
        #expect(joined.startNanoseconds == 5_000 && joined.measureStartNanoseconds == 6_000)
        made.finishSending(expecting: 3)
        joined.addReceived(3)
        #expect(!made.isDrained && !joined.isDrained)
        joined.finishSending(expecting: 0)
        #expect(made.isDrained && joined.isDrained)
        joined.giveUp()
        #expect(made.isStopping)
    }
}
