// The producer ids of a broker, handed out to all shards.

import AeroCore
import AeroIO
import AeroStorage
import AeroWire
import Synchronization

/// Hands out producer ids under a lock; asked once in a producer's life.
internal final class ProducerIds: Sendable {
    private let allocator: Mutex<ProducerIdAllocator>
    private let storage: BrokerStorage?

    /// - Parameters:
    ///   - storage: Where reservations are kept; nil for a broker without a disk.
    ///   - seed: Where ids start when there is no reservation; nil for anywhere.
    /// - Throws: `BrokerError.storage` when the reservation cannot be read.
    init(storage: BrokerStorage?, seed: UInt64?) throws(BrokerError) {
        self.storage = storage
        var system = SystemRandomNumberGenerator()
        // Also in a directory without the file: somebody may have taken it away, and the logs may
        // hold any id.
        let fresh = ProducerIdAllocator(random: seed ?? system.next())
        guard let storage else {
            allocator = Mutex(fresh)
            return
        }
        let end: Int64?
        do throws(DataDirectoryError) {
            end = try storage.directory.readIdEnd(.producers)
        } catch .damaged(let path, let what) {
            storage.note(
                "\(path) is damaged: \(what); producer ids start at a random number",
                isAlarm: true)
            end = nil
        } catch {
            throw .storage(error)
        }
        allocator = Mutex(end.map { ProducerIdAllocator(reservedEnd: $0) } ?? fresh)
    }

    /// An id that no producer has had.
    ///
    /// - Throws: `.diskFull` or `.logFailed` when a block cannot be reserved.
    func takeId() throws(ErrorCode) -> Int64 {
        let outcome: Result<Int64, ErrorCode> = allocator.withLock { allocator in
            do throws(ErrorCode) {
                return .success(
                    try allocator.takeId { (end) throws(ErrorCode) in
                        try storage?.reserveProducerIds(below: end)
                    })
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}
