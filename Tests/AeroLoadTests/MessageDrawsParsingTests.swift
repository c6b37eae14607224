// Sizes, keys and bodies as scenarios spell them: what is read, written back, and refused.

import AeroLoad
import Foundation
import TestSupport
import Testing

@Suite struct MessageDrawsParsingTests {
    static func scenario(_ overrides: [String]) throws -> Scenario {
        try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: overrides.map { "classes.main.\($0)" })
    }

    @Test(arguments: [
        ("1KiB", MessageSize.fixed(1_024)),
        ("{ distribution: uniform, min: 32B, max: 1KiB }", .uniform(32...1_024)),
        (
            "{ distribution: log-normal, median: 1KiB, sigma: 0.85, min: 64B, max: 1MiB }",
            .logNormal(median: 1_024, sigmaBillionths: 850_000_000, bounds: 64...1_048_576)
        ),
        (
            "{ distribution: weighted, sizes: [ { size: 100B, weight: 9 }, { size: 2KiB } ] }",
            .weighted([.init(byteCount: 100, weight: 9), .init(byteCount: 2_048, weight: 1)])
        ),
    ])
    func sizesAreReadAndWrittenBack(text: String, size: MessageSize) throws {
        let scenario = try Self.scenario(["message-size=\(text)"])
        #expect(scenario.classes[0].messageSize == size)
        #expect(scenario.classes[0].messageByteCount == size.bounds.upperBound)
        let json = scenario.resolvedTree.json
        #expect(try Scenario.parse(Array(json.utf8), fileName: "again.json") == scenario)
    }

    @Test(arguments: [
        ("none", MessageKeys.none), ("round-robin", .roundRobin),
        ("{ distribution: uniform, count: 10_000 }", .uniform(count: 10_000)),
        (
            "{ distribution: zipf, count: 100_000, exponent: 1.2 }",
            .zipf(count: 100_000, exponentBillionths: 1_200_000_000)
        ),
        (
            "{ distribution: zipf, count: 7 }",
            .zipf(count: 7, exponentBillionths: 1_000_000_000)
        ),
    ])
    func keysAreReadAndWrittenBack(text: String, keys: MessageKeys) throws {
        let scenario = try Self.scenario(["keys=\(text)"])
        #expect(scenario.classes[0].keys == keys)
        let json = scenario.resolvedTree.json
        #expect(try Scenario.parse(Array(json.utf8), fileName: "again.json") == scenario)
    }

    @Test(
        arguments: [
            ("0", 0, nil), ("35%", 350_000_000, "35%"), ("0.35", 350_000_000, "35%"),
            ("1", 1_000_000_000, "100%"), ("0.333333333", 333_333_333, "0.333333333"),
        ] as [(String, Int64, String?)])
    func sharesAreExact(text: String, billionths: Int64, written: String?) throws {
        let scenario = try Self.scenario(["compressible=\(text)"])
        #expect(scenario.classes[0].compressibleBillionths == billionths)
        let json = scenario.resolvedTree.json
        // A default is left out: results from before the key stay comparable.
        #expect(json.contains("\"compressible\"") == (written != nil))
        if let written { #expect(json.contains("\"compressible\": \"\(written)\"")) }
        #expect(try Scenario.parse(Array(json.utf8), fileName: "again.json") == scenario)
    }

    @Test(
        arguments: [
            (
                ["message-size={ distribution: uniform, min: 2KiB, max: 1KiB }"],
                "main: message-size.max: it is less than min; the largest size comes second"
            ),
            (
                ["message-size={ distribution: uniform, min: 16B, max: 1KiB }"],
                "main: message-size.min: 16B is out of range; it must be from 32B to 16MiB"
            ),
            (
                ["message-size={ distribution: uniform, min: 32B, max: 1KiB, sigma: 1 }"],
                "main: message-size.sigma: uniform is told by min, max"
            ),
            (
                [
                    "message-size={ distribution: log-normal, median: 1KiB, sigma: 1, min: 2KiB, "
                        + "max: 4KiB }"
                ],
                "main: message-size.median: it is not between min and max"
            ),
            (
                [
                    "message-size={ distribution: weighted, sizes: [ { size: 16B }, "
                        + "{ size: 1KiB } ] }"
                ],
                "main: message-size: there are messages of 16B; sizes that vary begin at 32B, "
                    + "where messages carry the full stamp"
            ),
            (
                ["message-size={ distribution: weighted, sizes: [] }"],
                "main: message-size.sizes: 0 sizes is out of range; it must be from 1 to 1000"
            ),
            (
                ["message-size={ distribution: lognormal }"],
                "main: message-size.distribution: \"lognormal\" is not one of weighted, uniform, "
                    + "log-normal, file; did you mean \"log-normal\"?"
            ),
            (
                ["batch.bytes=100B"],
                "batch.bytes: a batch of 100B cannot hold one message of 1KiB"
            ),
            (
                ["keys={ distribution: uniform, count: 5, exponent: 1 }"],
                "main: keys.exponent: uniform keys are all alike; use zipf, or remove exponent"
            ),
            (
                ["keys={ distribution: zipf, count: 5_000_000 }"],
                "main: keys.count: 5_000_000 is out of range; it must be from 1 to 4194304"
            ),
            (
                ["compressible=1.5"],
                "main: compressible: 1.5 is out of range; it must be from 0 to 100%"
            ),
            (
                ["payload=json", "compressible=50%"],
                "main: compressible: json compresses as JSON does; use payload: random, or remove "
                    + "compressible"
            ),
        ] as [([String], String)])
    func contradictionsNameARemedy(overrides: [String], message: String) {
        let found = ScenarioFixture.message(
            ScenarioFixture.minimal, overrides: overrides.map { "classes.main.\($0)" })
        #expect(found.hasSuffix(": " + message), "\(found)")
    }

    @Test func filesTellSizes() throws {
        let folder = try TemporaryFolder()
        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
        }
        func parse(_ lines: String) throws -> Scenario {
            try Scenario.parse(
                Array(ScenarioFixture.withClass(lines).utf8),
                fileName: folder.file("scenario.yaml"))
        }
        try write("sizes.csv", "bytes,count\n100,3\n5000,1\n")
        let load = "load: { schedule: constant, rate: 1/s }"
        let scenario = try parse(
            "message-size: { distribution: file, file: sizes.csv }\n\(load)")
        #expect(
            scenario.classes[0].messageSize
                == .histogram(
                    file: DataFile("sizes.csv"),
                    [.init(byteCount: 100, weight: 3), .init(byteCount: 5_000, weight: 1)]))
        let again = try Scenario.parse(
            Array(scenario.resolvedTree.json.utf8), fileName: folder.file("again.json"))
        #expect(again == scenario)

        try write("bad.csv", "bytes,count\n100,3\n5000,none\n")
        do throws(ScenarioError) {
            _ = try Scenario.parse(
                Array(
                    ScenarioFixture.withClass(
                        "message-size: { distribution: file, file: bad.csv }\n\(load)"
                    ).utf8), fileName: folder.file("scenario.yaml"))
            Issue.record("a count that is no number was taken")
        } catch {
            #expect(
                "\(error)"
                    == "\(folder.file("bad.csv")):3:1: \"none\" is not a count from 1 to 1000000000"
            )
        }

        try write("trace.csv", "seconds,bytes\n0,64\n1,2000\n")
        let trace = "load: { schedule: trace, file: trace.csv, every: 2s }"
        #expect(try parse(trace).classes[0].messageSize.bounds == 64...2_000)
        #expect(throws: ScenarioError.self) { try parse("message-size: 1KiB\n\(trace)") }
    }
}
