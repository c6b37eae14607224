// Running benchmarks so that their figures can be set beside each other.

import AeroMemory

/// What was measured for one benchmark.
struct BenchmarkResult {
    let name: String
    /// Operations in each repeat.
    let operationCount: Int
    /// One figure a repeat, in the order of running.
    let nanosecondsPerOperation: [Double]
    /// The least of the repeats; nil when the build does not count.
    let allocationsPerOperation: Double?
    /// Bytes after over bytes before; nil for what makes nothing smaller.
    let share: Double?
    /// Hash of the first `BenchmarkHarness.hashedOperationCount` operations.
    let hash: UInt64

    var minimum: Double { nanosecondsPerOperation.min() ?? 0 }

    /// The middle one, or the upper of the two middle ones.
    var median: Double {
        let sorted = nanosecondsPerOperation.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}

/// Calibrates each benchmark, then runs all of them in turn, several times over: what slows the
/// machine for a while then meets every benchmark, not one.
struct BenchmarkHarness {
    /// Fixed, so that the hash is the same on each machine and in each mode.
    static let hashedOperationCount = 256

    let repeatCount: Int
    /// How long one repeat of one benchmark shall take; 0 runs the hashed operations only.
    let repeatNanoseconds: Int64

    init(_ options: BenchmarkOptions) {
        repeatCount = options.isSmoke ? 2 : options.repeatCount
        repeatNanoseconds = options.isSmoke ? 0 : 20_000_000
    }

    func run(_ benchmarks: [MicroBenchmark]) -> [BenchmarkResult] {
        var entries = benchmarks.map { benchmark in
            let body = benchmark.makeBody()
            let hash = body(Self.hashedOperationCount)
            return Entry(
                name: benchmark.name, body: body, share: benchmark.share?(), hash: hash,
                operationCount: calibrate(body))
        }
        for _ in 0..<repeatCount {
            for index in entries.indices { entries[index].measure() }
        }
        return entries.map(\.result)
    }

    /// How many operations fill a repeat.
    private func calibrate(_ body: MicroBenchmark.Body) -> Int {
        var operationCount = Self.hashedOperationCount
        if repeatNanoseconds == 0 { return operationCount }
        // BOUND: doubles each round, so ends after some 40 rounds even at no cost at all.
        while operationCount < 1 << 40 {
            let elapsed = Entry.time { _ = body(operationCount) }
            if elapsed >= repeatNanoseconds / 2 { break }
            operationCount *= 2
        }
        return operationCount
    }
}

/// One benchmark under way.
private struct Entry {
    let name: String
    let body: MicroBenchmark.Body
    let share: Double?
    let hash: UInt64
    let operationCount: Int
    var nanosecondsPerOperation: [Double] = []
    var allocationsPerOperation: Double?

    mutating func measure() {
        let before = AllocationCounter.process()
        let elapsed = Self.time { _ = body(operationCount) }
        let after = AllocationCounter.process()
        nanosecondsPerOperation.append(Double(elapsed) / Double(operationCount))
        guard let before, let after else { return }
        let allocations = Double(after.since(before).allocations) / Double(operationCount)
        allocationsPerOperation = min(allocationsPerOperation ?? allocations, allocations)
    }

    var result: BenchmarkResult {
        BenchmarkResult(
            name: name, operationCount: operationCount,
            nanosecondsPerOperation: nanosecondsPerOperation,
            allocationsPerOperation: allocationsPerOperation, share: share, hash: hash)
    }

    /// On Linux the suspending clock is CLOCK_MONOTONIC.
    static func time(_ work: () -> Void) -> Int64 {
        let elapsed = SuspendingClock().measure(work).components
        return elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000
    }
}
