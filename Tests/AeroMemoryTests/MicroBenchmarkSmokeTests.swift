// The micro-benchmarks and the allocation counter, run as the executable they are linked into.

import Glibc
import Testing

/// The MicroBenchmarks executable of the same build, run once per test.
private enum Benchmarks {
    struct Outcome {
        let output: String
        let exitCode: Int32
    }

    /// Beside the running test program, or beside the bundle it was told to load.
    static var path: String? {
        let candidates = CommandLine.arguments.filter {
            $0.hasSuffix(".xctest") || $0.hasPrefix("/")
        }
        return candidates.lazy.compactMap { argument in
            guard let slash = argument.lastIndex(of: "/") else { return nil }
            let candidate = argument[...slash] + "MicroBenchmarks"
            return access(String(candidate), X_OK) == 0 ? String(candidate) : nil
        }.first
    }

    static func run(_ arguments: String) throws -> Outcome {
        let path = try #require(path, "the MicroBenchmarks executable is built with the tests")
        let pipe = try #require(popen("'\(path)' \(arguments) 2>&1", "r"))
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 {
            output += buffer[..<count]
        }
        let status = pclose(pipe)
        return Outcome(
            output: String(decoding: output, as: UTF8.self), exitCode: (status >> 8) & 0xff)
    }
}

@Suite(.timeLimit(.minutes(10))) struct MicroBenchmarkSmokeTests {
    @Test func everyBenchmarkRuns() throws {
        let outcome = try Benchmarks.run("--smoke")
        #expect(outcome.exitCode == 0, "\(outcome.output)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count > 30 && lines.first?.hasPrefix("benchmark") == true)
    }

    @Test func resultHashesAreTheSameFromRunToRun() throws {
        let runs = try (0..<2).map { _ in
            let lines = try Benchmarks.run("--smoke").output.split(separator: "\n").dropFirst()
            return lines.map { line in
                let fields = line.split(separator: " ")
                return "\(fields.first ?? "") \(fields.last ?? "")"
            }
        }
        #expect(runs[0] == runs[1] && !runs[0].isEmpty)
    }

    @Test func theCounterSeesMallocAndThePoolMakesNoCalls() throws {
        let pool = try allocations("pool/pair/64KiB")
        let malloc = try allocations("malloc/pair/64KiB")
        if pool == "-" && malloc == "-" { return }  // A sanitizer build does not count.
        #expect(pool == "0.0000")
        #expect(malloc == "1.0000")
    }

    @Test func theCounterIsExactForThreadsAndTheProcess() throws {
        let lines = try Benchmarks.run("--smoke --filter counter/").output.split(separator: "\n")
        // FNV-1a by words over 256 times 1: each malloc was counted once, with its free.
        let expected = (0..<256).reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, _ in
            (hash ^ 1) &* 0x100_0000_01b3
        }
        #expect(lines.count == 4)
        for line in lines.dropFirst() {
            #expect(line.hasSuffix(String(expected, radix: 16)), "\(line)")
        }
    }

    private func allocations(_ name: String) throws -> String {
        let lines = try Benchmarks.run("--smoke --filter \(name)").output.split(separator: "\n")
        let fields = try #require(lines.last).split(separator: " ")
        try #require(fields.count == 5)
        return String(fields[3])
    }

    @Test func theShareThatCompressionLeavesIsShown() throws {
        let lines = try Benchmarks.run("--smoke --filter compress/zstd-3/64x1KiB").output
            .split(separator: "\n")
        let fields = try #require(lines.last).split(separator: " ")
        try #require(lines.count == 2 && fields.count == 6, "\(lines)")
        let share = try #require(Double(fields[4]))
        #expect(share > 0.1 && share < 0.7)
    }

    @Test func jsonHasOneRowForEachBenchmark() throws {
        let outcome = try Benchmarks.run("--smoke --json --filter ring/")
        #expect(outcome.exitCode == 0)
        #expect(outcome.output.contains(#""schema": "aeromq.micro/1""#))
        #expect(outcome.output.split(separator: "\n").filter { $0.contains("\"name\"") }.count == 5)
    }

    @Test func helpAndMistakes() throws {
        #expect(try Benchmarks.run("--help").output.contains("Usage:"))
        for arguments in ["--nonsense", "--filter", "--repeats 0", "--filter no-such-benchmark"] {
            let outcome = try Benchmarks.run(arguments)
            #expect(outcome.exitCode == 1, "\(arguments)")
            #expect(outcome.output.hasPrefix("MicroBenchmarks: "), "\(arguments)")
        }
    }
}
