// Upkeep of logs: retention in turn, slow work in the background.

import AeroCore
import AeroIO
import AeroStorage

extension Shard where P: ~Copyable {
    /// Rolls, retains and forgets, as the topic's settings say.
    func maintain(_ partition: HostedPartition) {
        let outcome = partition.store.maintain(nowMilliseconds: wallMilliseconds)
        if outcome.deletedByteCount > 0 {
            counters.add(outcome.deletedByteCount, to: .logBytesDeleted)
            disk.hasProgress = true
            partition.publishGauges()
        }
        if let errno = outcome.failure { fail(partition, errno, "clean up") }
    }

    /// Starts the next job in the background, if there is one and none is under way.
    func startUpkeep() {
        guard let lanes, !disk.isUpkeepUnderWay, let job = nextUpkeepJob() else { return }
        disk.isUpkeepUnderWay = true
        lanes.upkeep.submit(job)
    }

    private func nextUpkeepJob() -> UpkeepJob? {
        if disk.hasDeletedTopics {
            disk.hasDeletedTopics = false
            return .removeDeletedTopics
        }
        return nil
    }

    /// Takes the end of the job in the background, if it is there.
    func takeUpkeep() {
        guard disk.isUpkeepUnderWay, let outcome = lanes?.upkeep.next() else { return }
        disk.isUpkeepUnderWay = false
        switch outcome {
        case .removedDeletedTopics(let failure):
            // They are removed at the next start, if not before.
            if let failure { context.note("deleted topics: \(failure)", isAlarm: false) }
        }
    }
}
