// Result documents for tests: complete by default, and easily bent.

import AeroReport
import HDRHistogram

/// Builds a result document; change a property to change what matters to a test.
struct SampleResult {
    var scenario = "latency-1k"
    var driver = "aeromq"
    var rate = 100_000.0
    var schedule = ScheduleKind.constant
    /// The median of `e2e.intended`; everything else follows from it.
    var medianNanoseconds: Int64 = 1_000_000
    /// The 99th percentile and what lies above it are stretched by this factor.
    var tailFactor = 1.0
    var sampleCount: Int64 = 100_000
    var receivedPerSecond = 100_000.0
    var classNames = ["main"]
    var ledger = LedgerCounts(sent: 1_000_000, acked: 1_000_000, expected: 1_000_000)
    var reasons: [ValidityReason] = []
    var warnings: [ValidityReason] = []
    var endedBy = WindowEnd.completed
    var kernel = "6.1.0-18-amd64"
    var model = "Example 9000"
    var cores = [0, 1]
    var slo: [String] = []
    var commit = "0123abc"
    var id = "6f1c1c0a-0000-4000-8000-000000000001"
    /// Measured windows of each series, all alike, of `sampleCount` samples each.
    var windowCount = 1
    /// How long each of them is.
    var windowNanoseconds: Int64 = 1_000_000_000
    /// The first windows, so many, have one sample of a second besides.
    var stalledWindowCount = 0

    /// What the target promised for every class.
    var promise: PromiseRecord? = PromiseRecord(
        durability: "os", acknowledgement: "answered when it is in the page cache",
        ordering: "of a producer's messages to a partition",
        groups: "each reads every partition once", batching: "record batches",
        differences: ["batches of 64 messages instead of 256"])
    /// Whether the series of stages are there.
    var measuresStages = false

    /// Ten seconds of measured window.
    static let measuredNanoseconds: Int64 = 10_000_000_000

    func document() throws -> ResultDocument {
        var ledger = ledger
        ledger.received = ledger.expected - ledger.lost
        return ResultDocument(
            id: id, createdAt: "2026-01-31T09:05:00.250Z",
            tool: ToolRecord(
                name: "aerobench", version: "0.1.0", commit: commit, build: "release",
                commandLine: ["aerobench", "run", "latency-1k.yaml"]),
            scenario: ScenarioRecord(
                name: scenario, seed: 42, parameters: parameters, slo: slo),
            driver: DriverRecord(
                name: driver, endpoint: "127.0.0.1:7400", version: "0.1.0", isEmbedded: true,
                limitations: []),
            environment: environment, window: window, classes: try classNames.map(record),
            ledger: LedgerRecord(
                totals: ledger,
                classes: classNames.map {
                    LedgerEntry(className: $0, group: "group-0", counts: ledger)
                },
                offenders: [
                    LedgerOffender(
                        className: "main", group: "group-0", producer: 0, destination: 3,
                        fault: "lost", count: ledger.lost, firstSequence: 17)
                ], offendersOmitted: 2),
            generator: GeneratorRecord(
                resources: resources, allocationsPerMessage: 0,
                workers: [
                    WorkerRecord(
                        index: 0, core: 0, userNanoseconds: 2_000_000_000,
                        systemNanoseconds: 1_000_000_000, sent: 1_000_000, received: 1_000_000,
                        runShare: 0.3, runQueueShare: 0.01, workShare: 0.12)
                ],
                processes: [
                    GeneratorProcessRecord(pid: 4_243, workers: [0], resources: resources)
                ], lag: try LatencySummary(histogram(median: 5_000)),
                hiccups: try LatencySummary(histogram(median: 60_000)), inFlightMean: 48.5),
            broker: BrokerRecord(
                pid: 4_242, resources: resources, allocationsPerMessage: 0.002,
                allocatedBytesPerMessage: 1.5,
                jemalloc: JemallocRecord(
                    requestsPerMessage: 0.002, requestedBytesPerMessage: 1.75,
                    allocatedBytes: 20_000_000, activeBytes: 25_000_000,
                    residentBytes: 30_000_000),
                poolHitRate: 0.998, activity: activity,
                statistics: ["shard.0.appends": 15_625]),
            limit: LimitRecord(
                driver: "relay", receivedPerSecond: 400_000, throughputShare: 0.25,
                p50Ratio: 1.31, p99Ratio: 1.72, resultId: "6f1c1c0a-0000-4000-8000-000000000002"),
            stages: StagesRecord(timed: 999_990, untimed: 10, disordered: 0),
            slowest: [slowMessage],
            validity: ValidityRecord(
                isValid: reasons.isEmpty, reasons: reasons, warnings: warnings,
                intervals: [
                    IntervalVerdict(
                        index: 2, startNanoseconds: 2_000_000_000,
                        durationNanoseconds: 1_000_000_000, isValid: false,
                        doubts: ["lag-over-budget"], sentShare: 0.999,
                        lagP99Nanoseconds: 1_200_000, hiccupNanosecondsMax: 300_000,
                        runQueueShare: 0.02)
                ]),
            notes: ["a sample"], incidents: [Self.incident])
    }

    private var slowMessage: SlowMessageRecord {
        SlowMessageRecord(
            className: "main", group: "main-0", topic: "latency-1k.main.0.0123abcd", partition: 3,
            offset: 4_711, producer: 0, sequence: 1_234, intendedNanoseconds: 7_250_000_000,
            totalNanoseconds: 41_000_000,
            stages: Dictionary(
                uniqueKeysWithValues: StageBudget.seriesNames.enumerated().map {
                    ($1, Int64($0 + 1) * 1_000_000)
                }),
            interval: 7, incidents: ["connection lost: reset by the peer"])
    }

    private static let incident = IncidentRecord(
        kind: .pause, text: "pause@3s:1s", startNanoseconds: 5_000_000_000,
        endNanoseconds: 6_000_000_000,
        recovery: RecoveryRecord(
            unavailableNanoseconds: 1_000_000_000, firstSuccessNanoseconds: 1_000_000_000,
            failed: 3, backlogBefore: 64, backlogPeak: 100_000,
            drainedNanoseconds: 1_500_000_000, timeToDrainNanoseconds: 500_000_000,
            p99LimitNanoseconds: 2_000_000, p99BackNanoseconds: 2_000_000_000),
        phases: [
            PhaseRecord(
                name: "before", startNanoseconds: 2_000_000_000, endNanoseconds: 5_000_000_000,
                counts: MessageCounts(sent: 300_000, acked: 300_000, received: 300_000),
                series: ["e2e.intended": LatencySummary(count: 300_000, p99: 1_000_000)],
                histograms: ["e2e.intended": "HISTFAAA"])
        ])

    private var parameters: JSONValue {
        .object([
            "name": .string(scenario), "seed": .integer(42), "duration": .string("10s"),
            "classes": .array(
                classNames.map { name in
                    .object([
                        "name": .string(name), "partitions": .integer(1),
                        "load": .object([
                            "schedule": .string(schedule.rawValue), "rate": .integer(Int64(rate)),
                        ]),
                    ])
                }),
        ])
    }

    private var environment: EnvironmentRecord {
        EnvironmentRecord(
            processor: ProcessorRecord(
                model: model, architecture: "x86_64", onlineCoreCount: 2, usableCores: cores,
                threadsPerCore: 2, governor: "performance", isBoostEnabled: false,
                maximumFrequencyHertz: 3_400_000_000, mitigations: ["spectre_v1": "Mitigation"]),
            memory: MemoryRecord(
                totalBytes: 8_000_000_000, availableBytes: 6_000_000_000,
                limitBytes: 4_000_000_000, transparentHugePages: "madvise"),
            system: SystemRecord(
                kernel: kernel, distribution: "Debian GNU/Linux 12 (bookworm)",
                libc: "glibc 2.36", swift: "6.3.1", clockSource: "tsc"),
            host: HostRecord(
                isVirtualized: true, hypervisor: "kvm", container: "docker", processorQuota: 1.5,
                stealShare: 0.001, loadAverage: 0.25),
            placement: PlacementRecord(generatorCores: [0], brokerCores: [1]))
    }

    private var window: WindowRecord {
        WindowRecord(
            startedAt: "2026-01-31T09:04:48.000Z", warmupNanoseconds: 2_000_000_000,
            durationNanoseconds: Self.measuredNanoseconds,
            measuredNanoseconds: Self.measuredNanoseconds, intervalNanoseconds: windowNanoseconds,
            endedBy: endedBy,
            warmup: WarmupRecord(boundNanoseconds: 30_000_000_000, cutNanoseconds: 1_000_000_000))
    }

    private var resources: ResourceUsage {
        ResourceUsage(
            userNanoseconds: 3_000_000_000, systemNanoseconds: 2_000_000_000,
            residentBytes: 40_000_000, residentBytesPeak: 47_185_920,
            voluntaryContextSwitches: 1_200, involuntaryContextSwitches: 34, threadCount: 3,
            systemCalls: 250_000, minorPageFaults: 400, majorPageFaults: 2,
            writtenBytes: 1_048_576)
    }

    private var activity: BrokerActivity {
        BrokerActivity(
            nanoseconds: 12_500_000_000, messages: 1_250_000, payloadBytes: 1_280_000_000,
            batchBytes: 339_250_000, receivedBytes: 341_000_000, sentBytes: 340_000_000,
            syncs: 2_500, groupCommits: 2_400, systemCalls: 250_000)
    }

    private func record(_ name: String) throws -> ClassRecord {
        let count = Int64(receivedPerSecond * 10)
        let counts = MessageCounts(
            sent: count, acked: count, received: count, sentBytes: count * 1_024,
            receivedBytes: count * 1_024)
        var record = ClassRecord(
            name: name, messageByteCount: 1_024,
            offered: OfferedLoad(
                schedule: schedule, messagesPerSecond: schedule == .maximum ? nil : rate,
                inFlight: schedule == .maximum ? 4_096 : 64),
            achieved: AchievedLoad(
                sentPerSecond: receivedPerSecond, ackedPerSecond: receivedPerSecond,
                receivedPerSecond: receivedPerSecond, sentBytesPerSecond: receivedPerSecond * 1_024,
                receivedBytesPerSecond: receivedPerSecond * 1_024),
            counts: counts,
            series: [
                "ack.intended": try series(median: medianNanoseconds / 2),
                "e2e.intended": try series(median: medianNanoseconds),
                "e2e.actual": try series(median: medianNanoseconds * 9 / 10),
            ],
            intervals: [
                IntervalRecord(
                    index: 0, startNanoseconds: 0, durationNanoseconds: 1_000_000_000,
                    isWarmup: true, counts: counts, doubts: ["lag-over-budget"])
            ], promise: promise)
        guard measuresStages else { return record }
        // Sevenths, eighths and so on of the whole, and what is left for the handler.
        var left = medianNanoseconds
        for (index, name) in StageBudget.seriesNames.enumerated() {
            let isLast = index == StageBudget.seriesNames.count - 1
            let part = isLast ? left : medianNanoseconds / Int64(7 + index)
            record.series[name] = try series(median: part)
            left -= part
        }
        return record
    }

    private func series(median: Int64) throws -> SeriesRecord {
        let empty = try Histogram(highestTrackableValue: 3_600_000_000_000, significantDigits: 3)
        let warmup = try histogram(median: median * 50)
        let measured = try histogram(median: median)
        var intervals = [
            IntervalSamples(index: 0, startNanoseconds: 0, isWarmup: true, histogram: warmup)
        ]
        var stalled = measured
        stalled.record(1_000_000_000)
        for index in 1...windowCount {
            intervals.append(
                IntervalSamples(
                    index: index, startNanoseconds: Int64(index) * windowNanoseconds,
                    isWarmup: false, histogram: index <= stalledWindowCount ? stalled : measured))
        }
        return try SeriesRecord(summingInto: empty, intervals: intervals)
    }

    /// A skewed distribution: half of the median at the bottom, four medians at the very top.
    private func histogram(median: Int64) throws -> Histogram {
        var histogram = try Histogram(
            highestTrackableValue: 3_600_000_000_000, significantDigits: 3)
        let steps: Int64 = 1_000
        for step in 0..<steps {
            let share = (Double(step) + 0.5) / Double(steps)
            let tail = share < 0.985 ? 1.0 : tailFactor
            let shape = share < 0.5 ? 0.5 + share : 1 + 3 * (share - 0.5) * (share - 0.5) * 4
            histogram.record(Int64(Double(median) * shape * tail), count: sampleCount / steps)
        }
        return histogram
    }
}

extension ResultDocument {
    /// Repeats of this run as if measured in turn with those of the other side: all have the same
    /// numbers, and neither their names nor their times.
    ///
    /// - Parameters:
    ///   - side: 0 for the runs that come first in the first pair, 1 for the others.
    ///   - isOrderFixed: Whether they come first in every other pair, too, instead of in every
    ///     second one.
    func repeated(_ count: Int, side: Int, isOrderFixed: Bool = false) -> [ResultDocument] {
        (0..<count).map { index in
            var copy = self
            let isExchanged = !isOrderFixed && !index.isMultiple(of: 2)
            let position = 2 * index + (isExchanged ? 1 - side : side)
            copy.id = "run-\(scenario.name)-\(position)"
            func twoDigits(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
            let time = "\(twoDigits(position / 60)):\(twoDigits(position % 60))"
            copy.window.startedAt = "2026-01-31T\(time):00.000Z"
            return copy
        }
    }
}

/// Bytes of a text.
func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A text of bytes.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
