// What the calling thread has used of the machine.

import Glibc

/// Running totals of one thread, from getrusage(2) with RUSAGE_THREAD.
package struct ThreadUsage: Equatable, Sendable {
    /// CPU time in user mode, ns.
    package let userNanoseconds: Int64
    /// CPU time in the kernel, ns.
    package let systemNanoseconds: Int64
    /// Times the thread gave its core up.
    package let voluntaryContextSwitchCount: Int64
    /// Times its core was taken away.
    package let involuntaryContextSwitchCount: Int64

    /// Makes the totals from their parts; each parameter is the property of the same name.
    package init(
        userNanoseconds: Int64, systemNanoseconds: Int64, voluntaryContextSwitchCount: Int64,
        involuntaryContextSwitchCount: Int64
    ) {
        self.userNanoseconds = userNanoseconds
        self.systemNanoseconds = systemNanoseconds
        self.voluntaryContextSwitchCount = voluntaryContextSwitchCount
        self.involuntaryContextSwitchCount = involuntaryContextSwitchCount
    }

    /// RUSAGE_THREAD, which the Glibc module does not show.
    private static let thisThread = __rusage_who_t(1)

    /// The calling thread's totals until now.
    package static var current: ThreadUsage {
        var usage = rusage()
        let outcome = getrusage(thisThread, &usage)
        precondition(outcome == 0, "getrusage of the own thread fails for no valid argument")
        return ThreadUsage(
            userNanoseconds: usage.ru_utime.nanoseconds,
            systemNanoseconds: usage.ru_stime.nanoseconds,
            voluntaryContextSwitchCount: Int64(usage.ru_nvcsw),
            involuntaryContextSwitchCount: Int64(usage.ru_nivcsw))
    }
}

extension timeval {
    fileprivate var nanoseconds: Int64 { Int64(tv_sec) * 1_000_000_000 + Int64(tv_usec) * 1_000 }
}
