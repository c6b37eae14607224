// Threads of the operating system, named and pinned.

import CLinux
import Glibc
import Synchronization

/// A thread of its own for an event loop or generator.
package enum SystemThread {
    /// How late the kernel may end a timed sleep of a thread started here: 1 us instead of 50.
    private static let timerSlackNanoseconds: UInt64 = 1000

    /// Starts a thread.
    /// - Parameters:
    ///   - name: As the kernel shows it; cut to 15 bytes.
    ///   - core: The only CPU it may run on, or nil for all that are available.
    ///   - body: What it runs; it takes with it what it captures.
    /// - Throws: `.invalidArgument` for a CPU that isn't available, else `Errno` of
    ///   pthread_create(3), such as `.wouldBlock` at the limit of threads.
    package static func start(
        name: String, core: Int? = nil, _ body: sending @escaping () -> Void
    ) throws(Errno) -> JoinHandle {
        if let core, !CPUSet.available.cores.contains(core) { throw .invalidArgument }
        let start = ThreadStart(name: name, core: core, body: body)
        var thread = pthread_t()
        // SAFETY: the new thread takes the retain over; on failure it is taken back here.
        let retained = Unmanaged.passRetained(start)
        let status = pthread_create(&thread, nil, runThread, retained.toOpaque())
        guard status == 0 else {
            retained.release()
            throw Syscall.error(status)
        }
        return JoinHandle(thread)
    }

    /// The name of the calling thread.
    package static var currentName: String {
        var name = [CChar](repeating: 0, count: 16)
        let status = aero_thread_name_get(&name, Int32(name.count))
        precondition(status == 0, "a thread's name fits 16 bytes")
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The kernel's identifier of the calling thread, as in /proc/self/task.
    package static var currentIdentifier: Int32 { aero_thread_identifier() }

    fileprivate static func prepare(name: String, core: Int?) {
        _ = aero_thread_name_set(name)
        // Accuracy of timeouts only: a kernel that refuses leaves them 50 us late.
        _ = aero_timer_slack_set(timerSlackNanoseconds)
        guard let core else { return }
        do { try CPUSet([core]).applyToCurrentThread() } catch {
            preconditionFailure("CPU \(core) was available when the thread was started: \(error)")
        }
    }
}

/// What a new thread is started with.
private final class ThreadStart {
    let name: String
    let core: Int?
    let body: () -> Void

    init(name: String, core: Int?, body: @escaping () -> Void) {
        self.name = name
        self.core = core
        self.body = body
    }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    // SAFETY: `start` passed one retained ThreadStart, and passed it to this thread only.
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    SystemThread.prepare(name: start.name, core: start.core)
    start.body()
    return nil
}

/// A started thread; waits for its end once. A handle that goes away lets the thread run on.
package final class JoinHandle: Sendable {
    private let thread: pthread_t
    private let isJoined = Atomic<Bool>(false)

    fileprivate init(_ thread: pthread_t) { self.thread = thread }

    deinit {
        if !isJoined.load(ordering: .relaxed) { pthread_detach(thread) }
    }

    /// Waits until the thread has ended; whatever it wrote is visible after that. Once only.
    package func join() {
        let wasJoined = isJoined.exchange(true, ordering: .relaxed)
        precondition(!wasJoined, "a thread is joined once")
        let status = pthread_join(thread, nil)
        precondition(status == 0, "a thread that wasn't joined can be")
    }
}
