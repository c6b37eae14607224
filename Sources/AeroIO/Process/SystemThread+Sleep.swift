// Doing nothing for a while, where nothing could wake the thread anyway.

import Glibc

extension SystemThread {
    /// Blocks the calling thread; for control threads that look at something now and then.
    ///
    /// - Parameter nanoseconds: At least 0; a signal may end the sleep early.
    package static func sleep(nanoseconds: Int64) {
        var time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        nanosleep(&time, nil)
    }
}
