// A second thread for benchmarks that need one.

import AeroIO
import Glibc

/// A running thread; `join` must be called.
struct BenchmarkThread {
    private let handle: JoinHandle

    init(_ body: @escaping @Sendable () -> Void) {
        do throws(Errno) {
            handle = try SystemThread.start(name: "benchmark", body)
        } catch {
            preconditionFailure("no second thread to be had: \(error)")
        }
    }

    func join() { handle.join() }

    static func yield() { sched_yield() }
}
