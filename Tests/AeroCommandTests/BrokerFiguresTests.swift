// A broker's counters as `aeromq statistics` shows them.

import Testing

@testable import AeroCommand

struct BrokerFiguresTests {
    private let figures: [String: Int64] = [
        "pool.hits": 995, "pool.allocations": 1_000, "bytes.sent": 0, "z": 7,
    ]

    @Test func theHitRateStandsAmongTheOthers() {
        #expect(
            BrokerFigures.json(figures)
                == "{\"bytes.sent\": 0, \"pool.allocations\": 1000, \"pool.hit_rate\": 0.995, "
                + "\"pool.hits\": 995, \"z\": 7}")
        let rows = BrokerFigures.rows(figures, isComplete: false)
        #expect(rows.map { $0[0] } == ["pool.allocations", "pool.hit_rate", "pool.hits", "z"])
        #expect(rows[1][1].hasPrefix("99.5"))
        #expect(BrokerFigures.rows(figures, isComplete: true).first?[0] == "bytes.sent")
    }

    /// 0 of 0 is no rate.
    @Test func withoutAllocationsThereIsNone() {
        #expect(BrokerFigures.hitRate([:]) == nil)
        #expect(BrokerFigures.hitRate(["pool.hits": 0, "pool.allocations": 0]) == nil)
        #expect(!BrokerFigures.json(["pool.hits": 0, "pool.allocations": 0]).contains("rate"))
    }
}
