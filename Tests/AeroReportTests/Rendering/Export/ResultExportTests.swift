// Exports, read back by readers of their own.

import HDRHistogram
import Testing

@testable import AeroReport

struct ResultExportTests {
    private func intervals(
        _ text: String
    ) throws -> [String: [IntervalLogEntry]] {
        var reader = IntervalLogReader(text)
        var entries: [String: [IntervalLogEntry]] = [:]
        while let entry = try reader.nextInterval() {
            entries[entry.tag ?? "", default: []].append(entry)
        }
        return entries
    }

    @Test func aTagOfTheIntervalLogAddsUpToTheWindow() throws {
        var sample = SampleResult()
        sample.classNames = ["main", "bulk, the other"]
        let document = try ReportSamples.document(sample)
        let text = try ResultExport.hlog.text([document])
        let entries = try intervals(text)
        #expect(entries.count == 12)
        for (name, entry) in zip(["main", "bulk__the_other"], document.classes) {
            for (series, record) in entry.series {
                let own = try #require(entries["\(name)/\(series)"])
                // Five seconds of window and the drain; the first second is warm-up.
                #expect(own.count == 6 && entries["warmup/\(name)/\(series)"]?.count == 1)
                var sum = own[0].histogram
                for interval in own.dropFirst() { try sum.add(interval.histogram) }
                #expect(try sum == Histogram(base64: record.histogram), "\(series)")
                #expect(own[0].startNanoseconds == 1_000_000_000)
                #expect(own[0].lengthNanoseconds == 1_000_000_000)
                // 2026-01-31T09:04:48Z, and one second of warm-up.
                #expect(own[0].absoluteStartNanoseconds == 1_769_850_289_000_000_000)
            }
        }
        #expect(text.contains("#[StartTime: 1769850288.000 (seconds since epoch), Sat Jan 31"))
    }

    @Test func aStartThatIsNoTimeIsLeftOut() throws {
        var document = try ReportSamples.document()
        document.window.startedAt = "yesterday"
        let text = try ResultExport.hlog.text([document])
        #expect(!text.contains("StartTime:") && text.contains("main/e2e.intended"))
        #expect(CreationStamp.millisecondsSince1970("2026-01-31T09:05:00Z") == 1_769_850_300_000)
        #expect(
            CreationStamp.millisecondsSince1970("2026-01-31T09:05:00.250Z") == 1_769_850_300_250)
    }

    @Test func rowsOfTheTableHoldWhatTheDocumentHolds() throws {
        var sample = SampleResult()
        sample.classNames = ["a \"quoted\", name\nof two lines"]
        let document = try ReportSamples.document(sample)
        let text = try ResultExport.csv.text([document, document])
        let rows = CSVReader.rows(text)
        #expect(rows.first == CSVExport.columns)
        // Two runs, three series, seven intervals.
        #expect(rows.count == 1 + 2 * 3 * 7)
        let columns = Dictionary(
            uniqueKeysWithValues: CSVExport.columns.enumerated().map { ($1, $0) })
        func value(_ row: [String], _ name: String) throws -> String {
            row[try #require(columns[name])]
        }
        for (name, series) in document.classes[0].series {
            let own = try rows.filter {
                try value($0, "series") == name && value($0, "run") == "2"
            }
            var count: Int64 = 0
            for (row, interval) in zip(own, series.intervals) {
                #expect(row.count == CSVExport.columns.count)
                #expect(try value(row, "class") == sample.classNames[0])
                #expect(try value(row, "interval") == "\(interval.index)")
                let phases = [0: "warmup", 6: "drain"]
                #expect(try value(row, "phase") == phases[interval.index] ?? "window")
                let hasSamples = interval.count > 0
                #expect(try value(row, "p99_ns") == (hasSamples ? "\(interval.p99)" : ""))
                #expect(try value(row, "max_ns") == (hasSamples ? "\(interval.max)" : ""))
                if try value(row, "phase") != "warmup" {
                    count += try #require(Int64(value(row, "count")))
                }
            }
            #expect(own.count == 7 && count == series.summary.count, "\(name)")
        }
        #expect(try rows.contains { try value($0, "doubts") == "lag-over-budget" })
    }

    @Test func aResultOfTheOpenMessagingBenchmark() throws {
        let document = try ReportSamples.document()
        let text = try ResultExport.omb.text([document])
        let json = try DocumentEncoding.decode(JSONValue.self, utf8(text))
        guard case .object(let members) = json else {
            Issue.record("not an object")
            return
        }
        // Every field of TestResult.java that names a latency, by its pattern.
        let statistics = [
            "Avg", "50pct", "75pct", "95pct", "99pct", "999pct", "9999pct", "99999pct", "Max",
        ]
        for name in ["publishLatency", "publishDelayLatency", "endToEndLatency"] {
            let title = name.prefix(1).uppercased() + name.dropFirst()
            for statistic in statistics {
                guard case .array(let list)? = members[name + statistic] else {
                    Issue.record("\(name + statistic) is missing")
                    continue
                }
                // Five seconds of window: neither warm-up nor drain.
                #expect(list.count == 5)
                #expect(members["aggregated\(title)\(statistic)"] != nil)
            }
            #expect(members["aggregated\(title)Quantiles"] != nil)
        }
        #expect(members["workload"] == .string("latency-1k"))
        #expect(members["messageSize"] == .integer(1_024))
        #expect(
            members["publishRate"] == .array([JSONValue](repeating: .integer(100_000), count: 5)))
        #expect(members["backlog"] == .array([JSONValue](repeating: .integer(0), count: 5)))
        // Milliseconds, from the actual time; silence is null.
        let p99 = try #require(document.classes[0].series["e2e.actual"]).summary.p99
        #expect(members["aggregatedEndToEndLatency99pct"] == .number(Double(p99) / 1e6))
        guard case .array(let medians)? = members["endToEndLatency50pct"] else { return }
        #expect(medians[1] == .null && medians[0] != .null)
        // The sample has no such series.
        #expect(members["aggregatedPublishLatencyAvg"] == .null)
    }

    @Test func prometheusTextPassesAStrictParser() throws {
        var sample = SampleResult()
        sample.scenario = "a \"b\" \\ c\nd"
        sample.ledger.lost = 3
        var lossy = try ReportSamples.document(sample)
        lossy.validity.isValid = false
        let documents = [lossy, try ReportSamples.empty()]
        let parsed = try PrometheusReader(ResultExport.prometheus.text(documents))
        #expect(parsed.faults.isEmpty, "\(parsed.faults)")
        func value(_ name: String, _ labels: [String: String]) -> Double? {
            parsed.samples.first { sample in
                sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
            }?.value
        }
        let scenario = ["scenario": sample.scenario]
        let summary = try #require(lossy.classes[0].series["e2e.intended"]).summary
        let own = scenario.merging(["series": "e2e.intended"]) { $1 }
        #expect(
            value("aerobench_latency_seconds", own.merging(["quantile": "0.99"]) { $1 })
                == Double(summary.p99) / 1e9)
        #expect(value("aerobench_latency_seconds_count", own) == Double(summary.count))
        #expect(value("aerobench_latency_max_seconds", own) == Double(summary.max) / 1e9)
        #expect(
            value("aerobench_ledger_messages", scenario.merging(["fate": "lost"]) { $1 }) == 3)
        #expect(value("aerobench_run_valid", scenario) == 0)
        // The empty run has no latencies, and no zeros in their place.
        #expect(value("aerobench_latency_seconds_count", ["scenario": "latency-1k"]) == nil)
    }

    @Test func aDamagedHistogramIsAnErrorWithItsPlace() throws {
        var document = try ReportSamples.document()
        document.classes[0].series["e2e.actual"]?.intervals[1].histogram = "HISTFAAAAA"
        for format in [ResultExport.hlog, .csv, .omb] {
            #expect(throws: ResultFileError.self) { try format.text([document]) }
        }
    }
}
