// Single numbers of results.

import Testing

@testable import AeroReport

struct MetricReadingTests {
    @Test func aNumberIsInItsOwnUnit() throws {
        let document = try SampleResult().document()
        func value(_ name: String) throws -> Double? {
            try MetricReading(parsing: name).value(in: [document])
        }
        #expect(try value("throughput.received") == 100_000)
        #expect(try value("main:throughput.received") == 100_000)
        #expect(try value("ledger.lost") == 0)
        #expect(try value("broker.poolHitRate") == 0.998)
        #expect(try value("broker.batchBytesPerMessage") == 271.4)
        #expect(try value("broker.batchShare") == 271.4 / 1_024)
        #expect(try value("broker.syncsPerSecond") == 200)
        #expect(try value("broker.systemCallsPerMessage") == 0.2)
        #expect(try value("broker.processorNanosecondsPerMessage") == 5_000)
        #expect(try value("generator.processorNanosecondsPerMessage") == 5_000)
        // The one class is meant.
        let median = try #require(try value("e2e.intended.p50"))
        #expect(abs(median - 1e6) < 1e4)
        #expect(try value("other:e2e.intended.p50") == nil)
    }

    @Test func severalClassesNeedAName() throws {
        var sample = SampleResult()
        sample.classNames = ["a", "b"]
        let document = try sample.document()
        #expect(try MetricReading(parsing: "e2e.intended.p50").value(in: [document]) == nil)
        #expect(try MetricReading(parsing: "b:e2e.intended.p50").value(in: [document]) != nil)
        #expect(
            try MetricReading(parsing: "throughput.received").value(in: [document]) == 200_000)
    }

    @Test func onlyRepeatsAreOneNumber() throws {
        let document = try SampleResult().document()
        var other = SampleResult()
        other.scenario = "another"
        let reading = try MetricReading(parsing: "throughput.received")
        #expect(try reading.value(in: [document, document]) == 100_000)
        #expect(try reading.value(in: [document, try other.document()]) == nil)
        #expect(try reading.value(in: []) == nil)
    }

    @Test func whatTheResultLacksIsNil() throws {
        var document = try SampleResult().document()
        document.broker?.activity = nil
        let reading = try MetricReading(parsing: "broker.syncsPerSecond")
        #expect(try reading.value(in: [document]) == nil)
        document.broker?.activity = BrokerActivity()
        #expect(try reading.value(in: [document]) == nil, "no time, no rate")
    }

    @Test func namesAreChecked() {
        #expect(throws: ObjectiveError.emptyClass(column: 1)) {
            try MetricReading(parsing: ":lag.p99")
        }
        #expect(
            throws: ObjectiveError.unknownMetric(
                "broker.syncPerSecond", column: 1, nearest: "broker.syncsPerSecond")
        ) {
            try MetricReading(parsing: "broker.syncPerSecond")
        }
    }
}
