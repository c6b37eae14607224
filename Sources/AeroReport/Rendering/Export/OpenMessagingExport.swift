// A result as the OpenMessaging Benchmark writes it.

import HDRHistogram

/// Writes the JSON that the charts of the OpenMessaging Benchmark read.
///
/// Its terms are kept, so that files of both tools compare: *publish latency* and *end to end*
/// count from when a message was really sent (our `ack.actual` and `e2e.actual`), in milliseconds;
/// *publish delay* is the lag of that send, in microseconds. Latencies from the intended time stand
/// under `aerobench`, which its readers ignore. All classes are taken together; an interval without
/// samples is null, where the original writes 0. Source: `TestResult.java` of the benchmark.
struct OpenMessagingExport {
    private let document: ResultDocument

    private static let levels: [(name: String, percentile: Double)] = [
        ("50pct", 50), ("75pct", 75), ("95pct", 95), ("99pct", 99), ("999pct", 99.9),
        ("9999pct", 99.99), ("99999pct", 99.999),
    ]

    init(_ document: ResultDocument) { self.document = document }

    func text() throws(ResultFileError) -> String {
        var members = workload
        members.merge(rates) { first, _ in first }
        let measures = [
            ("publishLatency", "aggregatedPublishLatency", "ack.actual", 1e6),
            ("publishDelayLatency", "aggregatedPublishDelayLatency", "lag", 1e3),
            ("endToEndLatency", "aggregatedEndToEndLatency", "e2e.actual", 1e6),
        ]
        for (name, aggregate, series, unit) in measures {
            let found = try latencies(series, name: name, aggregate: aggregate, unit: unit)
            members.merge(found) { first, _ in first }
        }
        members["aerobench"] = .object(try own())
        return String(
            decoding: try DocumentEncoding.encode(JSONValue.object(members)), as: UTF8.self)
    }

    private var workload: [String: JSONValue] {
        let leaves = ParameterTree.leaves(document.scenario.parameters)
        let first = document.classes.first?.name ?? ""
        func count(_ key: String) -> Int64 {
            guard case .integer(let value)? = leaves["classes.\(first).\(key)"] else { return 1 }
            return value
        }
        // Here a class has so many producers, there each of its topics has.
        let topics = max(1, count("topics"))
        func perTopic(_ key: String) -> JSONValue {
            let total = max(0, count(key))
            return .integer(total / topics + (total % topics > 0 ? 1 : 0))
        }
        return [
            "workload": .string(document.scenario.name),
            "driver": .string(document.driver.name),
            "messageSize": .integer(document.classes.first?.messageByteCount ?? 0),
            "topics": .integer(topics), "partitions": .integer(count("partitions")),
            "producersPerTopic": perTopic("producers"),
            "consumersPerTopic": perTopic("consumers-per-group"),
        ]
    }

    /// Intervals of the window: without warm-up and drain.
    private func windowIntervals(_ entry: ClassRecord) -> [IntervalRecord] {
        entry.intervals.filter {
            !$0.isWarmup && $0.durationNanoseconds > 0 && !$0.doubts.contains("drain")
        }
    }

    private var rates: [String: JSONValue] {
        let all = document.classes.map(windowIntervals)
        let count = all.map(\.count).min() ?? 0
        func list(_ value: (MessageCounts) -> Int64) -> JSONValue {
            .array(
                (0..<count).map { index in
                    .number(
                        all.reduce(0.0) { sum, intervals in
                            let interval = intervals[index]
                            let seconds = Double(interval.durationNanoseconds) / 1e9
                            return sum + Double(value(interval.counts)) / seconds
                        })
                })
        }
        var backlog: [JSONValue] = []
        var waiting: Int64 = 0
        for index in 0..<count {
            for (entry, intervals) in zip(document.classes, all) {
                // One copy for each group; a class without consumers has nothing waiting.
                let groups = document.ledger.classes.count { $0.className == entry.name }
                guard groups > 0 else { continue }
                let counts = intervals[index].counts
                waiting.addSaturating(
                    counts.sent.multipliedReportingOverflow(by: Int64(groups)).partialValue)
                waiting.addSaturating(-counts.received)
            }
            backlog.append(.integer(max(0, waiting)))
        }
        return [
            "publishRate": list(\.sent), "publishErrorRate": list(\.failed),
            "consumeRate": list(\.received), "backlog": .array(backlog),
        ]
    }

    /// Lists by interval and aggregates of one series.
    ///
    /// - Parameter unit: Nanoseconds in one unit of the format.
    private func latencies(
        _ series: String, name: String, aggregate: String, unit: Double
    ) throws(ResultFileError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        for (statistic, value) in Self.statistics(try whole(series), unit) {
            members[aggregate + statistic] = value
        }
        var lists: [String: [JSONValue]] = [:]
        for histogram in try byInterval(series) {
            for (statistic, value) in Self.statistics(histogram, unit) {
                lists[name + statistic, default: []].append(value)
            }
        }
        for (statistic, _) in Self.statistics(nil, unit) {
            members[name + statistic] = .array(lists[name + statistic] ?? [])
        }
        var quantiles: [String: JSONValue] = [:]
        if let whole = try whole(series), !whole.isEmpty {
            // BOUND: ten levels for each halving of what is above.
            for step in whole.percentiles(ticksPerHalfDistance: 10) {
                quantiles["\(step.percentileLevel)"] = .number(Double(step.valueIteratedTo) / unit)
            }
        }
        members[aggregate + "Quantiles"] = .object(quantiles)
        return members
    }

    /// Mean, percentiles and maximum; null without samples.
    private static func statistics(
        _ histogram: Histogram?, _ unit: Double
    ) -> [(String, JSONValue)] {
        guard let histogram, !histogram.isEmpty else {
            return [("Avg", .null)] + levels.map { ($0.name, .null) } + [("Max", .null)]
        }
        func number(_ nanoseconds: Double) -> JSONValue {
            // Delays are whole microseconds in the format, latencies have decimals.
            .number(unit < 1e6 ? (nanoseconds / unit).rounded() : nanoseconds / unit)
        }
        return [("Avg", .number(histogram.mean / unit))]
            + levels.map {
                ($0.name, number(Double(histogram.value(atPercentile: $0.percentile))))
            } + [("Max", number(Double(histogram.maximum)))]
    }

    private func whole(_ series: String) throws(ResultFileError) -> Histogram? {
        var sum: Histogram?
        for entry in document.classes {
            guard let record = entry.series[series] else { continue }
            try Self.add(record.histogram, to: &sum, path: "classes.\(entry.name)")
        }
        return sum
    }

    /// The sum over all classes for each interval of the window.
    private func byInterval(_ series: String) throws(ResultFileError) -> [Histogram?] {
        let count = document.classes.map { windowIntervals($0).count }.min() ?? 0
        var sums = [Histogram?](repeating: nil, count: count)
        for entry in document.classes {
            var records: [Int: SeriesInterval] = [:]
            for interval in entry.series[series]?.intervals ?? [] {
                records[interval.index] = interval
            }
            for (place, interval) in windowIntervals(entry).prefix(count).enumerated() {
                guard let record = records[interval.index] else { continue }
                let path = "classes.\(entry.name).intervals[\(interval.index)]"
                try Self.add(record.histogram, to: &sums[place], path: path)
            }
        }
        return sums
    }

    private static func add(
        _ base64: String, to sum: inout Histogram?, path: String
    ) throws(ResultFileError) {
        do throws(HistogramError) {
            let histogram = try Histogram(base64: base64)
            if sum == nil { sum = histogram } else { try sum?.add(histogram) }
        } catch {
            throw .invalidValue(path: "\(path).histogram", detail: "\(error)")
        }
    }

    /// What the format has no place for.
    private func own() throws(ResultFileError) -> [String: JSONValue] {
        var intended: [String: JSONValue] = [:]
        for (statistic, value) in Self.statistics(try whole("e2e.intended"), 1e6) {
            intended[statistic] = value
        }
        return [
            "result": .string(document.id), "isValid": .bool(document.doubts.isEmpty),
            "doubts": .array(document.doubts.map { .string($0) }),
            "aggregatedEndToEndLatencyFromIntended": .object(intended),
        ]
    }
}
