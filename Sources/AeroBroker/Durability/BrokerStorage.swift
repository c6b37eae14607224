// What a broker with a data directory keeps there, shared by its shards.

import AeroCore
import AeroIO
import AeroStorage
import AeroWire
import Synchronization

/// Something that whoever runs the broker should read, at a start or when a disk fails.
package struct StorageNotice: Sendable, Equatable {
    /// Whether something is lost, refused or no longer durable.
    package let isAlarm: Bool
    /// What was found and what was done, in one line.
    package let text: String
}

/// A data directory in use, its recovery points as they were at the start, and the notices.
internal final class BrokerStorage: Sendable {
    let directory: DataDirectory
    private let recoveryPoints: [PartitionKey: CheckpointEntry]
    private let onNotice: @Sendable (StorageNotice) -> Void

    /// Opens the directory and reads its checkpoints; topics are found by `restoreTopics`.
    ///
    /// - Parameter onNotice: Called on any thread; must be short.
    /// - Throws: `BrokerError.storage`.
    init(
        path: String, disk: any Disk, onNotice: @escaping @Sendable (StorageNotice) -> Void
    ) throws(BrokerError) {
        do throws(DataDirectoryError) {
            directory = try DataDirectory.open(path, on: disk)
            let entries = try directory.readCheckpoints()
            recoveryPoints = Dictionary(
                entries.map { (PartitionKey(topicId: $0.topicId, partition: $0.partition), $0) },
                uniquingKeysWith: { _, last in last })
            try directory.removeDeletedTopics()
        } catch {
            throw .storage(error)
        }
        self.onNotice = onNotice
    }

    /// Enters every topic of the directory into the catalog.
    ///
    /// - Throws: `BrokerError.storage` for a topic that cannot be read or stands there twice.
    func restoreTopics(into catalog: inout TopicCatalog) throws(BrokerError) {
        let inventory: TopicInventory
        do throws(DataDirectoryError) {
            inventory = try directory.findTopics()
        } catch {
            throw .storage(error)
        }
        for path in inventory.foreign {
            note("\(path) is not the broker's; it was left alone", isAlarm: false)
        }
        for stored in inventory.topics {
            let path = directory.path + "/topics/" + stored.directoryName
            guard let topic = TopicProperties(lines: stored.lines),
                topic.directoryName == stored.directoryName, catalog.restore(topic)
            else {
                throw .storage(
                    .damaged(path: path, what: "its file does not describe this topic, or twice"))
            }
        }
    }

    /// What was known to be durable of a partition when the broker started.
    func recoveryPoint(of key: PartitionKey) -> CheckpointEntry? { recoveryPoints[key] }

    /// Tells whoever runs the broker.
    func note(_ text: String, isAlarm: Bool) {
        onNotice(StorageNotice(isAlarm: isAlarm, text: text))
    }
}

extension BrokerStorage {
    func create(_ topic: TopicProperties) throws(ErrorCode) {
        try change("create topic \(topic.name)") { () throws(DataDirectoryError) in
            try directory.createTopic(topic.directoryName, lines: topic.lines)
        }
    }

    func alter(_ topic: TopicProperties) throws(ErrorCode) {
        try change("alter topic \(topic.name)") { () throws(DataDirectoryError) in
            try directory.alterTopic(topic.directoryName, lines: topic.lines)
        }
    }

    func delete(_ topic: TopicProperties) throws(ErrorCode) {
        try change("delete topic \(topic.name)") { () throws(DataDirectoryError) in
            try directory.deleteTopic(topic.directoryName)
        }
    }

    /// Makes sure that no producer id below `end` is handed out again.
    func reserveProducerIds(below end: Int64) throws(ErrorCode) {
        try change("reserve producer ids") { () throws(DataDirectoryError) in
            try directory.writeProducerIdEnd(end)
        }
    }

    private func change(
        _ action: String, _ body: () throws(DataDirectoryError) -> Void
    ) throws(ErrorCode) {
        do throws(DataDirectoryError) {
            try body()
        } catch {
            note("cannot \(action): \(error)", isAlarm: true)
            if case .system(_, _, .noSpace) = error { throw .diskFull }
            throw .logFailed
        }
    }
}
