// The gate's report in every form.

import Testing

@testable import AeroReport

struct GateRenderingTests {
    private func report() throws -> GateReport {
        var slower = SampleResult()
        slower.tailFactor = 1.2
        slower.slo = ["e2e.intended.p99 < 1ms", "lag.p99 < 1ms"]
        slower.sampleCount = 10_000
        return try GateReport(
            baseline: [SampleResult().document()], candidate: [slower.document()])
    }

    @Test func text() throws {
        let text = try report().text()
        #expect(
            text.contains(
                "! latency-1k: e2e.intended.p99 went from 3.88 ms to 4.65 ms: +776 us, +20.0 % "
                    + "(may worsen by 5.0 % or by less than 50.0 us)"))
        #expect(text.contains("x latency-1k: the run did not measure lag.p99"))
        #expect(text.contains("? latency-1k: ack.intended.p99.9"))
        #expect(text.hasSuffix("7 pass, 3 fail, 2 inconclusive, 1 invalid; exit code 5)\n"))
        #expect(!text.contains("\u{1B}"))
        #expect(try report().text(style: .colored).contains("\u{1B}[31m"))
    }

    @Test func markdown() throws {
        let markdown = try report().markdown()
        #expect(markdown.hasPrefix("## Benchmark gate: INVALID"))
        #expect(
            markdown.contains(
                "- **fail** latency-1k: e2e.intended.p99 is 4.65 ms, which breaches "
                    + "e2e.intended.p99 &lt; 1ms"
            ))
        #expect(markdown.contains("<details><summary>latency-1k</summary>"))
        let short = try report().markdown(byteLimit: 2_000)
        #expect(short.contains("Further tables are left out"))
        #expect(!short.contains("<details><summary>latency-1k</summary>"))
        #expect(short.contains("weak evidence"))
    }

    @Test func junitCountsAndEscapes() throws {
        let junit = try report().junit
        #expect(
            junit.contains(
                "<testsuites name=\"aerobench gate\" tests=\"13\" failures=\"3\" errors=\"1\" "
                    + "skipped=\"2\">"
            ))
        #expect(junit.contains("name=\"main: e2e.intended.p99 &lt; 1ms\""))
        func count(_ part: String) -> Int {
            junit.split(separator: "\n").filter { $0.contains(part) }.count
        }
        #expect(count("<testcase ") == 13 && count("</testcase>") == 13)
        #expect(count("<failure ") == 3 && count("<error ") == 1 && count("<skipped ") == 2)
        #expect(
            XMLText.escaped("<a b=\"c\" d='e'>&\n\u{1}")
                == "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;&#10;?")
    }

    @Test func annotationsAreEscapedAndCapped() throws {
        let lines = try report().annotations().split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("::error ") }.count == 4)
        #expect(lines.filter { $0.hasPrefix("::warning ") }.count == 2)
        #expect(lines.contains { $0.contains("title=latency-1k%3A main%3A e2e.intended.p99::") })
        #expect(lines.contains { $0.contains("+20.0 %25") })
        let capped = try report().annotations(limit: 2).split(separator: "\n")
        #expect(capped.filter { $0.hasPrefix("::error ") }.count == 2)
        #expect(capped.contains { $0 == "::error title=gate::3 more in the report" })
    }

    @Test func jsonRoundTripsAndIsDeterministic() throws {
        let report = try report()
        let bytes = try report.encoded()
        #expect(try DocumentEncoding.decode(GateReport.self, bytes) == report)
        #expect(try self.report().encoded() == bytes)
        #expect(AeroReportTests.text(bytes).contains("\"schema\" : \"aerobench.gate/1\""))
        #expect(AeroReportTests.text(bytes).contains("\"exitCode\" : 5"))
    }

    @Test func passingReportIsShort() throws {
        let one = [try SampleResult().document()]
        let report = try GateReport(baseline: one, candidate: one)
        #expect(report.text().hasSuffix("PASS (11 pass; exit code 0)\n"))
        #expect(report.annotations() == "")
    }
}
