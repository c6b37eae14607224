// Whether this kernel, in this container, lets us use io_uring the way we do.

import CLinux
import Glibc

/// A trial of io_uring that does what the poller does, on a socket pair.
package enum UringProbe {
    /// What came of it.
    package enum Outcome: Equatable, Sendable {
        /// Everything the poller uses works.
        case usable
        /// The step that failed, its error, and what may be behind it.
        case refused(step: String, error: Errno, hint: String?)
    }

    /// The outcome of the first trial of this process.
    package static let cached: Outcome = run()

    /// Tries: makes a ring, registers buffers, receives twice with one multishot receive.
    package static func run() -> Outcome {
        var step = "setting up a ring"
        do throws(Errno) {
            let queue = try UringQueue(entryCount: 8, completionCount: 16)
            step = "registering a buffer ring"
            let buffers = try UringBuffers(queue: queue, count: 4, byteCount: 64)
            step = "a multishot receive"
            try receiveTwice(queue, buffers)
            return .usable
        } catch {
            return .refused(step: step, error: error, hint: hint(for: error))
        }
    }

    private static func receiveTwice(
        _ queue: borrowing UringQueue, _ buffers: borrowing UringBuffers
    ) throws(Errno) {
        let ends = try Syscall.socketPair()
        let near = FileDescriptor(owning: ends.0)
        let far = FileDescriptor(owning: ends.1)
        let tag = UringTag(.receive)
        queue.receive(near.rawValue, tag: tag)
        for _ in 0..<2 {
            try Syscall.writeAll(far.rawValue, [1])
            try queue.sleep(timeoutNanoseconds: 1_000_000_000)
            guard let entry = queue.take() else { throw .timedOut }
            guard entry.result >= 0 else { throw Errno(rawValue: -entry.result) }
            // One that ends after its first receive is not the multishot we need.
            guard entry.result == 1, entry.buffer >= 0, !entry.is_last else {
                throw .notSupportedByKernel
            }
            buffers.provide(entry.buffer, to: queue)
        }
    }

    /// What an operator can do about a refusal.
    private static func hint(for error: Errno) -> String? {
        if let text = SmallFile.readText("/proc/sys/kernel/io_uring_disabled"), text != "0\n" {
            return "kernel.io_uring_disabled is \(text.prefix { $0.isNumber })"
        }
        switch error {
        case .permissionDenied: return "a seccomp filter, as containers have, may forbid it"
        case .notSupportedByKernel, .invalidArgument: return "Linux 6.1 or newer is needed"
        default: return nil
        }
    }
}
