// One io_uring instance: its submission and completion queues and its buffer ring.

import CLinux
import CUring

/// The owner of an io_uring: made, used and destroyed by one thread.
///
/// Set up for a single issuer with deferred task run, so completions are only made while that
/// thread is in the kernel, and no interrupt of it is needed.
struct UringQueue: ~Copyable {
    typealias Entry = aero_uring_completion

    private let ring: OpaquePointer

    /// - Parameters:
    ///   - entryCount: Submission entries, rounded up to a power of two by the kernel.
    ///   - completionCount: Completion entries; more than these wait inside the kernel.
    /// - Throws: `Errno` of io_uring_setup(2); `.notSupportedByKernel` without the features used.
    init(entryCount: Int, completionCount: Int) throws(Errno) {
        var made: OpaquePointer?
        try Syscall.check(aero_uring_create(UInt32(entryCount), UInt32(completionCount), &made))
        guard let made else { throw .outOfMemory }
        ring = made
    }

    deinit { aero_uring_destroy(ring) }

    // MARK: Buffers

    /// Makes the ring of provided buffers, with room for `count`.
    func makeBufferRing(count: Int) throws(Errno) {
        try Syscall.check(aero_uring_make_buffers(ring, UInt32(count)))
    }

    /// Gives a buffer (back) to the kernel.
    @inline(__always)
    func provide(_ bytes: UnsafeMutableRawPointer, byteCount: Int, identifier: Int32) {
        aero_uring_provide(
            ring, bytes, UInt32(byteCount), UInt16(truncatingIfNeeded: identifier))
    }

    // MARK: Operations

    func receive(_ descriptor: Int32, tag: UringTag) {
        filled(aero_uring_receive(ring, descriptor, tag.rawValue))
    }

    func send(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, byteCount: Int, tag: UringTag) {
        filled(aero_uring_send(ring, descriptor, bytes, byteCount, tag.rawValue))
    }

    /// `message` must stay valid until it is submitted.
    func send(_ descriptor: Int32, message: UnsafeRawPointer, tag: UringTag) {
        filled(aero_uring_send_message(ring, descriptor, message, tag.rawValue))
    }

    func accept(_ descriptor: Int32, tag: UringTag) {
        filled(aero_uring_accept(ring, descriptor, tag.rawValue))
    }

    func waitWritable(_ descriptor: Int32, tag: UringTag) {
        filled(aero_uring_wait_writable(ring, descriptor, tag.rawValue))
    }

    func waitBroken(_ descriptor: Int32, tag: UringTag) {
        filled(aero_uring_wait_broken(ring, descriptor, tag.rawValue))
    }

    func watch(_ descriptor: Int32, tag: UringTag) {
        filled(aero_uring_watch(ring, descriptor, tag.rawValue))
    }

    func cancel(_ target: UringTag, tag: UringTag) {
        filled(aero_uring_cancel(ring, target.rawValue, tag.rawValue))
    }

    private func filled(_ status: Int32) {
        precondition(status >= 0, "io_uring takes submissions unless memory is exhausted")
    }

    // MARK: Entering the kernel

    /// Submission entries that were filled and not yet submitted.
    var pendingCount: Int { Int(aero_uring_pending(ring)) }

    /// Submits without collecting completions.
    func submit() { filled(aero_uring_submit(ring)) }

    /// Submits, and turns deferred work into completions, if there is any of either. True when
    /// the kernel was entered.
    func poll() throws(Errno) -> Bool { try Syscall.check(aero_uring_poll(ring)) > 0 }

    /// Submits and sleeps until there is a completion.
    /// - Parameter timeoutNanoseconds: Below zero waits for ever.
    func sleep(timeoutNanoseconds: Int64) throws(Errno) {
        try Syscall.check(aero_uring_sleep(ring, timeoutNanoseconds))
    }

    /// True when `take()` has something.
    var hasCompletion: Bool { aero_uring_has_completion(ring) }

    /// The oldest completion, consumed.
    @inline(__always)
    func take() -> Entry? {
        var entry = Entry()
        return aero_uring_take(ring, &entry) ? entry : nil
    }
}
