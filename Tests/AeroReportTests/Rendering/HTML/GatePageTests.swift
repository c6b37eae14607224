// Pages of gates: what they hold, and that nothing in them is made up.

import TestSupport
import Testing

@testable import AeroReport

struct GatePageTests {
    /// Twelve pairs whose noise is drawn from the seed.
    private func report(
        seed: UInt64 = 3, change: (inout SampleResult) -> Void = { _ in }
    ) throws -> GateReport {
        var generator = SplitMix64(seed: seed)
        var other = SampleResult()
        change(&other)
        /// Three documents stand for twelve: making one takes longer than judging it.
        func side(_ sample: SampleResult, _ side: Int) throws -> [ResultDocument] {
            let documents = try (0..<3).map { _ in
                var own = sample
                own.medianNanoseconds += Int64.random(in: -20_000...20_000, using: &generator)
                return try own.document()
            }
            let names = documents[0].repeated(12, side: side)
            return names.indices.map { index in
                var document = documents[(index * (side + 1)) % 3]
                document.id = names[index].id
                document.window.startedAt = names[index].window.startedAt
                return document
            }
        }
        return try GateReport(baseline: side(SampleResult(), 0), candidate: side(other, 1))
    }

    private func charts(_ page: String) -> Int { HTMLScanner(page).elements["figure"] ?? 0 }

    @Test func aPageHasVerdictChecksPairsAndCurves() throws {
        let report = try report { $0.tailFactor = 1.3 }
        let page = report.html()
        let scanner = HTMLScanner(page)
        #expect(scanner.faults.isEmpty, "\(scanner.faults)")
        // Nine metrics, two series.
        #expect(charts(page) == 11)
        #expect(page.contains("<h1>Benchmark gate: FAIL: worse than the baseline</h1>"))
        for words in [
            "e2e.intended.p99 changed by +", "main: e2e.intended.p99.9", "exit code 2",
            "estimate with its interval", "change with its band", "<h2>latency-1k</h2>",
            "The band holds all quantiles together", "<h2>The test</h2>", "pair 12\t",
            "p99.9\t+",
        ] { #expect(page.contains(words), "\(words)") }
        // One tip for each pair of each metric, and one for each point of each curve.
        let check = try #require(report.checks.first { $0.name == "e2e.intended.p99" })
        #expect(page.contains(check.explanation))
        #expect(try self.report { $0.tailFactor = 1.3 }.html() == page)
    }

    /// Every dot of a pair plot lies where the pair's own change is.
    @Test func dotsLieWhereTheirChangesAre() throws {
        let report = try report()
        let experiment = try #require(report.experiments?.first)
        let index = try #require(
            experiment.metrics.firstIndex { $0.metric.name == "throughput.received" })
        var fallen = experiment
        // One pair in which the candidate received half, which lies below zero.
        for pair in fallen.pairs.indices {
            fallen.pairs[pair].candidate[index] = fallen.pairs[pair].baseline[index]
        }
        fallen.pairs[4].candidate[index] /= 2
        let page = PairChart(fallen, metric: index).markup.text
        let path = try #require(
            page.split(separator: "<path class=\"dot s0\" d=\"").last?.split(separator: "\"").first)
        let places = path.split(separator: "M").map { dot in
            dot.split(separator: " ").last?.split(separator: "h").first.flatMap { Double($0) } ?? 0
        }
        #expect(places.count == 12)
        let rest = Set(places.enumerated().filter { $0.offset != 4 }.map(\.element))
        #expect(rest.count == 1 && places[4] > (rest.first ?? 999), "\(places)")
        #expect(page.contains("100,000 msg/s\t50,000 msg/s\t-50.0 %"))
    }

    @Test func whatWasNotTestedHasNoBand() throws {
        let one = try SampleResult().document()
        var other = one
        other.id = "other"
        let page = try GateReport(baseline: [one], candidate: [other]).html()
        let scanner = HTMLScanner(page)
        #expect(scanner.faults.isEmpty, "\(scanner.faults)")
        #expect(charts(page) == 2 && page.contains("There is no band"))
        #expect(!page.contains("<h2>The test</h2>") && page.contains("INCONCLUSIVE"))
        let none = GateReport(unreadable: "baseline", reason: "no <file>").html()
        #expect(HTMLScanner(none).faults.isEmpty)
        #expect(none.contains("no &lt;file&gt;") && charts(none) == 0)
    }

    @Test func hostileNamesStayText() throws {
        let hostile = "</title><script>alert(1)</script>\"'&\t"
        let page = try report {
            $0.scenario = hostile
            $0.classNames = [hostile]
            $0.reasons = [ValidityReason(code: hostile, message: hostile)]
        }.html()
        let scanner = HTMLScanner(page)
        #expect(scanner.faults.isEmpty, "\(scanner.faults)")
        #expect(scanner.elements["script"] == 1 && !page.contains("<script>alert"))
    }

    @Test func nothingIsNoNumber() throws {
        var empty = SampleResult()
        empty.sampleCount = 0
        let runs = try empty.document()
        let pages = [
            try GateReport(
                baseline: runs.repeated(7, side: 0), candidate: runs.repeated(7, side: 1)
            ).html(), try report().html(),
        ]
        for page in pages {
            let scanner = HTMLScanner(page)
            #expect(scanner.faults.isEmpty, "\(scanner.faults)")
            for value in scanner.attributes.values.joined() + [scanner.text] {
                for word in value.lowercased().split(whereSeparator: { !$0.isLetter }) {
                    #expect(!["nan", "inf", "infinity"].contains(word), "\(value.prefix(80))")
                }
            }
        }
    }

    @Test func changesHaveAxesWithZeroOnThem() {
        for values in [[0.0], [0.1, 0.2], [-0.3], [-0.01, 0.5]] {
            let scale = ChangeScale.around(values, isShare: true)
            #expect(scale.lower < 0 && scale.upper > 0)
            #expect(scale.ticks.contains { $0.label == "0 %" }, "\(values): \(scale.ticks)")
            #expect(values.allSatisfy { scale.lower < $0 && $0 < scale.upper })
        }
        #expect(ChangeScale.text(0.05, true) == "+5 %" && ChangeScale.text(-3, false) == "-3")
    }
}
