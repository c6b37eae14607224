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
            baseline: SampleResult().document().repeated(7, side: 0),
            candidate: slower.document().repeated(7, side: 1))
    }

    @Test func text() throws {
        let text = try report().text()
        #expect(
            text.contains(
                "! latency-1k: e2e.intended.p99 changed by +20.0 % (+20.0 % to +20.0 %; 7 pairs): "
                    + "worse, and by more than +5.0 %"))
        #expect(text.contains("x latency-1k: the run did not measure lag.p99"))
        #expect(text.contains("? latency-1k: ack.intended.p99.9"))
        #expect(text.hasSuffix("9 pass, 3 fail, 2 inconclusive, 1 invalid; exit code 5)\n"))
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
        let short = try report().markdown(byteLimit: 1_500)
        #expect(short.contains("Further tables are left out"))
        #expect(!short.contains("<details><summary>latency-1k</summary>"))
    }

    /// GitHub refuses comments of more than 65,536 characters.
    @Test func markdownStaysBelowTheLimitOfComments() throws {
        var report = try report()
        let long = String(repeating: "all of it is wrong, ", count: 100)
        for index in 0..<500 {
            var check = report.checks[index % 15]
            check.scenario = "scenario \(index)"
            check.explanation = long
            report.checks.append(check)
            report.notes.append(long)
        }
        let markdown = report.markdown()
        #expect(markdown.utf8.count <= 65_536)
        #expect(markdown.contains("left out here"))
    }

    @Test func sarif() throws {
        let bytes = try report().sarif(place: "out put/base.json")
        #expect(try report().sarif(place: "out put/base.json") == bytes)
        guard case .object(let root) = try DocumentEncoding.decode(JSONValue.self, bytes),
            case .array(let runs)? = root["runs"], case .object(let run)? = runs.first,
            case .array(let results)? = run["results"]
        else {
            Issue.record("not the shape of SARIF")
            return
        }
        #expect(root["version"] == .string("2.1.0") && results.count == 6)
        let text = AeroReportTests.text(bytes)
        #expect(text.contains("out%20put/base.json") || text.contains("out%20put\\/base.json"))
        func count(_ level: String) -> Int {
            results.filter { result in
                guard case .object(let members) = result else { return false }
                return members["level"] == .string(level)
            }.count
        }
        #expect(count("error") == 4 && count("warning") == 2)
    }

    @Test func junitCountsAndEscapes() throws {
        let junit = try report().junit
        #expect(
            junit.contains(
                "<testsuites name=\"aerobench gate\" tests=\"15\" failures=\"3\" errors=\"1\" "
                    + "skipped=\"2\">"
            ))
        #expect(junit.contains("name=\"main: e2e.intended.p99 &lt; 1ms\""))
        func count(_ part: String) -> Int {
            junit.split(separator: "\n").filter { $0.contains(part) }.count
        }
        #expect(count("<testcase ") == 15 && count("</testcase>") == 15)
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
        let one = try SampleResult().document()
        let report = try GateReport(
            baseline: one.repeated(7, side: 0), candidate: one.repeated(7, side: 1))
        #expect(report.text().hasSuffix("PASS (13 pass; exit code 0)\n"))
        #expect(report.annotations() == "")
    }

    /// Too few samples for a p99.9, which the default policy warns of.
    @Test func aPassWithDoubtsIsCalledThat() throws {
        var few = SampleResult()
        few.sampleCount = 10_000
        let one = try few.document()
        let report = try GateReport(
            baseline: one.repeated(7, side: 0), candidate: one.repeated(7, side: 1))
        #expect(report.exitCode == .pass)
        #expect(
            report.text().hasSuffix("PASS with doubts (11 pass, 2 inconclusive; exit code 0)\n"))
        #expect(report.markdown().hasPrefix("## Benchmark gate: PASS with doubts\n"))
        #expect(report.html().contains("PASS with doubts"))
    }
}
