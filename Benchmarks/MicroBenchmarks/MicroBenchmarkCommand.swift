// The entry of the micro-benchmark executable.

import Glibc

@main
enum MicroBenchmarkCommand {
    static func main() {
        do throws(BenchmarkUsageError) {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            let line = "MicroBenchmarks: \(error)\n"
            _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws(BenchmarkUsageError) {
        let options = try BenchmarkOptions(arguments)
        if options.isHelp {
            print(BenchmarkOptions.help)
            return
        }
        var benchmarks = MicroBenchmark.all
        if let filter = options.filter {
            benchmarks = benchmarks.filter { $0.name.contains(filter) }
            if benchmarks.isEmpty { throw .nothingMatches(filter) }
        }
        let results = BenchmarkHarness(options).run(benchmarks)
        print(
            options.isJSON
                ? BenchmarkReport.json(results, isSmoke: options.isSmoke)
                : BenchmarkReport.text(results))
    }
}
