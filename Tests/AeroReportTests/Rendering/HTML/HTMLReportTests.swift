// Whole reports: what they hold, what they must not hold, and what hostile files do to them.

import AeroReport
import Foundation
import Testing

struct HTMLReportTests {
    @Test func aSingleRunHasEverything() throws {
        var sample = SampleResult()
        sample.slo = ["e2e.intended.p99 < 5ms", "e2e.intended.p99 < 1ms"]
        let page = try ReportSamples.page([try ReportSamples.document(sample)])
        let scanner = HTMLScanner(page)
        #expect(scanner.faults.isEmpty, "\(scanner.faults)")
        // Throughput, latency, map, percentiles.
        #expect(scanner.elements["figure"] == 4)
        for words in [
            "<h1>latency-1k</h1>", "valid run", "100,000 msg/s", "1.00 ms", "3.88 ms",
            "Throughput over time", "Latency over time", "Latency map", "Percentiles",
            "objective met", "objective missed", "nothing lost, duplicated", "45.0 MiB",
            "Example 9000", "25.0 % of the raw relay", "aerobench run latency-1k.yaml",
            "classes.main.load.rate: 100000", "(lag-over-budget)", "run-0.json", "failed",
        ] { #expect(page.contains(words), "\(words)") }
        // The curves have a gap where nothing arrived, and the map says so.
        #expect(page.contains("at 2.0 s\tno samples"))
    }

    /// The content policy would stop it too; this is about what a reader may rely on.
    @Test func nothingIsFetchedAndNothingIsNoNumber() throws {
        let page = try ReportSamples.page([
            try ReportSamples.document(), try ReportSamples.empty(),
        ])
        let namespace = "http://www.w3.org/2000/svg"
        let addresses = page.split(separator: "http", omittingEmptySubsequences: false).dropFirst()
        for address in addresses {
            let isKnown = "http\(address)".hasPrefix(namespace) || address.hasPrefix("-equiv=")
            #expect(isKnown, "http\(address.prefix(40))")
        }
        for word in ["src=", "url(", "@import", "<link", "<img", "<iframe"] {
            #expect(!page.contains(word), "\(word)")
        }
        let text = HTMLScanner(page)
        for value in text.attributes.values.joined() + [text.text] {
            for word in value.lowercased().split(whereSeparator: { !$0.isLetter }) {
                #expect(!["nan", "inf", "infinity"].contains(word), "\(value.prefix(80))")
            }
        }
    }

    @Test func hostileNamesStayText() throws {
        let hostile = "</title><script>alert(1)</script>\"'&<b onload=x>\u{1}"
        var sample = SampleResult()
        sample.scenario = hostile
        sample.driver = hostile
        sample.model = hostile
        sample.kernel = hostile
        sample.commit = hostile
        sample.classNames = [hostile, "b\tc\nd"]
        sample.reasons = [ValidityReason(code: hostile, message: hostile)]
        sample.warnings = [ValidityReason(code: "x", message: hostile)]
        var document = try ReportSamples.document(sample)
        document.tool.commandLine = ["aerobench", hostile, "two words", "it's"]
        document.driver.limitations = [hostile]
        document.driver.endpoint = hostile
        document.environment.host.container = hostile
        document.classes[0].series[hostile] = document.classes[0].series["e2e.intended"]
        document.classes[0].series["stage.\(hostile)"] =
            document.classes[0].series["e2e.intended"]
        document.ledger.offenders[0].fault = hostile
        document.ledger.offenders[0].count = 3
        document.scenario.parameters = .object([hostile: .string(hostile)])
        let page = try ReportSamples.page([document, document])
        let scanner = HTMLScanner(page)
        #expect(scanner.faults.isEmpty, "\(scanner.faults)")
        #expect(scanner.elements["script"] == 1 && scanner.elements["b"] == badges(page))
        #expect(!page.contains("<script>alert"))
        #expect(!page.contains("\u{1}"))
    }

    /// Signs of badges are the only bold elements that a report writes.
    private func badges(_ page: String) -> Int {
        page.split(separator: "<b aria-hidden=\"true\">", omittingEmptySubsequences: false).count
            - 1
    }

    @Test func anEmptyRunHasNoSamplesRatherThanZeros() throws {
        let page = try ReportSamples.page([try ReportSamples.empty()])
        let scanner = HTMLScanner(page)
        #expect(scanner.faults.isEmpty, "\(scanner.faults)")
        // Four charts have nothing to draw; each of three series has nothing to name.
        #expect(page.components(of: "<p class=\"none\">no samples</p>") == 4)
        #expect(page.components(of: "<td class=\"n\">no samples</td>") == 3)
        #expect(page.contains("INVALID run") && page.contains("nothing was measured"))
        #expect(!page.contains(">0 ns<"))
        #expect(!page.contains("data-x=\""))
    }

    @Test func severalRunsAreComparedAndLinked() throws {
        var slower = SampleResult()
        slower.medianNanoseconds = 2_000_000
        slower.commit = "fedcba9"
        let page = try ReportSamples.page([
            try ReportSamples.document(), try ReportSamples.document(slower),
        ])
        let scanner = HTMLScanner(page)
        #expect(scanner.faults.isEmpty, "\(scanner.faults)")
        #expect(page.contains("2 runs beside each other"))
        #expect(page.contains("<small>+99.9 %</small>") || page.contains("<small>+100.0 %</small>"))
        #expect(page.contains("latency-1k @ 0123abc") && page.contains("latency-1k @ fedcba9"))
        #expect(page.contains("Percentiles of e2e.intended"))
        // Both ran at one rate, so there is no curve of latency by rate.
        #expect(!page.contains("Latency by rate"))
    }

    @Test func severalRatesMakeACurve() throws {
        let page = try ReportSamples.page([
            try ReportSamples.document(rate: 50_000), try ReportSamples.document(rate: 100_000),
            try ReportSamples.document(rate: 25_000),
        ])
        #expect(HTMLScanner(page).faults.isEmpty)
        #expect(page.contains("Latency by rate, aeromq 0.1.0"))
        // Ascending, whatever the order of the files.
        #expect(page.contains("data-v=\"25,000 msg/s\t"))
        #expect(page.contains("latency-1k (load.rate=25000)"))
    }

    @Test func stagesBecomeABarThatAddsUp() throws {
        var document = try ReportSamples.document()
        document.classes[0].series["stage.append"] = document.classes[0].series["ack.intended"]
        document.classes[0].series["stage.networkIn"] = document.classes[0].series["e2e.actual"]
        let page = try ReportSamples.page([document])
        #expect(HTMLScanner(page).faults.isEmpty)
        #expect(page.contains("Stage budget"))
        // In the order in which a message passes them.
        let first = try #require(page.range(of: "<title>networkIn</title>"))
        let second = try #require(page.range(of: "<title>append</title>"))
        #expect(first.lowerBound < second.lowerBound)
    }

    @Test func matricesAndCapacitiesAreReported() throws {
        let matrix = try ReportSource(
            name: "m.json", decoding: SampleSearches.matrix().encoded())
        let capacity = try ReportSource(
            name: "c.json", decoding: SampleSearches.capacity().encoded())
        let page = try HTMLReport([matrix, capacity]).text()
        let scanner = HTMLScanner(page)
        #expect(scanner.faults.isEmpty, "\(scanner.faults)")
        for words in [
            "matrix of broker.buffers", "2 of 4 runs cannot be used", "it did not start",
            "rate-not-reached: half of it", "100,000 msg/s", "99.8 %", "no samples",
            "capacity of aeromq", "between 150,000 and 200,000 msg/s", "Latency by rate",
            "not met", "30.0 ms", "e2e.intended.p99 &lt; 5ms", "A sentence.",
        ] { #expect(page.contains(words), "\(words)") }
    }

    @Test func equalFilesGiveEqualBytes() throws {
        let document = try ReportSamples.document()
        #expect(try ReportSamples.page([document]) == ReportSamples.page([document]))
    }

    @Test func fiftyResultsStaySmall() throws {
        let documents = try (1...50).map { index in
            try ReportSamples.document(rate: Double(index) * 1_000)
        }
        let page = try ReportSamples.page(documents)
        #expect(HTMLScanner(page).faults.isEmpty)
        #expect(page.utf8.count < 2_500_000, "\(page.utf8.count) bytes")
        #expect(page.contains("The first 8 of 50 runs are drawn."))
    }

    @Test func whatIsNoResultIsAnError() throws {
        #expect(throws: ResultFileError.self) {
            try ReportSource(name: "x", decoding: utf8("{\"schema\":\"other/1\"}"))
        }
        #expect(throws: ResultFileError.self) {
            try ReportSource(name: "x", decoding: utf8("[]"))
        }
        var document = try ReportSamples.document()
        document.classes[0].series["e2e.intended"]?.intervals[1].histogram = "HISTFAAAAA"
        let source = try ReportSource(name: "x", decoding: document.encoded())
        #expect(throws: ResultFileError.self) { try HTMLReport([source]).text() }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of other: String) -> Int {
        split(separator: other, omittingEmptySubsequences: false).count - 1
    }
}
