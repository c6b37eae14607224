// Memory and poller of a worker's clients, or the reason why there are none.

import AeroIO
import AeroLoad
import AeroMemory

package enum ClientResources {
    /// How long connecting all clients of a worker may take, unless a driver is told otherwise.
    package static let connectNanosecondsDefault: Int64 = 20_000_000_000

    /// A pool for batches on their way and frames that arrived in parts.
    static func makePool(byteCountMax: Int) throws(DriverError) -> BufferPool {
        do throws(PoolError) {
            return try BufferPool(
                configuration: BufferPoolConfiguration(capacityBytes: byteCountMax))
        } catch {
            throw DriverError("set up the clients' memory", "\(error)")
        }
    }

    /// A poller that takes much at once: fewer frames are split between two receives.
    ///
    /// - Parameter connectionCount: How many connections it is for at most.
    static func makePoller(connectionCount: Int = 65_536) throws(DriverError) -> EpollPoller {
        var configuration = PollerConfiguration()
        configuration.receiveByteCount = 512 * 1024
        configuration.slotCountLimit = connectionCount
        do throws(Errno) {
            return try EpollPoller(configuration: configuration)
        } catch {
            throw DriverError("set up the clients' poller", "\(error)")
        }
    }

    /// A poller for connections that a C library reads and writes itself.
    static func makeReadinessPoller() throws(DriverError) -> ReadinessPoller {
        do throws(Errno) { return try ReadinessPoller() } catch {
            throw DriverError("set up the clients' poller", "\(error)")
        }
    }
}
