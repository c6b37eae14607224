// `aerobench matrix` as built.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20)), .serialized)
struct MatrixCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A load that keeps no schedule, so that a busy machine cannot make a run invalid.
    private static let unhurried = [
        "--duration", "300ms", "--set", "warmup=0s", "--set", "interval=100ms",
        "--set", "classes.main.load={schedule: closed-loop, in-flight: 16}",
        "--set", "slo=[ledger.lost == 0]",
    ]

    private func cells(_ path: String) throws -> [[String: Any]] {
        try #require(try ResultFile(path).json["cells"] as? [[String: Any]])
    }

    private func runs(_ cell: [String: Any]) -> [[String: Any]] {
        cell["runs"] as? [[String: Any]] ?? []
    }

    @Test func driversAndBrokerKeysAreVariedInARandomOrder() throws {
        let path = folder.file("matrix.json")
        let results = folder.file("results.json")
        let markdown = folder.file("table.md")
        let finished = try Executables.run(
            "aerobench",
            [
                "matrix", "smoke", "--vary", "driver=null,aeromq", "--vary",
                "broker.buffers=pooled,native", "--repeat", "2", "--order-seed", "4711", "--out",
                path, "--results", results, "--markdown", markdown,
            ] + Self.unhurried)
        #expect(finished.code == 0, "\(finished.transcript)")
        let file = try ResultFile(path)
        #expect(file.json["schema"] as? String == "aerobench.matrix/1")
        #expect(file.json["orderSeed"] as? Int == 4_711)
        #expect((file.json["order"] as? [Int])?.count == 8)
        let cells = try cells(path)
        #expect(
            cells.map { $0["values"] as? [String] } == [
                ["null", "pooled"], ["null", "native"], ["aeromq", "pooled"], ["aeromq", "native"],
            ])
        for cell in cells {
            let runs = runs(cell)
            #expect(runs.count == 2)
            let driver = (cell["values"] as? [String])?.first
            for run in runs {
                #expect(run["driver"] as? String == driver)
                let metrics = run["metrics"] as? [String: Double]
                #expect((metrics?["throughput.received"] ?? 0) > 0)
                if driver == "aeromq" {
                    for name in ["pageFaultsPerMessage", "allocatedBytesPerMessage"] {
                        #expect(metrics?["broker.\(name)"] != nil, "\(name)")
                    }
                }
            }
        }
        let hits = runs(cells[2]).compactMap {
            ($0["metrics"] as? [String: Double])?["broker.poolHitRate"]
        }
        #expect(hits.allSatisfy { $0 > 0 } && hits.count == 2, "\(hits)")
        let list = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: results)))
        #expect((list as? [Any])?.count == 8)
        let table = try String(contentsOfFile: markdown, encoding: .utf8)
        #expect(table.contains("| aeromq | native | 2 |"), "\(table)")
        #expect(finished.output.contains { $0.contains("seed 4711") })
        #expect(finished.errors.count { $0.contains(" of 8: driver=") } == 8)
    }

    @Test func aCellThatCannotRunIsInTheTableAndTheRestGoesOn() throws {
        let path = folder.file("holes.json")
        let finished = try Executables.run(
            "aerobench",
            [
                "matrix", "smoke", "--driver", "null", "--vary",
                "classes.main.consumers-per-group=1,9", "--out", path,
            ] + Self.unhurried)
        #expect(finished.code == 5, "\(finished.transcript)")
        let cells = try cells(path)
        #expect(runs(cells[0]).first?["failure"] == nil)
        let failure = runs(cells[1]).first?["failure"] as? String
        #expect(failure?.contains("would never get a message") == true)
        #expect(finished.output.contains { $0.contains("would never get a message") })
    }

    @Test func aMatrixFileNamesItsScenarioBesideIt() throws {
        let scenario = """
            name: tiny
            duration: 200ms
            warmup: 0s
            interval: 100ms
            driver: null
            classes:
              - { name: main, message-size: 64B, load: { schedule: closed-loop } }
            """
        let matrix = """
            name: sizes
            scenario: tiny.yaml
            set: [ seed=3 ]
            vary:
              - { key: classes.main.message-size, values: [64B, 1KiB] }
            columns: [ throughput.sentBytes ]
            """
        try Data(scenario.utf8).write(to: URL(fileURLWithPath: folder.file("tiny.yaml")))
        try Data(matrix.utf8).write(to: URL(fileURLWithPath: folder.file("sizes.yaml")))
        let path = folder.file("out.json")
        let finished = try Executables.run(
            "aerobench", ["matrix", folder.file("sizes.yaml"), "--out", path])
        #expect(finished.code == 0, "\(finished.transcript)")
        #expect(try ResultFile(path).json["name"] as? String == "sizes")
        #expect(finished.output.contains { $0.contains("throughput.sentBytes") })
    }

    @Test(arguments: [
        (["smoke"], "with --vary a scenario is varied"),
        (["smoke", "--vary", "seed"], "KEY=V1,V2"),
        (["smoke", "--vary", "seed=1,1"], "different values"),
        (["smoke", "--vary", "sede=1,2"], "did you mean \"seed\"?"),
        (["smoke", "--vary", "seed=1", "--vary", "seed=2"], "varied twice"),
        (["smoke", "--vary", "seed=1", "--column", "e2e.p99"], "unknown metric"),
        (["allocatros"], "did you mean \"allocators\"?"),
    ])
    func whatCannotBeIsRefused(arguments: [String], hint: String) throws {
        let path = folder.file("none.json")
        let finished = try Executables.run("aerobench", ["matrix"] + arguments + ["--out", path])
        #expect(finished.code == 1, "\(finished.transcript)")
        #expect(finished.errors.joined().contains(hint), "\(finished.transcript)")
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    /// Each shipped matrix is read, and each of its combinations fits its scenario.
    @Test func shippedMatricesFitTheirScenarios() throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: Executables.root + "/Benchmarks/Matrices"
        ).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(".yaml".count)) }
        #expect(names.count >= 6)
        for name in names {
            let path = folder.file("\(name).json")
            // Without a target and nearly without load: every cell runs, but measures nothing.
            let finished = try Executables.run(
                "aerobench",
                [
                    "matrix", name, "--driver", "null", "--repeat", "1", "--out", path,
                    "--set", "duration=100ms", "--set", "warmup=0s", "--set", "interval=100ms",
                    "--set", "classes.main.load={schedule: closed-loop}",
                ])
            let failures = try cells(path).flatMap(runs).compactMap { $0["failure"] as? String }
            #expect(failures == [], "\(name)")
            #expect([0, 5].contains(finished.code), "\(finished.transcript)")
        }
    }
}
