// Results in the text format of Prometheus.

/// Writes metrics of runs, for a text-file collector or a push gateway.
///
/// Seconds, bytes and shares, as Prometheus wants them. What was not measured is left out: there is
/// no sample with a zero that stands for nothing. Source: "Exposition formats", version 0.0.4.
struct PrometheusExport {
    private let documents: [ResultDocument]

    init(_ documents: [ResultDocument]) { self.documents = documents }

    /// One metric with all its samples, which the format wants together.
    private struct Family {
        let name: String
        let type: String
        let help: String
        var samples: [(suffix: String, labels: [(String, String)], value: Double)] = []

        mutating func add(_ labels: [(String, String)], _ value: Double, suffix: String = "") {
            if value.isFinite { samples.append((suffix, labels, value)) }
        }
    }

    var text: String {
        var text = ""
        for family in [latencies, latencyMaxima, rates, ledger, validity, processors, memory] {
            guard !family.samples.isEmpty else { continue }
            text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.type)\n"
            for sample in family.samples {
                let labels = sample.labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
                text += "\(family.name)\(sample.suffix){\(labels.joined(separator: ","))} "
                text += Self.number(sample.value) + "\n"
            }
        }
        return text
    }

    private static func labels(_ document: ResultDocument) -> [(String, String)] {
        [
            ("scenario", document.scenario.name), ("driver", document.driver.name),
            ("commit", document.tool.commit), ("result", document.id),
        ]
    }

    private func classes(
        _ body: (_ labels: [(String, String)], _ entry: ClassRecord) -> Void
    ) {
        for document in documents {
            for entry in document.classes {
                body(Self.labels(document) + [("class", entry.name)], entry)
            }
        }
    }

    private var latencies: Family {
        var family = Family(
            name: "aerobench_latency_seconds", type: "summary",
            help: "Latency of the measured window by series.")
        classes { labels, entry in
            for name in entry.series.keys.sorted() {
                guard let summary = entry.series[name]?.summary, summary.count > 0 else { continue }
                let own = labels + [("series", name)]
                let quantiles = [
                    ("0.5", summary.p50), ("0.9", summary.p90), ("0.99", summary.p99),
                    ("0.999", summary.p999), ("0.9999", summary.p9999),
                ]
                for (quantile, value) in quantiles {
                    family.add(own + [("quantile", quantile)], Double(value) / 1e9)
                }
                let sum = Double(summary.mean) * Double(summary.count) / 1e9
                family.add(own, sum, suffix: "_sum")
                family.add(own, Double(summary.count), suffix: "_count")
            }
        }
        return family
    }

    private var latencyMaxima: Family {
        var family = Family(
            name: "aerobench_latency_max_seconds", type: "gauge",
            help: "Largest latency of the measured window by series.")
        classes { labels, entry in
            for name in entry.series.keys.sorted() {
                guard let summary = entry.series[name]?.summary, summary.count > 0 else { continue }
                family.add(labels + [("series", name)], Double(summary.max) / 1e9)
            }
        }
        return family
    }

    private var rates: Family {
        var family = Family(
            name: "aerobench_messages_per_second", type: "gauge",
            help: "Messages a second over the measured window by what became of them.")
        classes { labels, entry in
            let achieved = entry.achieved
            var rates = [
                ("sent", achieved.sentPerSecond), ("acked", achieved.ackedPerSecond),
                ("received", achieved.receivedPerSecond),
            ]
            if let offered = entry.offered.messagesPerSecond { rates.append(("offered", offered)) }
            for (name, rate) in rates { family.add(labels + [("kind", name)], rate) }
        }
        return family
    }

    private var ledger: Family {
        var family = Family(
            name: "aerobench_ledger_messages", type: "gauge",
            help: "Messages by fate, warm-up included.")
        for document in documents {
            for field in Metric.LedgerField.allCases {
                family.add(
                    Self.labels(document) + [("fate", field.rawValue)],
                    Double(document.ledger.totals[field]))
            }
        }
        return family
    }

    private var validity: Family {
        var family = Family(
            name: "aerobench_run_valid", type: "gauge",
            help: "1 when the run can be believed, 0 when not.")
        for document in documents {
            family.add(Self.labels(document), document.doubts.isEmpty ? 1 : 0)
        }
        return family
    }

    private var processors: Family {
        var family = Family(
            name: "aerobench_processor_cores", type: "gauge",
            help: "Cores kept busy over the measured window.")
        owners { labels, usage, document in
            if let share = usage.processorShare(of: document.window) { family.add(labels, share) }
        }
        return family
    }

    private var memory: Family {
        var family = Family(
            name: "aerobench_resident_peak_bytes", type: "gauge",
            help: "Highest resident memory.")
        owners { labels, usage, _ in family.add(labels, Double(usage.residentBytesPeak)) }
        return family
    }

    private func owners(
        _ body: (_ labels: [(String, String)], _ usage: ResourceUsage, ResultDocument) -> Void
    ) {
        for document in documents {
            let own = Self.labels(document)
            body(own + [("owner", "generator")], document.generator.resources, document)
            if let usage = document.broker?.resources {
                body(own + [("owner", "broker")], usage, document)
            }
        }
    }

    /// A label's value: backslash, quote and line feed are escaped, and nothing else is.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
