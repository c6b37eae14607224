// What it costs to read the allocation counter, and that it counts right.

import AeroMemory
import Glibc

extension MicroBenchmark {
    /// `thread` and `process`: one `malloc`, one `free` and two readings around them. The hash is
    /// of
    /// the differences, each of which is 1 (and taken to be 1 where the build does not count).
    static var counter: [MicroBenchmark] {
        [
            MicroBenchmark("counter/thread") { count(AllocationCounter.currentThread, $0) },
            MicroBenchmark("counter/process") { count(AllocationCounter.process, $0) },
            MicroBenchmark("counter/other-thread", body: countElsewhere),
        ]
    }
}

private func count(_ read: () -> AllocationCount?, _ operationCount: Int) -> UInt64 {
    var hash = ResultHash()
    // Once unheard: unoptimised code allocates type metadata at its first use.
    _ = allocationsOfOneMalloc(read)
    for _ in 0..<operationCount { hash.fold(allocationsOfOneMalloc(read)) }
    return hash.value
}

@inline(never)
private func allocationsOfOneMalloc(_ read: () -> AllocationCount?) -> UInt64 {
    let before = read()
    guard let block = malloc(16) else { preconditionFailure("out of memory") }
    keep(block)
    free(block)
    guard let before, let after = read() else { return 1 }
    let difference = after.since(before)
    return difference.allocations == difference.frees && difference.bytes == 16
        ? difference.allocations : 0
}

/// The same on a thread of its own, which may count in the block that an ended thread left.
private func countElsewhere(_ operationCount: Int) -> UInt64 {
    // SAFETY: written by the thread, and read after it was joined.
    final class Outcome: @unchecked Sendable {
        var hash: UInt64 = 0
    }
    let outcome = Outcome()
    BenchmarkThread { outcome.hash = count(AllocationCounter.currentThread, operationCount) }.join()
    return outcome.hash
}

// Not inlined, so that the compiler cannot remove a pair of malloc and free.
@inline(never)
private func keep(_ block: UnsafeMutableRawPointer) { block.storeBytes(of: 1, as: UInt8.self) }
