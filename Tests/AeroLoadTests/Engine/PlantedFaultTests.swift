// What a faulty target does to messages is found exactly, and under its own name.

import AeroLoad
import HDRHistogram
import Testing

struct PlantedFaultTests {
    private func run(
        partitions: Int = 4, size: String = "64B", _ faults: [Int: Fault]
    ) throws -> VirtualRun {
        try VirtualRun(
            """
            message-size: \(size)
            partitions: \(partitions)
            producers: 3
            groups: 2
            load: { schedule: constant, rate: 1k/s }
            batch: { messages: 4 }
            """, duration: "5s"
        ) { $0.faults = faults }
    }

    private func faults(_ fault: Fault, _ count: Int) -> [Int: Fault] {
        Dictionary(uniqueKeysWithValues: (0..<count).map { (100 + $0 * 37, fault) })
    }

    @Test(arguments: ["16B", "31B", "32B", "64B", "4KiB"])
    func nothingPlantedNothingFound(size: String) throws {
        let run = try run(size: size, [:])
        for group in 0..<2 {
            #expect(run.verdict(group: group).isClean)
            #expect(run.verdict(group: group).unique == 5_000)
        }
        #expect(run.counts.received == 10_000 && run.ledgers.strayTokenCount == 0)
    }

    @Test func losses() throws {
        let verdict = try run(faults(.lose, 23)).verdict(group: 1)
        #expect(verdict.lost == 23 && verdict.acknowledgedThenLost == 23)
        #expect(verdict.counts.duplicates == 0 && verdict.counts.corrupt == 0)
    }

    @Test func failedMessagesAreLostButNotBroken() throws {
        let verdict = try run(faults(.failIt, 11)).verdict()
        #expect(verdict.lost == 11 && verdict.acknowledgedThenLost == 0)
    }

    @Test func repeats() throws {
        let run = try run(faults(.repeatIt, 17))
        let verdict = run.verdict()
        #expect(verdict.counts.duplicates == 17 && verdict.lost == 0)
        // A repeated message has one latency, not two.
        #expect(run.histogram(.endToEndActual).totalCount == 10_000)
    }

    @Test(arguments: ["16B", "64B"])
    func damage(size: String) throws {
        let verdict = try run(size: size, faults(.corrupt, 9)).verdict()
        #expect(verdict.counts.corrupt == 9 && verdict.lost == 9)
        #expect(verdict.counts.foreign == 0)
    }

    @Test func wrongPartition() throws {
        let verdict = try run(faults(.misroute, 13)).verdict()
        #expect(verdict.counts.misrouted == 13 && verdict.lost == 0)
    }

    @Test func wrongOrder() throws {
        // One partition and one stream, so that the next message is of the same stream.
        let run = try VirtualRun(
            """
            message-size: 64B
            load: { schedule: constant, rate: 1k/s }
            """, duration: "5s"
        ) { $0.faults = self.faults(.swapWithNext, 19) }
        #expect(run.verdict().counts.reordered == 19)
        #expect(run.verdict().lost == 0 && run.verdict().counts.duplicates == 0)
    }

    @Test func answersToNothing() throws {
        let run = try run(faults(.answerTwice, 5))
        #expect(run.ledgers.strayTokenCount == 5)
        #expect(run.counts.acknowledged == 5_000)
    }
}
