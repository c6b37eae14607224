// Reading the allocation counts of an executable that keeps them.

import Synchronization

/// Reads the counters of the `CAllocationCount` interposer, which only executables link.
///
/// Libraries may ask at any time: where there is no interposer (tests, sanitizer builds, a foreign
/// executable) the answer is nil. The interposer announces itself before `main` by calling the
/// weakly referenced `aero_allocation_counter_register` below; a lookup by name would need every
/// executable to be linked with `--export-dynamic`.
package enum AllocationCounter {
    /// The totals of all threads, living and ended, since the process started; nil when nobody
    /// counts. Other threads may be counting meanwhile, so the three numbers are each exact but not
    /// of one instant.
    ///
    /// - Complexity: O(most threads that ever lived at once). Allocations: none.
    package static func process() -> AllocationCount? { read(scope: 0) }

    /// The totals of the calling thread since it started; nil when nobody counts.
    ///
    /// - Complexity: O(1). Allocations: none.
    package static func currentThread() -> AllocationCount? { read(scope: 1) }

    private static func read(scope: Int32) -> AllocationCount? {
        // Acquiring: pairs with the store in `registerAllocationCountReader`.
        let address = registeredReader.load(ordering: .acquiring)
        guard let pointer = UnsafeRawPointer(bitPattern: address) else { return nil }
        // SAFETY: the only writer stored the address of a function of exactly this C type.
        let reader = unsafeBitCast(pointer, to: AllocationCountReader.self)
        var totals = InlineArray<3, UInt64>(repeating: 0)
        var span = totals.mutableSpan
        // SAFETY: the C side writes exactly three 64-bit words and keeps no pointer.
        span.withUnsafeMutableBufferPointer { words in
            if let first = words.baseAddress { reader(scope, first) }
        }
        return AllocationCount(allocations: totals[0], frees: totals[1], bytes: totals[2])
    }
}

/// `void (*)(int scope, uint64_t totals[3])`: scope 0 the process, 1 the calling thread.
package typealias AllocationCountReader =
    @convention(c) (_ scope: Int32, _ totals: UnsafeMutablePointer<UInt64>) -> Void

/// The interposer's function as a word; 0 while there is none. Statically initialised, so it can be
/// stored to from a C constructor before `main`.
private let registeredReader = Atomic<UInt>(0)

/// Called by the interposer's constructor, at most once per process.
@c(aero_allocation_counter_register)
package func registerAllocationCountReader(_ reader: AllocationCountReader) {
    // SAFETY: a function pointer of the C type is one word; read back as the same type above.
    let address = unsafeBitCast(reader, to: UInt.self)
    // Releasing: pairs with the load in `AllocationCounter.read`.
    registeredReader.store(address, ordering: .releasing)
}
