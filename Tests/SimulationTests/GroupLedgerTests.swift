// What the judge of groups in a simulation objects to, and what it does not.

import AeroWire
import Testing

@testable import BrokerSimulation

struct GroupLedgerTests {
    private let name = PartitionName(life: 0, topicId: 1, partition: 0)

    /// What the ledger objects to in the course of `body`.
    private func violations(_ body: (GroupLedger, PartitionModel) -> Void) -> [String] {
        var found: [String] = []
        body(GroupLedger { found.append($0) }, PartitionModel(name, .sync))
        return found
    }

    @Test func aPartitionHasOneOwnerInAGeneration() {
        let partition = TopicPartition(topicId: 1, partition: 0)
        let found = violations { ledger, _ in
            ledger.assigned([partition], to: "a", generation: 1, life: 1)
            ledger.assigned([partition], to: "a", generation: 1, life: 1)
            ledger.assigned([partition], to: "b", generation: 2, life: 1)
            // After a restart members join anew.
            ledger.assigned([partition], to: "c", generation: 2, life: 2)
        }
        #expect(found == [])
        let two = violations { ledger, _ in
            ledger.assigned([partition], to: "a", generation: 1, life: 1)
            ledger.assigned([partition], to: "b", generation: 1, life: 1)
        }
        #expect(two.count == 1)
    }

    /// - Parameter start: Where the group goes on after 5 was committed for sure, and 8 perhaps.
    @Test(arguments: [(4, 1), (5, 0), (8, 0), (9, 1)] as [(Int64, Int)])
    func aGroupGoesOnBehindWhatItCommitted(start: Int64, violationCount: Int) {
        let found = violations { ledger, model in
            ledger.offer(name, 5)
            ledger.settle(name, 5)
            ledger.offer(name, 8)
            ledger.begin(model, at: start, logStart: 0, mayForget: false, "a")
        }
        #expect(found.count == violationCount, "\(found)")
    }

    @Test func whatRetentionTookMayBeMissing() {
        let found = violations { ledger, model in
            ledger.begin(model, at: 7, logStart: 7, mayForget: false, "a")
        }
        #expect(found == [])
    }

    @Test func aPartitionIsThroughAtItsEnd() {
        let model = PartitionModel(name, .sync)
        let ledger = GroupLedger { _ in }
        #expect(!ledger.isThrough(model), "nobody was there")
        ledger.reach(name, 0)
        #expect(ledger.isThrough(model))
    }
}
