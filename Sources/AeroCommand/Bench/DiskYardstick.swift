// What a disk takes from one writer: the yardstick of brokers that wait for it.

import AeroIO
import AeroLoad
import Glibc
import HDRHistogram

/// Rates and latencies of a disk under the two ways in which a log is made durable.
struct DiskYardstick {
    /// How to measure.
    struct Plan: Sendable {
        /// Where; the file is removed.
        var directory: String
        /// For each of the two measurements.
        var nanoseconds: Int64 = 5_000_000_000
        /// Appends a second of the second one; 0 waits for nothing but the disk.
        var appendsPerSecond = 0
        /// The first one ends here, too.
        var byteCountMax = 2 << 30
    }

    /// Bytes of a write of the first measurement.
    static let writeByteCount = 1 << 20
    /// Bytes of an append of the second.
    static let appendByteCount = 4 << 10

    /// What the first measurement wrote and synced, 1 MiB at a time.
    private(set) var sequentialByteCount = 0
    /// … and in which time.
    private(set) var sequentialNanoseconds: Int64 = 0
    /// How long fdatasync(2) took after each append of 4 KiB, in nanoseconds.
    private(set) var syncs: Histogram
    /// The time of all appends, pauses included.
    private(set) var appendNanoseconds: Int64 = 0

    /// Bytes a second of sequential writes with a sync after each.
    var bytesPerSecond: Double {
        Double(sequentialByteCount) / (Double(max(1, sequentialNanoseconds)) / 1e9)
    }

    /// Measures.
    ///
    /// - Parameter isStopped: Asked after each write; true ends the measurement early.
    /// - Throws: `Errno` of the file.
    init(_ plan: Plan, on disk: any Disk, isStopped: () -> Bool) throws(Errno) {
        do throws(HistogramError) {
            syncs = try Histogram(highestTrackableValue: 3_600_000_000_000, significantDigits: 3)
        } catch {
            preconditionFailure("the range of latencies is a legal one: \(error)")
        }
        let random = CounterRandom(seed: 42)
        // Neither zeros nor repetitive: some disks save themselves the work.
        let words = (0..<Self.writeByteCount / 8).map { random.word(UInt64($0)) }
        try Self.withFile(plan.directory, "write", disk) { (file) throws(Errno) in
            try writeSequentially(words, to: file, plan, isStopped)
        }
        guard !isStopped() else { return }
        try Self.withFile(plan.directory, "append", disk) { (file) throws(Errno) in
            try append(words, to: file, plan, isStopped)
        }
    }

    /// The file keeps its name until it is done: some file systems sync less for one without.
    private static func withFile(
        _ directory: String, _ name: String, _ disk: any Disk,
        _ body: (any DiskFile) throws(Errno) -> Void
    ) throws(Errno) {
        let path = "\(directory)/aerobench-disk-\(name)-\(getpid())"
        let file = try disk.create(path)
        do throws(Errno) {
            try body(file)
        } catch {
            try disk.remove(path)
            throw error
        }
        try disk.remove(path)
    }

    private mutating func writeSequentially(
        _ words: [UInt64], to file: any DiskFile, _ plan: Plan, _ isStopped: () -> Bool
    ) throws(Errno) {
        let start = MonotonicClock.nowNanoseconds()
        // BOUND: time and bytes.
        while sequentialNanoseconds < plan.nanoseconds,
            sequentialByteCount + Self.writeByteCount <= plan.byteCountMax, !isStopped()
        {
            try Self.write(words, Self.writeByteCount, to: file, at: sequentialByteCount)
            try file.synchronize()
            sequentialByteCount += Self.writeByteCount
            sequentialNanoseconds = MonotonicClock.nowNanoseconds() - start
        }
    }

    private mutating func append(
        _ words: [UInt64], to file: any DiskFile, _ plan: Plan, _ isStopped: () -> Bool
    ) throws(Errno) {
        let start = MonotonicClock.nowNanoseconds()
        var count = 0
        // BOUND: time and bytes.
        while appendNanoseconds < plan.nanoseconds,
            (count + 1) * Self.appendByteCount <= plan.byteCountMax, !isStopped()
        {
            if plan.appendsPerSecond > 0 {
                let due = start + Int64(count) * 1_000_000_000 / Int64(plan.appendsPerSecond)
                SystemThread.sleep(
                    nanoseconds: max(0, due - MonotonicClock.nowNanoseconds()))
            }
            try Self.write(
                words, Self.appendByteCount, to: file, at: count * Self.appendByteCount)
            let before = MonotonicClock.nowNanoseconds()
            try file.synchronize()
            let after = MonotonicClock.nowNanoseconds()
            syncs.record(after - before)
            count += 1
            appendNanoseconds = after - start
        }
    }

    private static func write(
        _ words: [UInt64], _ byteCount: Int, to file: any DiskFile, at position: Int
    ) throws(Errno) {
        // SAFETY: lent for the call only.
        let outcome = words.withUnsafeBytes { bytes -> Errno? in
            do throws(Errno) {
                try file.write(
                    UnsafeRawBufferPointer(rebasing: bytes[..<byteCount]), at: position)
                return nil
            } catch {
                return error
            }
        }
        if let outcome { throw outcome }
    }
}
