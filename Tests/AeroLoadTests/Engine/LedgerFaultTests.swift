// Faults planted in the target, and what the ledger says of them.

import AeroLoad
import HDRHistogram
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct LedgerFaultTests {
    /// 2,000 messages from two producers to three partitions, read by two groups of two.
    static func scenario(_ more: [String] = []) throws -> Scenario {
        try VirtualRun.scenario(
            load: "{ schedule: constant, rate: 1k/s }", duration: "2s",
            [
                "classes.main.producers=2", "classes.main.partitions=3", "classes.main.groups=2",
                "classes.main.consumers-per-group=2", "classes.main.batch.messages=4",
            ] + more)
    }

    /// Every 50th message: far from the end, so that a loss is a gap and not a short tail.
    static func planted(_ fault: VirtualFault) -> VirtualModel {
        var model = VirtualModel()
        for ordinal in stride(from: 10, to: 1_500, by: 50) { model.faults[ordinal] = fault }
        return model
    }

    static let plantedCount: Int64 = 30

    @Test(arguments: ["16B", "31B", "32B", "64B", "4KiB"])
    func withoutFaultsTheVerdictIsClean(size: String) throws {
        let outcome = try VirtualRun.run(Self.scenario(["classes.main.message-size=\(size)"]))
        #expect(outcome.counts.received == 4_000 && outcome.ledgers.strayTokenCount == 0)
        for verdict in outcome.verdicts {
            #expect(verdict.isClean && verdict.sent == 2_000 && verdict.unique == 2_000)
            #expect(verdict.acknowledged == 2_000 && verdict.worstStreams.isEmpty)
        }
    }

    @Test func damageToSmallMessagesIsFound() throws {
        let outcome = try VirtualRun.run(
            Self.scenario(["classes.main.message-size=17B"]), Self.planted(.corrupt))
        for verdict in outcome.verdicts {
            #expect(verdict.counts.corrupt == Self.plantedCount && verdict.counts.foreign == 0)
            #expect(verdict.lost == Self.plantedCount)
        }
    }

    @Test(arguments: [VirtualFault.drop, .corrupt, .foreign]) func lossesAreCounted(
        fault: VirtualFault
    ) throws {
        let outcome = try VirtualRun.run(Self.scenario(), Self.planted(fault))
        #expect(outcome.counts.received == 2 * (2_000 - Self.plantedCount))
        for verdict in outcome.verdicts {
            #expect(!verdict.isClean && verdict.isExact)
            #expect(verdict.lost == Self.plantedCount)
            // They had been acknowledged: the broker broke its word.
            #expect(verdict.acknowledgedThenLost == Self.plantedCount)
            #expect(verdict.worstStreams.reduce(0) { $0 + $1.lost } == Self.plantedCount)
            #expect(verdict.counts.corrupt == (fault == .corrupt ? Self.plantedCount : 0))
            #expect(verdict.counts.foreign == (fault == .foreign ? Self.plantedCount : 0))
            #expect(verdict.counts.duplicates == 0 && verdict.counts.reordered == 0)
            #expect(verdict.counts.misrouted == 0)
        }
    }

    @Test func refusedMessagesAreLostButNotAgainstTheBrokersWord() throws {
        let outcome = try VirtualRun.run(Self.scenario(), Self.planted(.fail))
        #expect(outcome.ledgers.failedCount == Self.plantedCount)
        for verdict in outcome.verdicts {
            #expect(verdict.lost == Self.plantedCount && verdict.acknowledgedThenLost == 0)
            #expect(verdict.acknowledged == 2_000 - Self.plantedCount)
        }
    }

    @Test func duplicatesAreCountedAndHaveNoLatencyOfTheirOwn() throws {
        let outcome = try VirtualRun.run(Self.scenario(), Self.planted(.duplicate))
        #expect(outcome.counts.received == 4_000)
        #expect(outcome.record.classes[0].histogram(.endToEndActual).totalCount == 4_000)
        for verdict in outcome.verdicts {
            #expect(verdict.counts.duplicates == Self.plantedCount)
            #expect(verdict.counts.received == 2_000 + Self.plantedCount)
            #expect(verdict.lost == 0 && verdict.counts.reordered == 0)
        }
    }

    @Test func lateArrivalsAreCountedAsReordered() throws {
        // Long enough for many later messages of the same stream to overtake each.
        let outcome = try VirtualRun.run(Self.scenario(), Self.planted(.delay(40_000_000)))
        for verdict in outcome.verdicts {
            #expect(verdict.counts.reordered == Self.plantedCount)
            #expect(verdict.lost == 0 && verdict.counts.duplicates == 0 && verdict.isExact)
        }
    }

    @Test func misroutedMessagesAreCountedAndNotLostAsWell() throws {
        let outcome = try VirtualRun.run(Self.scenario(), Self.planted(.misroute))
        for verdict in outcome.verdicts {
            #expect(verdict.counts.misrouted == Self.plantedCount)
            #expect(verdict.lost == 0 && verdict.counts.duplicates == 0)
        }
    }

    @Test func unansweredMessagesAreCounted() throws {
        let outcome = try VirtualRun.run(Self.scenario(), Self.planted(.silence))
        #expect(outcome.ledgers.unansweredCount == Self.plantedCount)
        #expect(outcome.counts.acknowledged == 2_000 - Self.plantedCount)
        for verdict in outcome.verdicts { #expect(verdict.lost == 0) }
    }

    /// A slot is taken again while its second answer is on the way, or it is not; either way an
    /// answer too many shows.
    @Test func answersTooManyAreCounted() throws {
        let outcome = try VirtualRun.run(Self.scenario(), Self.planted(.answerTwice))
        #expect(outcome.ledgers.strayTokenCount == Self.plantedCount)
        #expect(outcome.counts.acknowledged == 2_000)
    }

    @Test func faultsOfAllKindsAtOnceAreToldApart() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        let kinds: [VirtualFault] = [
            .drop, .duplicate, .delay(40_000_000), .corrupt, .misroute, .foreign, .fail, .silence,
        ]
        var model = VirtualModel()
        var planted: [String: Int64] = [:]
        // Each stream gets every 12th message here; 24 apart, no fault touches another's gap.
        for ordinal in stride(from: 30, to: 1_600, by: 24) {
            guard let fault = kinds.randomElement(using: &random) else { continue }
            model.faults[ordinal] = fault
            planted["\(fault)", default: 0] += 1
        }
        func count(_ fault: VirtualFault) -> Int64 { planted["\(fault)"] ?? 0 }
        let outcome = try VirtualRun.run(Self.scenario(), model)
        for verdict in outcome.verdicts {
            let comment: Comment = "seed \(seed): \(planted)"
            #expect(
                verdict.lost == count(.drop) + count(.corrupt) + count(.foreign) + count(.fail),
                comment)
            #expect(
                verdict.acknowledgedThenLost == verdict.lost - count(.fail), comment)
            #expect(verdict.counts.duplicates == count(.duplicate), comment)
            #expect(verdict.counts.reordered == count(.delay(40_000_000)), comment)
            #expect(verdict.counts.corrupt == count(.corrupt), comment)
            #expect(verdict.counts.misrouted == count(.misroute), comment)
            #expect(verdict.counts.foreign == count(.foreign), comment)
        }
        #expect(outcome.ledgers.failedCount == count(.fail), "seed \(seed)")
        #expect(outcome.ledgers.unansweredCount == count(.silence), "seed \(seed)")
    }
}
