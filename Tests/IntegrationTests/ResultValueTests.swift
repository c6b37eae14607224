// `aerobench value`: what scripts read from results.

import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ResultValueTests {
    @Test func numbersAndRatiosAreOneALine() throws {
        let folder = try TemporaryFolder()
        let (path, other) = (folder.file("a.json"), folder.file("b.json"))
        for path in [path, other] {
            let run = try BenchRun.run(BenchRun.unhurried + ["--driver", "null"], to: path)
            #expect(run.code == 0, "\(run.transcript)")
        }
        let result = try ResultFile(path)
        let values = try Executables.run(
            "aerobench",
            ["value", path, "--metric", "ledger.sent", "--metric", "main:throughput.received"])
        #expect(values.code == 0 && values.errors.isEmpty, "\(values.transcript)")
        #expect(values.output.count == 2)
        #expect(values.output.first.flatMap { Int($0) } == result.ledger("sent"))
        #expect(values.output.last.flatMap { Double($0) } ?? 0 > 0)

        let ratio = try Executables.run(
            "aerobench", ["value", path, "--over", path, "--metric", "e2e.intended.p99"])
        #expect(ratio.code == 0 && ratio.output == ["1"], "\(ratio.transcript)")
        let quotient = try Executables.run(
            "aerobench", ["value", path, "--over", other, "--metric", "ledger.sent"])
        let sent = try (#require(result.ledger("sent")), #require(ResultFile(other).ledger("sent")))
        #expect(quotient.output.first.flatMap { Double($0) } == Double(sent.0) / Double(sent.1))

        let none = try Executables.run(
            "aerobench", ["value", path, "--metric", "broker.syncsPerSecond"])
        #expect(none.code == 1 && none.output.isEmpty, "\(none.transcript)")
        let zero = try Executables.run(
            "aerobench", ["value", path, "--over", path, "--metric", "ledger.lost"])
        #expect(zero.code == 1 && zero.errors.joined().contains("zero"), "\(zero.transcript)")
    }

    @Test func mistakesAreNamed() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("none.json")
        let misspelt = try Executables.run(
            "aerobench", ["value", path, "--metric", "e2e.intendd.p99"])
        #expect(misspelt.code == 1, "\(misspelt.transcript)")
        #expect(misspelt.errors.joined().contains("e2e.intended.p99"))
        #expect(try Executables.run("aerobench", ["value", path]).code == 1)
        let missing = try Executables.run("aerobench", ["value", path, "--metric", "lag.p99"])
        #expect(missing.code == 6, "\(missing.transcript)")
    }
}
