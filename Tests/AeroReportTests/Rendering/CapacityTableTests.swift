// A capacity search on a terminal and in a pull request.

import AeroReport
import Testing

struct CapacityTableTests {
    @Test func probesStandInTheOrderOfRates() throws {
        let text = try CapacityTable(SampleSearches.capacity()).text
        #expect(
            text == """
                capacity of latency-1k on aeromq, e2e.intended.p99 < 5ms
                found: between 150,000 and 200,000 msg/s

                probe  phase    verdict  offered/s  received/s      p50      p99  p99.9  backlog/s
                1      bracket  met        100,000     100,000   250 us  1.00 ms   0 ns       0.50
                3      bisect   met        150,000     150,000  1.00 ms  4.00 ms   0 ns       0.50
                4      confirm  met        150,000     150,000  1.05 ms  4.20 ms   0 ns       0.50
                2      bracket  not met    200,000     200,000  7.50 ms  30.0 ms   0 ns       0.50

                  probe 2: e2e.intended.p99 is too long

                """)
    }

    @Test func markdownIsATable() throws {
        var document = try SampleSearches.capacity()
        document.notes = ["a | b"]
        let text = CapacityTable(document).markdown
        #expect(text.hasPrefix("### capacity of latency-1k on aeromq, e2e.intended.p99 &lt; 5ms\n"))
        #expect(text.contains("| 2 | bracket | not met | 200,000 |"))
        #expect(text.hasSuffix("- a \\| b\n"))
    }

    @Test func progressSaysTheOutcome() {
        #expect(
            CapacityTable.line(SampleSearches.probe(2, .bisect, 150_000, p99: 9_000_000))
                == "probe 3, bisect: 150,000 msg/s not met (e2e.intended.p99 is too long)")
    }
}
