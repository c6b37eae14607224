// The grammar of absolute limits.

import TestSupport
import Testing

@testable import AeroReport

struct ServiceLevelObjectiveTests {
    @Test(arguments: [
        ("e2e.intended.p99 < 5ms", Metric.latency(series: "e2e.intended", .percentile(99)), 5e6),
        ("e2e.intended.p99.9<5ms", .latency(series: "e2e.intended", .percentile(99.9)), 5e6),
        ("e2e.intended.p999 < 1.5 s", .latency(series: "e2e.intended", .percentile(99.9)), 1.5e9),
        ("ack.actual.max < 250us", .latency(series: "ack.actual", .maximum), 250e3),
        ("lag.p99.95 < 100 \u{B5}s", .latency(series: "lag", .percentile(99.95)), 100e3),
        ("lag.p100 < 1m", .latency(series: "lag", .percentile(100)), 60e9),
        ("ledger.lost < 1", .ledger(.lost), 1),
        ("throughput.received < 100k/s", .throughput(.received), 100e3),
        ("throughput.sent < 1.5M msg/s", .throughput(.sent), 1.5e6),
        ("throughput.sentBytes < 100MiB/s", .throughput(.sentBytes), 104_857_600),
        ("throughput.achieved < 0.99", .throughput(.achieved), 0.99),
        ("counts.failed < 1_000", .count(.failed), 1_000),
        ("broker.residentBytesPeak < 1GB", .resource(.broker, .residentBytesPeak), 1e9),
        ("limit.share < 75%", .limitShare, 0.75),
        ("e2e.actual.outOfRange < 0", .samples(series: "e2e.actual", .outOfRange), 0),
    ])
    func metricsAndUnits(_ text: String, _ metric: Metric, _ limit: Double) throws {
        let objective = try ServiceLevelObjective(parsing: text)
        #expect(objective == ServiceLevelObjective(metric: metric, .lessThan, limit))
    }

    @Test func operatorsAndClasses() throws {
        for comparison in ServiceLevelObjective.Operator.allCases {
            let parsed = try ServiceLevelObjective(parsing: "lag.max\(comparison.rawValue)0")
            #expect(parsed.comparison == comparison)
        }
        let scoped = try ServiceLevelObjective(parsing: " orders : lag.p50 >= 1us ")
        #expect(scoped.className == "orders")
        #expect(scoped.text == "orders:lag.p50 >= 1us")
    }

    @Test(arguments: [
        ("", ObjectiveError.missingOperator(text: "")),
        ("e2e.intended.p99", .missingOperator(text: "e2e.intended.p99")),
        ("lag.p99 => 5ms", .unknownOperator("=>", column: 9)),
        ("lag.p99 = 5ms", .unknownOperator("=", column: 9)),
        (":lag.p99 < 5ms", .emptyClass(column: 1)),
        (
            "e2e.intented.p99 < 5ms",
            .unknownMetric("e2e.intented.p99", column: 1, nearest: "e2e.intended.p99")
        ),
        ("ledger.lots == 0", .unknownMetric("ledger.lots", column: 1, nearest: "ledger.lost")),
        ("m: quite.else == 0", .unknownMetric("quite.else", column: 4, nearest: nil)),
        ("lag.p0 < 1us", .unknownMetric("lag.p0", column: 1, nearest: "lag.p50")),
        ("lag.p101 < 1us", .unknownMetric("lag.p101", column: 1, nearest: "lag.p50")),
        (
            "lag.p99 < 5",
            .wrongValue("5", column: 11, expected: "a duration such as 250us, 5ms or 1.5s")
        ),
        (
            "lag.p99 < ",
            .wrongValue("", column: 11, expected: "a duration such as 250us, 5ms or 1.5s")
        ),
        (
            "lag.p99 < -5ms",
            .wrongValue("-5ms", column: 11, expected: "a duration such as 250us, 5ms or 1.5s")
        ),
        (
            "ledger.lost == 1ms",
            .wrongValue("1ms", column: 16, expected: "a count such as 0 or 10k")
        ),
        (
            "throughput.sent > 5MiB/s",
            .wrongValue("5MiB/s", column: 19, expected: "a rate such as 100k/s or 1.5M/s")
        ),
    ])
    func mistakesAreNamedWithTheirColumn(_ text: String, _ expected: ObjectiveError) {
        #expect(throws: expected) { try ServiceLevelObjective(parsing: text) }
        #expect(!"\(expected)".isEmpty)
    }

    @Test func everyMetricReadsItsOwnName() {
        for name in Metric.suggestions { #expect(Metric(name)?.name == name) }
        #expect(Metric("generator.poolHitRate") == nil)
        for name in ["batchBytesPerMessage", "batchShare", "syncsPerSecond"] {
            #expect(Metric("generator.\(name)") == nil && Metric("broker.\(name)") != nil)
        }
        #expect(Metric("broker.batchBytesPerMessage")?.unit == .bytes)
        #expect(Metric("e2e.intended") == nil)
    }

    @Test func canonicalTextReadsBackAsTheSameLimit() throws {
        var random = SplitMix64(seed: TestSeed.current)
        let names = Metric.suggestions
        for _ in 0..<2_000 {
            let metric = try #require(
                Metric(names[Int.random(in: 0..<names.count, using: &random)]))
            let exponent = Double.random(in: -3...9, using: &random)
            let limit = (exponent * exponent * 1_000_000).rounded() / 1_000
            let objective = ServiceLevelObjective(
                className: Bool.random(using: &random) ? "a class" : nil, metric: metric, .atMost,
                limit)
            let parsed = try ServiceLevelObjective(parsing: objective.text)
            #expect(parsed.className == objective.className && parsed.metric == metric)
            let error = (parsed.limit - limit).magnitude
            #expect(
                error <= limit * 1e-12,
                "\(objective.text), seed \(TestSeed.current)")
        }
    }

    /// No text makes the parser trap.
    @Test func anyTextIsAnsweredWithAnErrorOrAnObjective() {
        var random = SplitMix64(seed: TestSeed.current)
        let alphabet = Array("e2lagp9.<>=! :m/sk%_\u{B5}\u{1F600}x")
        for _ in 0..<5_000 {
            let length = Int.random(in: 0..<24, using: &random)
            let text = String(
                (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                }
            )
            do {
                _ = try ServiceLevelObjective(parsing: text)
            } catch {
                #expect(!error.description.isEmpty, "\(text), seed \(TestSeed.current)")
            }
        }
    }

    @Test func hintsAreNear() {
        #expect(SpellingHint.editDistance(utf8("kitten"), utf8("sitting")) == 3)
        #expect(SpellingHint.editDistance([], utf8("abc")) == 3)
        #expect(SpellingHint.nearest(to: "kernle", among: ["kernel", "driver"]) == "kernel")
        #expect(SpellingHint.nearest(to: "zzzzzzzz", among: ["kernel"]) == nil)
    }
}
