// Policy files: strict keys, clear errors.

import Testing

@testable import AeroReport

struct GatePolicyTests {
    @Test func anEmptyPolicyIsTheDefault() throws {
        let policy = try GatePolicy(decoding: utf8("{}"))
        #expect(policy == GatePolicy())
        #expect(policy.limits.relative[.latency(.percentile(50))] == 0.04)
        #expect(policy.limits.relative[.latency(.percentile(99))] == 0.05)
        #expect(policy.limits.relative[.latency(.percentile(99.9))] == 0.08)
        #expect(policy.limits.relative[.throughput] == 0.04)
        #expect(policy.limits.floorNanoseconds == 50_000)
    }

    @Test func everythingCanBeSaid() throws {
        let text = """
            { "limits": { "p50": "3%", "p999": "0.1", "throughput": null, "max": "50%",
              "stalls": 3 }, "resolution": { "p99": "12%" },
              "creep": { "p99": "20%" }, "stall-floor": "9ms", "seed": 7,
              "classes": { "bulk": { "limits": { "p50": "30%" }, "floor": "1ms" } },
              "floor": "20us", "throughput-floor": "1k/s", "minimum-samples-beyond": 5,
              "series": ["e2e.intended"], "ledger": { "duplicated": 2 },
              "counters": { "broker.allocationsPerMessage": 0.01,
                "generator.processorNanosecondsPerMessage": "50ns" },
              "slo": ["lag.p99 < 200us"], "allow": ["kernel", "scenario-parameters.duration",
              "new-scenarios"], "inconclusive": "fail",
              "scenarios": { "smoke": { "limits": { "p50": null }, "slo": [],
                "counters": { "broker.allocationsPerMessage": null } } } }
            """
        let policy = try GatePolicy(decoding: utf8(text))
        let limits = policy.limits(for: "anything")
        #expect(
            limits.relative == [
                .latency(.percentile(50)): 0.03, .latency(.percentile(99)): 0.05,
                .latency(.percentile(99.9)): 0.1, .latency(.maximum): 0.5, .stalls: 3,
            ])
        #expect(limits.floorNanoseconds == 20_000 && limits.floorMessagesPerSecond == 1_000)
        #expect(limits.resolution(.latency(.percentile(99))) == 0.12)
        #expect(limits.creepBudget(.latency(.percentile(99))) == 0.2)
        #expect(limits.creepBudget(.stalls) == 6 && limits.creepBudget(.throughput) == nil)
        #expect(limits.resolution(.stalls) == 6 && limits.stallNanosecondsMin == 9_000_000)
        let bulk = limits.limits(forClass: "bulk")
        #expect(bulk.relative[.latency(.percentile(50))] == 0.3)
        #expect(bulk.relative[.latency(.percentile(99.9))] == 0.1)
        #expect(bulk.floorNanoseconds == 1_000_000 && policy.seed == 7)
        #expect(limits.limits(forClass: "main") == limits)
        #expect(limits.minimumSamplesBeyond == 5 && limits.series == ["e2e.intended"])
        #expect(limits.ledger == [.duplicated: 2])
        let allocations = Metric.resource(.broker, .allocationsPerMessage)
        let processor = Metric.resource(.generator, .processorNanosecondsPerMessage)
        #expect(limits.counters == [allocations: 0.01, processor: 50])
        #expect(policy.limits(for: "smoke").counters == [processor: 50])
        #expect(limits.objectives?.map(\.text) == ["lag.p99 < 200us"])
        #expect(policy.inconclusive == .fail)
        #expect(
            policy.allowed == [.field(.kernel), .parameter(path: "duration"), .newScenarios])
        let own = policy.limits(for: "smoke")
        #expect(own.relative[.latency(.percentile(50))] == nil)
        #expect(own.relative[.latency(.percentile(99.9))] == 0.1)
        #expect(own.objectives == [])
    }

    @Test(arguments: [
        ("[]", PolicyError.wrongType(path: "the policy", expected: "an object", found: "a list")),
        ("{\"limit\": {}}", .unknownKey(path: "limit", nearest: "limits")),
        (
            "{\"limits\": {\"p99,9\": \"1%\"}}",
            .unknownKey(path: "limits[\"p99,9\"]", nearest: "p99.9")
        ),
        (
            "{\"limits\": {\"p99\": 5}}",
            .invalidValue(path: "limits.p99", detail: "5 is not a share such as 95% or 0.95")
        ),
        (
            "{\"limits\": {\"p99\": \"5ms\"}}",
            .invalidValue(path: "limits.p99", detail: "\"5ms\" is not a share such as 95% or 0.95")
        ),
        (
            "{\"floor\": \"50\"}",
            .invalidValue(
                path: "floor", detail: "\"50\" is not a duration such as 250us, 5ms or 1.5s")
        ),
        (
            "{\"minimum-samples-beyond\": -1}",
            .wrongType(
                path: "minimum-samples-beyond", expected: "a whole number of at least 0",
                found: "a number")
        ),
        (
            "{\"series\": [\"e2e.intented\"]}",
            .invalidValue(
                path: "series[0]",
                detail: "unknown series \"e2e.intented\" (did you mean \"e2e.intended\"?)")
        ),
        ("{\"ledger\": {\"lots\": 1}}", .unknownKey(path: "ledger.lots", nearest: "lost")),
        (
            "{\"counters\": {\"broker.alocationsPerMessage\": 0}}",
            .unknownKey(
                path: "counters[\"broker.alocationsPerMessage\"]",
                nearest: "broker.allocationsPerMessage")
        ),
        (
            "{\"counters\": {\"broker.systemCallsPerMessage\": \"-1\"}}",
            .invalidValue(
                path: "counters[\"broker.systemCallsPerMessage\"]",
                detail: "\"-1\" is not a count such as 0 or 10k")
        ),
        (
            "{\"slo\": [\"lag.p99\"]}",
            .objective(path: "slo[0]", .missingOperator(text: "lag.p99"))
        ),
        (
            "{\"allow\": [\"kernal\"]}",
            .invalidValue(
                path: "allow[0]",
                detail: "\"kernal\" cannot be allowed (did you mean \"kernel\"?)")
        ),
        (
            "{\"resolution\": {\"p99\": \"5%\"}}",
            .invalidValue(
                path: "resolution.p99", detail: "a resolution has to be larger than the limit")
        ),
        (
            #"{"scenarios": {"a": {"limits": {"p99": "9%"}, "resolution": {"p99": "9%"}}}}"#,
            .invalidValue(
                path: "scenarios.a.resolution.p99",
                detail: "a resolution has to be larger than the limit")
        ),
        (
            "{\"limits\": {\"p99\": \"0%\"}}",
            .invalidValue(
                path: "limits.p99", detail: "a limit has to be larger than 0; null takes it away")
        ),
        (
            "{\"classes\": {\"bulk\": {\"limits\": {\"stalls\": 0}}}}",
            .invalidValue(
                path: "classes.bulk.limits.stalls",
                detail: "a limit has to be larger than 0; null takes it away")
        ),
        (
            "{\"classes\": {\"bulk\": {\"slo\": []}}}",
            .unknownKey(path: "classes.bulk.slo", nearest: nil)
        ),
        (
            "{\"creep\": {\"p99\": \"0%\"}}",
            .invalidValue(
                path: "creep.p99", detail: "a limit has to be larger than 0; null takes it away")
        ),
        (
            "{\"inconclusive\": \"maybe\"}",
            .invalidValue(path: "inconclusive", detail: "use one of fail, warn, pass")
        ),
        (
            "{\"scenarios\": {\"a\": {\"allow\": []}}}",
            .unknownKey(path: "scenarios.a.allow", nearest: nil)
        ),
        (
            "{\"floor\": {}}",
            .invalidValue(path: "floor", detail: "{} is not a duration such as 250us, 5ms or 1.5s")
        ),
    ])
    func mistakesAreNamedWithTheirPath(_ text: String, _ expected: PolicyError) {
        #expect(throws: expected) { try GatePolicy(decoding: utf8(text)) }
        #expect(!"\(expected)".isEmpty)
    }

    /// The resolution of the whole file lies below the limits that others have of their own.
    @Test func aLimitAboveAnInheritedResolutionTakesItAway() throws {
        let p99 = RelativeMetric.latency(.percentile(99))
        let policy = try GatePolicy(decoding: utf8(Self.example))
        #expect(policy.limits.resolution(p99) == 0.1)
        #expect(policy.limits.limits(forClass: "bulk").resolution(p99) == 0.4)
        let own = policy.limits(for: "latency-1k")
        #expect(own.relative[p99] == 0.1 && own.resolution(p99) == 0.2)
        #expect(own.limits(forClass: "bulk").resolution(p99) == 0.4)
        let lower = try GatePolicy(
            decoding: utf8(
                """
                { "resolution": { "p99": "10%" },
                  "scenarios": { "latency-1k": { "limits": { "p99": "9%" } } } }
                """))
        #expect(lower.limits(for: "latency-1k").resolution(p99) == 0.1)
    }

    /// The example in the documentation of `GatePolicy.init(decoding:)`, as JSON.
    static let example = """
        { "limits": { "p50": "4%", "p99": "5%", "p99.9": "8%", "throughput": "4%",
          "stalls": 6, "max": null }, "resolution": { "p99": "10%" },
          "creep": { "p99": "10%" }, "floor": "50us",
          "throughput-floor": 0, "stall-floor": "5ms", "minimum-samples-beyond": 20,
          "series": ["ack.intended", "e2e.intended"], "ledger": { "duplicated": 0 },
          "counters": { "broker.allocationsPerMessage": 0.01,
            "broker.systemCallsPerMessage": 0.05 },
          "slo": ["e2e.intended.p99 < 5ms"],
          "allow": ["kernel", "scenario-parameters.duration", "new-scenarios"],
          "inconclusive": "warn", "seed": 1,
          "classes": { "bulk": { "limits": { "p99": "20%" } } },
          "scenarios": { "latency-1k": { "limits": { "p99": "10%" }, "floor": "100us",
          "classes": {} } } }
        """

    @Test func canariesAreAShareOfThePairs() throws {
        #expect(GatePolicy().canaryShare == 0.25)
        #expect(try GatePolicy(decoding: utf8("{\"canary\": \"10%\"}")).canaryShare == 0.1)
        #expect(try GatePolicy(decoding: utf8("{\"canary\": \"0%\"}")).canaryShare == 0)
        #expect(throws: PolicyError.self) {
            try GatePolicy(decoding: utf8("{\"canary\": \"50%\"}"))
        }
    }

    @Test func bytesThatAreNoJSON() {
        #expect {
            try GatePolicy(decoding: utf8("{ limits"))
        } throws: { error in
            if case .notJSON? = error as? PolicyError { return true }
            return false
        }
    }
}
