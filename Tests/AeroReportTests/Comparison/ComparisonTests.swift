// Two results side by side.

import Testing

@testable import AeroReport

struct ComparisonTests {
    private func number(_ comparison: Comparison, _ metric: String) -> NumberComparison? {
        let entry = comparison.scenarios[0].classes[0]
        return (entry.rates + entry.latencies + comparison.scenarios[0].totals)
            .first { $0.metric == metric }
    }

    @Test func absoluteAndRelativeChanges() throws {
        var slower = SampleResult()
        slower.tailFactor = 1.5
        slower.receivedPerSecond = 80_000
        let comparison = try Comparison(
            baseline: [SampleResult().document()], candidate: [slower.document()])
        let median = try #require(number(comparison, "e2e.intended.p50"))
        #expect(median.change == 0 && median.relativeChange == 0)
        let tail = try #require(number(comparison, "e2e.intended.p99"))
        let relative = try #require(tail.relativeChange)
        #expect((relative - 0.5).magnitude < 0.005)
        #expect(tail.isWorse && tail.samplesBeyond == 1_000)
        let rate = try #require(number(comparison, "throughput.received"))
        #expect(rate.change == -20_000 && rate.isWorse)
        #expect(number(comparison, "e2e.intended.p99.99")?.samplesBeyond == 10)
    }

    /// The 99th percentile of a fast and a slow run together is the slow run's tail, not the mean.
    @Test func repeatsAreSummedNotAveraged() throws {
        var slow = SampleResult()
        slow.medianNanoseconds = 100_000_000
        let runs = [try SampleResult().document(), try slow.document()]
        let comparison = try Comparison(baseline: runs, candidate: [runs[1]])
        let both = try #require(number(comparison, "e2e.intended.p99")?.baseline)
        let alone = try #require(number(comparison, "e2e.intended.p99")?.candidate)
        #expect(both > 0.95 * alone)
        #expect(number(comparison, "throughput.received")?.baseline == 100_000)
        #expect(comparison.scenarios[0].baselineRunCount == 2)
    }

    /// A result from before a key existed ran with the key's default.
    @Test func keysOfALaterReleaseHaveTheirDefaults() throws {
        let old = try SampleResult().document()
        func new(_ compression: String) throws -> ResultDocument {
            var document = try SampleResult().document()
            guard case .object(var members) = document.scenario.parameters,
                case .array(let classes)? = members["classes"],
                case .object(var main) = classes[0]
            else { throw CancellationError() }
            main["payload"] = .string("random")
            main["batch"] = .object(["compression": .string(compression)])
            members["classes"] = .array([.object(main)])
            document.scenario.parameters = .object(members)
            return document
        }
        #expect(Comparability.differences(old, try new("none")).isEmpty)
        #expect(Comparability.differences(try new("none"), old).isEmpty)
        #expect(
            Comparability.differences(try new("zstd"), old).map(\.field) == [
                "scenario-parameters.classes.main.batch.compression"
            ])
    }

    @Test func circumstancesAreListed() throws {
        var other = SampleResult()
        other.kernel = "6.2.1"
        other.model = "Another"
        other.cores = [0]
        other.commit = "fffffff"
        other.rate = 5
        let differences = Comparability.differences(
            try SampleResult().document(), try other.document())
        #expect(
            differences.filter(\.isBlocking).map(\.field) == [
                "cpu-model", "core-count", "kernel", "scenario-parameters.classes.main.load.rate",
            ])
        #expect(
            differences.filter { !$0.isBlocking }.map(\.field) == [
                "kernel-release", "tool-commit",
            ])
        #expect(
            differences[2].text
                == "kernel differs: 6.1 in the baseline, 6.2 in the candidate")
    }

    @Test func unequalPromisesAreNotComparable() throws {
        var other = SampleResult()
        other.promise?.durability = "sync"
        other.promise?.acknowledgement = "answered when it is on the disk"
        let differences = Comparability.differences(
            try SampleResult().document(), try other.document())
        #expect(differences.map(\.field) == ["promise.main", "acknowledgement.main"])
        #expect(differences.map(\.isBlocking) == [true, false])
        #expect(differences[0].text.hasSuffix("so the two are not at equal promises"))
        #expect(AllowedDifference("promise")?.covers(differences[0].field) == true)
        // A relay promises nothing, and results of earlier releases do not say.
        other.promise = nil
        #expect(
            Comparability.differences(try SampleResult().document(), try other.document()) == [])
    }

    @Test func debugAndReleaseAreNotComparable() throws {
        var debug = try SampleResult().document()
        debug.tool.build = "debug"
        let differences = Comparability.differences(try SampleResult().document(), debug)
        #expect(differences.map(\.field) == ["build"])
        #expect(differences.filter(\.isBlocking).count == 1)
    }

    @Test(arguments: [
        ("6.1.0-18-amd64", "6.1"), ("6.18.44", "6.18"), ("5.15-rc1", "5.15"), ("7", "7"),
        ("unknown", "unknown"), ("", ""),
    ])
    func kernelVersions(_ release: String, _ expected: String) {
        #expect(Comparability.majorMinor(release) == expected)
    }

    @Test func aDamagedHistogramIsAnErrorWithItsPath() throws {
        var broken = try SampleResult().document()
        broken.classes[0].series["e2e.intended"]?.histogram = "AAAA"
        #expect {
            try Comparison(baseline: [broken], candidate: [broken])
        } throws: { error in
            guard case .invalidValue(let path, _)? = error as? ResultFileError else { return false }
            return path == "classes.main.series[\"e2e.intended\"].histogram"
        }
    }

    @Test func renderings() throws {
        var slower = SampleResult()
        slower.tailFactor = 1.5
        slower.kernel = "6.2.0"
        slower.ledger.lost = 3
        slower.reasons = [ValidityReason(code: "x", message: "a | b <c>")]
        var extra = SampleResult()
        extra.scenario = "other"
        let comparison = try Comparison(
            baseline: [SampleResult().document(), extra.document()],
            candidate: [slower.document()])
        let plain = comparison.text()
        #expect(plain.contains("! kernel differs: 6.1 in the baseline, 6.2 in the candidate"))
        #expect(plain.contains("! candidate invalid: a | b <c> (x)"))
        #expect(plain.contains("ledger.lost"))
        #expect(!plain.contains("ledger.corrupt"))
        #expect(plain.contains("! other: missing in the candidate"))
        #expect(plain.contains("e2e.intended.p99.99 (few samples)"))
        #expect(plain.contains("one run per side is weak evidence"))
        #expect(!plain.contains("\u{1B}"))
        #expect(plain.split(separator: "\n").allSatisfy { $0.last != " " })
        let markdown = comparison.markdown
        #expect(markdown.contains("- **candidate invalid: a \\| b &lt;c> (x)**"))
        #expect(markdown.contains("| e2e.intended.p99 | 3.88 ms | 5.82 ms | +1.94 ms | +50.0 % |"))
        let json = try DocumentEncoding.decode(Comparison.self, comparison.encoded())
        #expect(json == comparison)
        #expect(json.schema == "aerobench.compare/1")
    }

    @Test func metricsOfEveryKindHaveAValue() throws {
        var sample = SampleResult()
        sample.measuresStages = true
        let group = RunGroup.groups(of: [try sample.document()])[0]
        for name in Metric.suggestions where !name.hasPrefix("lag.") {
            if name.hasPrefix("ack.actual") { continue }
            let metric = try #require(Metric(name))
            #expect(try group.value(of: metric, className: "main") != nil, "\(name)")
        }
        #expect(try group.value(of: .limitShare, className: nil) == 0.25)
        #expect(try group.value(of: .throughput(.achieved), className: nil) == 1)
        #expect(try group.value(of: .resource(.broker, .processorShare), className: nil) == 0.5)
        #expect(
            try group.value(of: .latency(series: "lag", .maximum), className: "main") == nil)
    }
}
