// Which promise of a topic is the stronger one.

import AeroLoad
import Testing

struct DurabilityOrderTests {
    @Test func whatSurvivesMoreIsMore() {
        let ascending: [TopicStorage.Durability] = [
            .volatile, .os, .interval(nanoseconds: 1_000_000_000), .interval(nanoseconds: 1_000),
            .sync,
        ]
        #expect(ascending.reversed().sorted() == ascending)
        #expect(ascending.max() == .sync)
    }
}
