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
    /// Ids below it may have been given to topics that are no more.
    private let topicIdEnd: UInt32
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
            // What is found here would be enough if files of topics and checkpoints were kept for
            // ever; the file is what remembers those that are gone.
            let given = try directory.deletedTopicIds() + entries.map(\.topicId)
            let found = (given.max() ?? 0).addingReportingOverflow(1)
            topicIdEnd = max(
                try Self.readTopicIdEnd(directory, onNotice),
                found.overflow ? .max : found.partialValue)
            try directory.removeDeletedTopics()
        } catch {
            throw .storage(error)
        }
        self.onNotice = onNotice
    }

    private static func readTopicIdEnd(
        _ directory: DataDirectory, _ onNotice: @Sendable (StorageNotice) -> Void
    ) throws(DataDirectoryError) -> UInt32 {
        do throws(DataDirectoryError) {
            return UInt32(clamping: try directory.readIdEnd(.topics) ?? 0)
        } catch .damaged(let path, let what) {
            onNotice(
                StorageNotice(
                    isAlarm: true,
                    text: "\(path) is damaged: \(what); topic ids go on behind those that are "
                        + "found elsewhere"))
            return 0
        } catch {
            throw error
        }
    }

    /// Enters every topic of the directory into the catalog. Of two of one name the later one is
    /// served: that the other should be there was never said, or has been taken back.
    ///
    /// - Throws: `BrokerError.storage` for a topic that cannot be read.
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
        var topics: [TopicProperties] = []
        for stored in inventory.topics {
            guard let topic = TopicProperties(lines: stored.lines),
                topic.directoryName == stored.directoryName
            else {
                let path = directory.path + "/topics/" + stored.directoryName
                throw .storage(.damaged(path: path, what: "its file does not describe this topic"))
            }
            topics.append(topic)
        }
        for topic in topics.sorted(by: { $0.topicId > $1.topicId })
        where !catalog.restore(topic) { setAside(topic) }
        catalog.skipIds(below: topicIdEnd)
    }

    private func setAside(_ topic: TopicProperties) {
        let name = topic.directoryName
        let what = "there are two topics \(topic.name), of which \(name) is the older one"
        do throws(DataDirectoryError) {
            let place = try directory.setTopicAside(name)
            note("\(what): it was set aside, to \(place)", isAlarm: true)
        } catch {
            note("\(what): it is not served, and could not be set aside: \(error)", isAlarm: true)
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
        let doubt = try change("delete topic \(topic.name)") { () throws(DataDirectoryError) in
            try directory.deleteTopic(topic.directoryName)
        }
        guard let doubt else { return }
        note(
            "topic \(topic.name) is deleted, and may be back after a power loss: \(doubt)",
            isAlarm: true)
    }

    /// Makes sure that no topic id below `end` is given again.
    func reserveTopicIds(below end: UInt32) throws(ErrorCode) {
        try change("reserve topic ids") { () throws(DataDirectoryError) in
            try directory.writeIdEnd(Int64(end), of: .topics)
        }
    }

    /// Makes sure that no producer id below `end` is handed out again.
    func reserveProducerIds(below end: Int64) throws(ErrorCode) {
        try change("reserve producer ids") { () throws(DataDirectoryError) in
            try directory.writeIdEnd(end, of: .producers)
        }
    }

    private func change<Value>(
        _ action: String, _ body: () throws(DataDirectoryError) -> Value
    ) throws(ErrorCode) -> Value {
        do throws(DataDirectoryError) {
            return try body()
        } catch {
            note("cannot \(action): \(error)", isAlarm: true)
            if case .system(_, _, .noSpace) = error { throw .diskFull }
            throw .logFailed
        }
    }
}
