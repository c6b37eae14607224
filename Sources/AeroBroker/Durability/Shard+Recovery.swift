// Opening logs: what recovery found, said once, and what cannot be served.

import AeroCore
import AeroIO
import AeroMemory
import AeroStorage
import AeroWire

extension Shard where P: ~Copyable {
    /// Opens the log of every durable partition that this shard owns, before it serves anybody.
    ///
    /// A partition whose log is damaged is refused to clients, one by one; the others are served.
    func openPartitions() {
        guard let directory = context.storage?.directory else { return }
        openFileSystem(of: directory)
        for topic in context.topics.all where topic.properties.durability != .volatile {
            for partition in 0..<topic.properties.partitionCount {
                let key = PartitionKey(topicId: topic.properties.topicId, partition: partition)
                guard shard(of: key) == index else { continue }
                do throws(ErrorCode) {
                    try host(key, of: topic).publishGauges()
                } catch {
                    // Kept in `refusedPartitions`, and said by `openLog`.
                    continue
                }
            }
        }
    }

    /// Before anything is written: an error in front of it might be told to others only.
    private func openFileSystem(of directory: DataDirectory) {
        do throws(Errno) {
            disk.fileSystem = try directory.disk.openFileSystem(holding: directory.path)
        } catch {
            context.note(
                "\(directory.path) cannot be held open: \(error); shard \(index) syncs each file "
                    + "for itself",
                isAlarm: false)
        }
    }

    /// Opens the log of a durable partition, or makes a new one.
    ///
    /// - Throws: `.logDamaged`, `.diskFull`, `.logFailed`; the reason goes to the notices. Damage
    ///   is remembered, everything else is tried again when the partition is next asked for.
    func openLog(
        _ key: PartitionKey, _ topic: TopicProperties
    ) throws(ErrorCode) -> PartitionLog {
        guard let storage = context.storage else { throw .durabilityNotSupported }
        let directory = storage.directory
        let path = directory.partitionPath(topic: topic.directoryName, partition: key.partition)
        let known = storage.recoveryPoint(of: key)
        do throws(StorageError) {
            let log = try PartitionLog(
                opening: path, on: directory.disk, settings: LogSettings(topic),
                recoveryPoint: known?.recoveryPoint,
                quarantine: directory.quarantinePath, source: chunks,
                nowMilliseconds: wallMilliseconds)
            unopenedPoints[key] = nil
            report(log.recovery, path)
            return log
        } catch {
            context.note("\(path): \(error)", isAlarm: true)
            unopenedPoints[key] = known
            let code = error.code
            if code == .logDamaged { refusedPartitions[key] = code }
            throw code
        }
    }

    private func report(_ recovery: RecoveryReport, _ path: String) {
        for finding in recovery.findings {
            context.note("\(path): \(finding.text)", isAlarm: finding.isAlarm)
        }
    }
}

extension LogSettings {
    /// The settings of a topic's logs.
    init(_ topic: TopicProperties) {
        self.init(durability: topic.durability)
        segmentByteCount = topic.settings.segmentByteCount
        segmentMilliseconds = topic.settings.segmentMilliseconds
        retentionByteCount = topic.settings.retentionByteCount
        retentionMilliseconds = topic.settings.retentionMilliseconds
        cleanup =
            switch topic.settings.cleanup {
            case .delete: .delete
            case .compact: .compact
            case .compactAndDelete: .compactAndDelete
            }
        dirtyRatioMin = topic.settings.dirtyRatioMin
        deleteRetentionMilliseconds = topic.settings.deleteRetentionMilliseconds
        maximumUnsettledByteCount = Int(clamping: topic.maximumByteCount)
    }
}
