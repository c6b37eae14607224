// The stages of a run as people see them.

import Testing

@testable import AeroReport

struct StageTableTests {
    private func document() throws -> ResultDocument {
        var sample = SampleResult()
        sample.measuresStages = true
        return try sample.document()
    }

    @Test func aBudgetAddsUp() throws {
        let record = try document().classes[0]
        let budget = try #require(StageBudget(record))
        #expect(budget.stages.map { "stage." + $0.label } == StageBudget.seriesNames)
        #expect(abs(Double(budget.meanSum) / Double(budget.whole.mean) - 1) < 0.001)
        let shares = budget.stages.map(budget.share)
        #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
        #expect(abs(shares[0] - 1.0 / 7) < 0.001)
    }

    @Test func aBudgetNeedsAllItsSeries() throws {
        for name in StageBudget.seriesNames + ["e2e.intended"] {
            var record = try document().classes[0]
            record.series[name] = nil
            #expect(StageBudget(record) == nil)
        }
        var empty = try document().classes[0]
        for name in StageBudget.seriesNames { empty.series[name]?.summary = LatencySummary() }
        let nothing = try #require(StageBudget(empty))
        #expect(nothing.meanSum == 0 && nothing.share(of: nothing.stages[0]) == 0)
    }

    @Test func theTableShowsEveryStageOnceAndTheSum() throws {
        let text = RunTable(try document()).text
        let lines = text.split(separator: "\n").map(String.init)
        let rows = lines.filter { $0.hasPrefix("  main") }
        for name in StageBudget.seriesNames.map({ $0.dropFirst(6) }) + ["sum"] {
            #expect(rows.count { $0.contains(" \(name) ") } == 1, "\(name)")
        }
        let first = try #require(rows.first { $0.contains("clientQueue") })
        #expect(first.contains("14.3 %"), "\(first)")
        let sum = try #require(rows.first { $0.contains(" sum ") })
        #expect(sum.contains("100.0 %"), "\(sum)")
        // They are not among the latencies a second time.
        #expect(!text.contains("stage.clientQueue"))
        #expect(!text.contains("slowest"))
    }

    @Test func theSlowestAreForWhoAsks() throws {
        let document = try document()
        let text = RunTable(document, isVerbose: true).text
        let line = try #require(text.split(separator: "\n").first { $0.contains("4711") })
        for part in [
            "latency-1k.main.0.0123abcd/3", "main-0", "0 #1234", "7.25 s", "41.0 ms", "7.00 ms",
            "connection lost: reset by the peer",
        ] {
            #expect(line.contains(part), "\(part) in \(line)")
        }
        var without = document
        without.slowest = nil
        #expect(!RunTable(without, isVerbose: true).text.contains("slowest"))
        without.slowest = []
        #expect(!RunTable(without, isVerbose: true).text.contains("slowest"))
    }

    @Test func limitsCanBeSetOnStages() throws {
        #expect(
            Metric("stage.durable.p99.9")
                == .latency(series: "stage.durable", .percentile(99.9)))
        let group = RunGroup(try document())
        let mean = try group.value(
            of: .latency(series: "stage.clientQueue", .mean), className: "main")
        #expect((mean ?? 0) > 0)
    }
}
