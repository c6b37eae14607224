// A second thread for benchmarks that need one.

import Glibc

/// A running thread; `join` must be called.
struct BenchmarkThread {
    private let handle: pthread_t

    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    init(_ body: @escaping @Sendable () -> Void) {
        var handle = pthread_t()
        // SAFETY: retained here once and taken back once, by the started thread.
        let context = Unmanaged.passRetained(Work(body)).toOpaque()
        let code = pthread_create(
            &handle, nil,
            { context in
                guard let context else { return nil }
                // SAFETY: the pointer made above, released exactly here.
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, context)
        precondition(code == 0, "no second thread to be had")
        self.handle = handle
    }

    func join() {
        let code = pthread_join(handle, nil)
        precondition(code == 0, "the thread was started here and is joined once")
    }

    static func yield() { sched_yield() }
}
