// A matrix on a terminal and in a pull request.

import AeroReport
import Testing

struct MatrixTableTests {
    @Test func cellsStandInOrderWithTheirDoubts() throws {
        var document = try SampleSearches.matrix()
        document.columns = ["throughput.received", "broker.poolHitRate"]
        let failed = "run 1, broker.buffers=native classes.main.load.rate=50k/s: it did not start"
        let doubted = "run 4, broker.buffers=native classes.main.load.rate=100k/s: "
        #expect(
            MatrixTable(document).text == """
                matrix allocators, scenario latency-1k
                Where buffers come from

                buffers  rate      runs  throughput.received  broker.poolHitRate
                pooled   50k/s        1        100,000 msg/s              99.8 %
                pooled   100k/s       1        100,000 msg/s              99.8 %
                native   50k/s   0 of 1                    -                   -
                native   100k/s  0 of 1                    -                   -

                \(failed)
                \(doubted)rate-not-reached: half of it
                4 of 4 runs, in an order drawn from seed 4711
                note: A sentence.

                """)
    }

    @Test func repetitionsShowTheirSpreadAndKeysOfOneNameTheirPath() throws {
        var document = try SampleSearches.matrix()
        document.varied[0].key = "classes.hot.load.rate"
        var second = document.cells[0].runs[0]
        second.metrics["throughput.received"] = 110_000
        document.cells[0].runs.append(second)
        document.endedBy = .interrupted
        let text = MatrixTable(document).markdown
        #expect(text.contains("| classes.hot.load.rate | classes.main.load.rate | runs |"))
        #expect(text.contains("| pooled | 50k/s | 2 | 105,000 msg/s ±5% |"))
        #expect(text.contains("- cut short"))
    }
}
