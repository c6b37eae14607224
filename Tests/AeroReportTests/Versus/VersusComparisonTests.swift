// Brokers beside each other: grouped by what they promise, related within a group alone.

import Testing

@testable import AeroReport

struct VersusComparisonTests {
    private func comparison(
        _ change: (inout MatrixDocument) -> Void = { _ in }
    ) throws -> VersusComparison {
        var document = try SampleSearches.versus()
        document.stateLimitShares()
        change(&document)
        return try #require(VersusComparison(document))
    }

    @Test func brokersOfEqualPromisesAreAGroup() throws {
        let groups = try comparison().groups
        #expect(groups.map(\.level) == ["os", "unacknowledged", ""])
        #expect(
            groups.map { $0.entries.map(\.driver) } == [
                ["aeromq", "jetstream"], ["nats"], ["kafka"],
            ])
        #expect(try comparison().yardsticks.map(\.driver) == ["relay-file"])
    }

    @Test func ratiosStayWithinAGroup() throws {
        let rows = VersusTable(try comparison()).rows
        #expect(
            rows.map { Array($0.cells.prefix(5)) } == [
                ["aeromq", "os", "2", "420,000 ±5%", "40.0 %"],
                ["jetstream", "os", "2", "105,000 ±5%", "10.0 %"],
                ["nats", "≠ unacknowledged", "2", "840,000 ±5%", "80.0 %"],
                ["kafka", "≠ unknown", "0 of 2", "-", "-"],
                ["relay-file", "(limit)", "2", "1,050,000 ±5%", "100.0 %"],
            ])
        // The fastest of all is another promise's, so the best of each group is 1.
        #expect(
            rows.map { Array($0.cells.suffix(2)) } == [
                ["1.00", "1.00"], ["0.25", "4.00"], ["1.00", "1.00"], ["-", "-"], ["-", "-"],
            ])
        #expect(rows.map(\.isUnequal) == [false, false, true, true, false])
        #expect(rows.allSatisfy { $0.cells.count == VersusTable.header.count })
    }

    @Test func onlyRunsOfOneRoundMakeAShare() throws {
        var document = try SampleSearches.versus()
        document.cells[4].runs[1].failure = "cut"
        document.cells[0].runs[0].metrics["throughput.received"] = nil
        document.stateLimitShares()
        let shares = document.cells.map { $0.runs.map { $0.metrics["limit.share"] } }
        #expect(shares[0] == [nil, nil])
        #expect(shares[1] == [0.8, nil])
        #expect(shares[3] == [nil, nil])
    }

    @Test func halfLoadIsThatOfTheSlowest() throws {
        #expect(try comparison().halfLoad == 52_500)
        let none = try comparison { document in
            for cell in document.cells.indices {
                for run in document.cells[cell].runs.indices {
                    document.cells[cell].runs[run].failure = "none came off"
                }
            }
        }
        #expect(none.halfLoad == nil)
    }

    @Test func anotherMatrixIsNone() throws {
        #expect(VersusComparison(try SampleSearches.matrix()) == nil)
        var document = try SampleSearches.versus()
        for cell in document.cells.indices {
            for run in document.cells[cell].runs.indices {
                document.cells[cell].runs[run].promises = nil
            }
        }
        #expect(VersusComparison(document) == nil)
    }

    @Test func textSaysWhatWasPromisedAndWhatFailed() throws {
        let text = VersusTable(try comparison()).text
        for line in [
            "aeromq 2.0: os: answered when it is in the page cache",
            "aeromq differs: batches of 64 messages instead of 256",
            "nats 2.0: unacknowledged: none", "kafka, 2 runs: it did not start",
            "10 of 10 runs, in an order drawn from seed 4711",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)\n\(text)")
        }
        #expect(text.contains("\n≠ promises something else"))
        let equal = VersusTable(
            try comparison { $0.cells.removeSubrange(1...1) }
        ).text
        #expect(!equal.contains("≠ promises something else"))
    }

    @Test func markdownAndHTMLHaveTheSameRows() throws {
        let comparison = try comparison()
        let markdown = VersusTable(comparison).markdown
        #expect(markdown.contains("| jetstream | os | 2 | 105,000 ±5% | 10.0 % |"))
        #expect(markdown.contains("- kafka, 2 runs: it did not start"))
        #expect(markdown.contains("```sh\naerobench run latency-1k.yaml\n```"))
        let bytes = try comparison.document.encoded()
        let page = try HTMLReport([ReportSource(name: "versus.json", decoding: bytes)]).text()
        #expect(page.contains("Brokers on latency-1k"))
        #expect(page.contains("105,000 ±5%") && page.contains("≠ unacknowledged"))
        #expect(page.contains("kafka, 2 runs: it did not start"))
    }
}
