// Matrix and capacity documents for tests, small and complete.

import AeroReport

/// Builds matrix and capacity documents.
enum SampleSearches {
    /// Two keys of two values, one run that failed and one that cannot be believed.
    static func matrix() throws -> MatrixDocument {
        let result = try SampleResult().document()
        func run(_ position: Int, _ p99: Double) -> MatrixRun {
            MatrixRun(
                position: position, resultId: "run-\(position)", driver: "aeromq",
                version: "0.1.0", promises: result.classes.compactMap(\.promise),
                metrics: [
                    "throughput.received": 100_000, "e2e.intended.p50": p99 / 4,
                    "e2e.intended.p99": p99, "broker.poolHitRate": 0.998,
                ],
                validity: ValidityRecord(isValid: true, reasons: [], warnings: []))
        }
        var doubted = run(3, 9_000_000)
        doubted.validity = ValidityRecord(
            isValid: false,
            reasons: [
                ValidityReason(
                    code: "rate-not-reached", message: "half of it", value: 0.5, limit: 0.99)
            ], warnings: [])
        return MatrixDocument(
            id: "6f1c1c0a-0000-4000-8000-000000000003", createdAt: "2026-01-31T10:00:00.000Z",
            tool: result.tool, name: "allocators", description: "Where buffers come from",
            scenario: result.scenario, environment: result.environment,
            varied: [
                VariedKey(key: "broker.buffers", values: ["pooled", "native"]),
                VariedKey(key: "classes.main.load.rate", values: ["50k/s", "100k/s"]),
            ],
            repeatCount: 1, orderSeed: 4_711, order: [2, 0, 1, 3],
            columns: [
                "throughput.received", "e2e.intended.p50", "e2e.intended.p99",
                "broker.poolHitRate",
            ],
            cells: [
                MatrixCell(values: ["pooled", "50k/s"], runs: [run(1, 1_500_000)]),
                MatrixCell(values: ["pooled", "100k/s"], runs: [run(2, 2_500_000)]),
                MatrixCell(
                    values: ["native", "50k/s"],
                    runs: [MatrixRun(position: 0, driver: "aeromq", failure: "it did not start")]),
                MatrixCell(values: ["native", "100k/s"], runs: [doubted]),
            ], notes: ["A sentence."])
    }

    /// Two rounds of three brokers and the relay: two of them at `os`, one without
    /// acknowledgements, and one that did not start.
    static func versus() throws -> MatrixDocument {
        var document = try matrix()
        document.varied = [
            VariedKey(
                key: "driver", values: ["aeromq", "nats", "jetstream", "kafka", "relay-file"])
        ]
        let promise = try SampleResult().document().classes.compactMap(\.promise)
        var unacknowledged = promise
        unacknowledged[0].durability = nil
        unacknowledged[0].acknowledgement = "none"
        unacknowledged[0].differences = []
        document.repeatCount = 2
        document.columns = VersusTable.metrics
        document.cells = [
            cell("aeromq", 400_000, p99: 1_000_000, promise),
            cell("nats", 800_000, p99: 500_000, unacknowledged),
            cell("jetstream", 100_000, p99: 4_000_000, promise),
            MatrixCell(
                values: ["kafka"],
                runs: (0..<2).map {
                    MatrixRun(position: $0, driver: "kafka", failure: "it did not start")
                }),
            cell("relay-file", 1_000_000, p99: 250_000, nil),
        ]
        document.order = [0, 1, 2, 3, 4, 4, 3, 2, 1, 0]
        return document
    }

    /// Two runs, of which the second has a tenth more of everything.
    private static func cell(
        _ driver: String, _ rate: Double, p99: Double, _ promises: [PromiseRecord]?
    ) -> MatrixCell {
        MatrixCell(
            values: [driver],
            runs: [1, 1.1].map { factor in
                MatrixRun(
                    position: 0, driver: driver, version: promises == nil ? nil : "2.0",
                    promises: promises,
                    metrics: [
                        "throughput.received": rate * factor, "throughput.sent": rate * factor,
                        "e2e.intended.p99": p99 * factor, "broker.processorShare": 1.5,
                    ],
                    validity: ValidityRecord(isValid: true, reasons: [], warnings: []))
            })
    }

    /// A search that found its interval in four probes.
    static func capacity() throws -> CapacityDocument {
        let result = try SampleResult().document()
        let probes = [
            probe(0, .bracket, 100_000, p99: 1_000_000),
            probe(1, .bracket, 200_000, p99: 30_000_000),
            probe(2, .bisect, 150_000, p99: 4_000_000),
            probe(3, .confirm, 150_000, p99: 4_200_000),
        ]
        return CapacityDocument(
            id: "6f1c1c0a-0000-4000-8000-000000000004", createdAt: "2026-01-31T10:00:00.000Z",
            tool: result.tool, scenario: result.scenario, driver: result.driver,
            environment: result.environment, objectives: ["e2e.intended.p99 < 5ms"],
            settings: CapacitySettings(
                holdNanoseconds: 5_000_000_000, warmupNanoseconds: 1_000_000_000,
                coolDownNanoseconds: 1_000_000_000, precision: 0.05, fromPerSecond: 100_000,
                toPerSecond: 1_000_000, backlogGrowthShareMax: 0.01, isTargetFresh: true),
            probes: probes,
            answer: CapacityAnswer(
                kind: .found, lowerPerSecond: 150_000, upperPerSecond: 200_000,
                text: "between 150,000 and 200,000 msg/s"),
            curve: CapacityPoint.curve(of: probes))
    }

    /// A probe that is met when its p99 is below 5 ms.
    static func probe(
        _ index: Int, _ phase: CapacityPhase, _ rate: Double, p99: Int64
    ) -> CapacityProbe {
        let isMet = p99 < 5_000_000
        return CapacityProbe(
            index: index, phase: phase, offeredPerSecond: rate, sentPerSecond: rate,
            receivedPerSecond: rate, heldNanoseconds: 5_000_000_000,
            verdict: isMet ? .met : .notMet, reason: isMet ? nil : "e2e.intended.p99 is too long",
            objectives: [
                CapacityObjective(
                    text: "e2e.intended.p99 < 5ms", measured: Double(p99), isMet: isMet)
            ],
            series: ["e2e.intended": LatencySummary(count: 500_000, p50: p99 / 4, p99: p99)],
            backlogSlopePerSecond: 0.5, backlogAtEnd: 64,
            validity: ValidityRecord(isValid: true, reasons: [], warnings: []))
    }
}
