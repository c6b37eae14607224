// Faults that the truth driver's target plants, and what the ledger counts.

import AeroDrivers
import AeroLoad
import Testing

@Suite(.timeLimit(.minutes(10))) struct TruthFaultTests {
    /// 22,000 messages of three producers to four partitions.
    static let shape = [
        "classes.main.producers=3", "classes.main.partitions=4", "classes.main.groups=2",
        "target.latency=1ms",
        // The next message of a stream is not far, so that a late one is overtaken.
        "classes.main.batch.messages=1",
    ]

    /// One fault in a hundred messages: 220 of a kind.
    static func run(_ faults: String) throws -> VirtualTruthRun {
        try VirtualTruthRun(shape + ["target.faults={\(faults)}"])
    }

    @Test func losses() throws {
        let run = try Self.run("lose: 100")
        #expect(run.unansweredCount == 220)
        for verdict in run.verdicts {
            #expect(verdict.lost == 220 && verdict.acknowledgedThenLost == 0)
        }
    }

    @Test func lossesAfterAnAcknowledgement() throws {
        let run = try Self.run("ack-then-lose: 100")
        #expect(run.unansweredCount == 0)
        for verdict in run.verdicts {
            #expect(verdict.lost == 220 && verdict.acknowledgedThenLost == 220)
        }
    }

    @Test func faultsOfDeliveries() throws {
        let run = try Self.run("duplicate: 100, reorder: 100, corrupt: 100, misroute: 100")
        for verdict in run.verdicts {
            #expect(verdict.counts.duplicates == 220)
            #expect(verdict.counts.reordered == 220)
            #expect(verdict.counts.corrupt == 220)
            #expect(verdict.counts.misrouted == 220)
            // What is damaged is missing, too: nobody can say which it was.
            #expect(verdict.lost == 220 && verdict.acknowledgedThenLost == 220)
            #expect(verdict.counts.foreign == 0 && verdict.isExact)
        }
    }

    @Test func withoutFaultsTheLedgerIsClean() throws {
        let run = try VirtualTruthRun(Self.shape)
        for verdict in run.verdicts { #expect(verdict.isClean && verdict.sent == 22_000) }
    }
}
