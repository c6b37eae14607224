// The buffer pool beside malloc, by size class.

import AeroMemory
import Glibc

extension MicroBenchmark {
    /// For each class from 1 KiB to 1 MiB, and for each of `pool`, `native` (the pool's other mode)
    /// and `malloc` (called directly):
    /// - `pair`: take one, write one word, give it back: the bare price of the allocator;
    /// - `window`: 16 out at any time, oldest given back first, one word written on each 4 KiB
    ///   page:
    ///   the price as a broker meets it, page faults included.
    ///
    /// `malloc` and `native` include the counting of calls in this executable, some 3 ns an
    /// operation (two calls); the pool, in steady state, makes no call to count.
    static var pool: [MicroBenchmark] {
        let classes: [(String, Int)] = [
            ("1KiB", 1 << 10), ("8KiB", 1 << 13), ("64KiB", 1 << 16), ("256KiB", 1 << 18),
            ("1MiB", 1 << 20),
        ]
        return classes.flatMap { label, byteCount in
            [
                pair("pool/pair/\(label)", .pooled, byteCount),
                pair("native/pair/\(label)", .native, byteCount),
                MicroBenchmark("malloc/pair/\(label)") { mallocPairs(byteCount, $0) },
                window("pool/window/\(label)", .pooled, byteCount),
                window("native/window/\(label)", .native, byteCount),
                MicroBenchmark("malloc/window/\(label)") { mallocWindow(byteCount, $0) },
            ]
        }
    }

    private static func pair(
        _ name: String, _ mode: AllocationMode, _ byteCount: Int
    ) -> MicroBenchmark {
        MicroBenchmark(
            name,
            setUp: {
                let pool = makePool(mode)
                return { operationCount in poolPairs(pool, byteCount, operationCount) }
            })
    }

    private static func window(
        _ name: String, _ mode: AllocationMode, _ byteCount: Int
    ) -> MicroBenchmark {
        MicroBenchmark(
            name,
            setUp: {
                let pool = makePool(mode)
                return { operationCount in poolWindow(pool, byteCount, operationCount) }
            })
    }
}

private let windowSize = 16

private func makePool(_ mode: AllocationMode) -> BufferPool {
    do {
        return try BufferPool(
            configuration: BufferPoolConfiguration(mode: mode, capacityBytes: 1 << 28))
    } catch {
        preconditionFailure("a pool without preallocation cannot fail to start")
    }
}

private func take(_ pool: BufferPool, _ byteCount: Int) -> PooledBuffer {
    do {
        return try pool.allocate(minimumByteCount: byteCount)
    } catch {
        preconditionFailure("the cap is far above what the benchmark holds: \(error)")
    }
}

private func poolPairs(_ pool: BufferPool, _ byteCount: Int, _ operationCount: Int) -> UInt64 {
    var hash = ResultHash()
    for operation in 0..<operationCount {
        let buffer = take(pool, byteCount)
        hash.fold(writeWord(buffer.baseAddress, UInt64(operation)))
    }
    return hash.value
}

private func mallocPairs(_ byteCount: Int, _ operationCount: Int) -> UInt64 {
    var hash = ResultHash()
    for operation in 0..<operationCount {
        guard let block = malloc(byteCount) else { preconditionFailure("out of memory") }
        hash.fold(writeWord(block, UInt64(operation)))
        free(block)
    }
    return hash.value
}

private func poolWindow(_ pool: BufferPool, _ byteCount: Int, _ operationCount: Int) -> UInt64 {
    var hash = ResultHash()
    var held = InlineArray<16, PooledBuffer?> { _ in nil }
    for operation in 0..<operationCount {
        let buffer = take(pool, byteCount)
        hash.fold(writePages(buffer.baseAddress, byteCount, UInt64(operation)))
        held[operation & (windowSize - 1)] = consume buffer
    }
    return hash.value
}

private func mallocWindow(_ byteCount: Int, _ operationCount: Int) -> UInt64 {
    var hash = ResultHash()
    var held = InlineArray<16, UnsafeMutableRawPointer?>(repeating: nil)
    for operation in 0..<operationCount {
        guard let block = malloc(byteCount) else { preconditionFailure("out of memory") }
        hash.fold(writePages(block, byteCount, UInt64(operation)))
        free(held[operation & (windowSize - 1)])
        held[operation & (windowSize - 1)] = block
    }
    for index in held.indices { free(held[index]) }
    return hash.value
}

// Not inlined: the compiler knows malloc and free, and would remove a pair whose memory it can see
// through.
@inline(never)
private func writeWord(_ block: UnsafeMutableRawPointer, _ word: UInt64) -> UInt64 {
    block.storeBytes(of: word, as: UInt64.self)
    return block.load(as: UInt64.self)
}

@inline(never)
private func writePages(
    _ block: UnsafeMutableRawPointer, _ byteCount: Int, _ word: UInt64
) -> UInt64 {
    for offset in stride(from: 0, to: byteCount, by: 4096) {
        block.storeBytes(of: word &+ UInt64(offset), toByteOffset: offset, as: UInt64.self)
    }
    return block.load(as: UInt64.self)
}
