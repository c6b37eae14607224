// The thread that ends a pool's waits and closes what was unused for too long.

import AeroIO

/// Sleeps until the next thing of a pool is due, and is woken when something is due earlier.
enum ConnectionPoolTimer {
    /// Starts the thread, which ends with the pool.
    static func start(_ core: ConnectionPoolCore) throws(ClientError) {
        do throws(Errno) {
            _ = try SystemThread.start(name: "aeromq-pool") { run(core) }
        } catch {
            throw ClientError(.systemFailure, "cannot start a thread: \(error)")
        }
    }

    private static func run(_ core: ConnectionPoolCore) {
        do throws(Errno) {
            var configuration = PollerConfiguration()
            // Nothing is ever received: the poller is for its sleep and its waker.
            configuration.receiveByteCount = 1
            configuration.eventCapacity = 1
            configuration.slotCountLimit = 1
            var poller = try EpollPoller(configuration: configuration)
            core.signal.attach(poller.waker)
            while core.signal.closing == nil {
                let now = MonotonicClock.nowNanoseconds()
                let due = core.expire(nowNanoseconds: now)
                try poller.wait(timeoutNanoseconds: due == .max ? -1 : max(due - now, 0))
                while poller.next() != nil {}
            }
        } catch {
            core.beginClosing(
                ClientError(.systemFailure, "the pool's timer cannot go on: \(error)"),
                closesLent: false)
        }
    }
}
