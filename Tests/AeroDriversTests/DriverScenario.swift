// Shapes of load that every driver has to carry correctly, and what correct means.

import AeroLoad
import Testing

/// A shape of load that every driver has to carry correctly.
struct DriverScenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let lines: String
    var groups = 1
    var workers = 1
    var isAcknowledged = true

    static let all = [
        DriverScenario(
            testDescription: "one in flight",
            lines: """
                message-size: 1KiB
                load: { schedule: closed-loop, in-flight: 1 }
                batch: { messages: 1 }
                """),
        DriverScenario(
            testDescription: "maximum, small batches",
            lines: """
                message-size: 100B
                load: { schedule: maximum, in-flight: 500 }
                batch: { messages: 16 }
                """),
        DriverScenario(
            testDescription: "constant rate with linger, many partitions",
            lines: """
                message-size: 64B
                topics: 2
                partitions: 3
                producers: 4
                consumers-per-group: 2
                load: { schedule: constant, rate: 5k/s }
                batch: { messages: 50, linger: 2ms }
                """),
        DriverScenario(
            testDescription: "pull",
            lines: """
                message-size: 200B
                partitions: 2
                consume: pull
                load: { schedule: constant, rate: 5k/s }
                """),
        DriverScenario(
            testDescription: "two groups, pull",
            lines: """
                message-size: 200B
                groups: 2
                consume: pull
                load: { schedule: constant, rate: 2k/s }
                """, groups: 2),
        DriverScenario(
            testDescription: "three groups, push",
            lines: """
                message-size: 16B
                groups: 3
                load: { schedule: poisson, rate: 3k/s }
                """, groups: 3),
        DriverScenario(
            testDescription: "without acknowledgement",
            lines: """
                message-size: 300B
                acks: 0
                load: { schedule: constant, rate: 5k/s }
                """, isAcknowledged: false),
        DriverScenario(
            testDescription: "large messages",
            lines: """
                message-size: 200KiB
                load: { schedule: maximum, in-flight: 8 }
                batch: { messages: 4, bytes: 1MiB }
                """),
        DriverScenario(
            testDescription: "everything at once, push",
            lines: """
                message-size: 100B
                topics: 2
                partitions: 3
                producers: 3
                consumers-per-group: 4
                groups: 2
                consume: push
                keys: round-robin
                load: { schedule: maximum, in-flight: 200 }
                batch: { messages: 1 }
                """, groups: 2, workers: 2),
        DriverScenario(
            testDescription: "everything at once, pull",
            lines: """
                message-size: 100B
                topics: 2
                partitions: 3
                producers: 3
                consumers-per-group: 4
                groups: 2
                consume: pull
                keys: round-robin
                load: { schedule: maximum, in-flight: 200 }
                batch: { messages: 1 }
                """, groups: 2, workers: 2),
        DriverScenario(
            testDescription: "compressed, push",
            lines: """
                message-size: 500B
                payload: json
                partitions: 2
                load: { schedule: maximum, in-flight: 300 }
                batch: { messages: 50, compression: zstd }
                """),
        DriverScenario(
            testDescription: "compressed, two groups, pull",
            lines: """
                message-size: 300B
                payload: json
                groups: 2
                consume: pull
                keys: round-robin
                load: { schedule: constant, rate: 5k/s }
                batch: { messages: 20, linger: 2ms, compression: lz4 }
                """, groups: 2),
        DriverScenario(
            testDescription: "sizes and keys that are drawn, in bursts",
            lines: """
                message-size:
                  { distribution: log-normal, median: 500B, sigma: 1.5, min: 32B, max: 40KiB }
                topics: 2
                partitions: 3
                producers: 3
                keys: { distribution: zipf, count: 1000, exponent: 1.1 }
                load: { schedule: burst, base: 1k/s, messages: 200, every: 50ms }
                batch: { messages: 100, bytes: 64KiB }
                """),
        DriverScenario(
            testDescription: "two sizes, compressible, keys that are drawn, two groups, pull",
            lines: """
                message-size:
                  distribution: weighted
                  sizes: [ { size: 32B, weight: 9 }, { size: 8KiB } ]
                compressible: 60%
                partitions: 4
                groups: 2
                consume: pull
                keys: { distribution: uniform, count: 1_000_000 }
                load:
                  { schedule: sine, mean: 3k/s, amplitude: 2k/s, period: 100ms, arrivals: poisson }
                batch: { messages: 20, linger: 1ms, compression: lz4 }
                """, groups: 2),
        DriverScenario(
            testDescription: "two workers",
            lines: """
                message-size: 64B
                producers: 2
                partitions: 2
                load: { schedule: constant, rate: 5k/s }
                """, workers: 2),
    ]

    func makePlan(duration: String = "300ms") throws -> LoadPlan {
        LoadPlan(try parse(duration: duration), runId: "t1")
    }

    func parse(duration: String = "300ms", overrides: [String] = []) throws -> Scenario {
        let keys = lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        let text = """
            name: conformance
            duration: \(duration)
            warmup: 0s
            interval: 100ms
            workers: \(workers)
            classes:
              - name: main
            \(keys)

            """
        return try Scenario.parse(
            Array(text.utf8), fileName: "conformance.yaml", overrides: overrides)
    }

    /// Everything was acknowledged once, and delivered once to each group.
    func expectConformance(of outcome: LoadOutcome) {
        #expect(outcome.ending == .completed, "\(outcome.incidents.entries)")
        let counts = outcome.record.classes[0].counts
        #expect(counts.sent > 0)
        #expect(counts.acknowledged == (isAcknowledged ? counts.sent : 0))
        #expect(counts.received == counts.sent * Int64(groups))
        #expect(outcome.failedCount == 0 && outcome.unansweredCount == 0)
        #expect(outcome.strayTokenCount == 0)
        #expect(outcome.incidents.entries.isEmpty, "\(outcome.incidents.entries)")
        for (group, verdict) in outcome.verdicts[0].enumerated() {
            #expect(verdict.isClean, "group \(group): \(verdict)")
            #expect(verdict.sent == counts.sent && verdict.unique == counts.sent)
        }
    }
}
