// Every micro-benchmark there is. To add one: a file for its subject, and a line here.

extension MicroBenchmark {
    /// All benchmarks, in the order in which they are printed.
    static var all: [MicroBenchmark] {
        pool + ring + queue + counter + codec + compression + measuring
    }
}
