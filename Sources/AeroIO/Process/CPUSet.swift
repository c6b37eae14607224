// Which CPUs threads may run on.

import CLinux

/// A set of CPU numbers.
package struct CPUSet: Equatable, Sendable {
    /// BOUND: CPUs beyond this number are not seen; it is the kernel's own usual limit.
    private static let cpuLimit = 8192
    private static let wordCount = cpuLimit / 64

    /// The CPU numbers in ascending order.
    package let cores: [Int]

    /// - Parameter cores: CPU numbers, in any order.
    package init(_ cores: some Sequence<Int>) { self.cores = Set(cores).sorted() }

    /// The CPUs the calling thread may run on: what a container or taskset left of the machine's.
    package static var available: CPUSet {
        var words = [UInt64](repeating: 0, count: wordCount)
        let status = aero_affinity_get(&words, Int32(wordCount))
        precondition(status == 0, "a thread can always ask for its own affinity")
        return CPUSet((0..<cpuLimit).filter { words[$0 / 64] & (1 << UInt64($0 % 64)) != 0 })
    }

    /// How many there are.
    package var count: Int { cores.count }

    /// Restricts the calling thread to these CPUs.
    /// - Throws: `.invalidArgument` when none of them is available.
    package func applyToCurrentThread() throws(Errno) {
        var words = [UInt64](repeating: 0, count: Self.wordCount)
        for core in cores {
            guard (0..<Self.cpuLimit).contains(core) else { throw .invalidArgument }
            words[core / 64] |= 1 << UInt64(core % 64)
        }
        try Syscall.check(aero_affinity_set(words, Int32(Self.wordCount)))
    }
}
