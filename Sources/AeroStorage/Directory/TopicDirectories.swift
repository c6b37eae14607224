// The directories of topics: created, found again, and taken away.

package import AeroIO

/// A topic found in a data directory.
package struct StoredTopic: Sendable {
    /// The directory's name, `NAME.ID`.
    package let directoryName: String
    /// The lines of its file.
    package let lines: [String]
}

/// What a data directory has of topics.
package struct TopicInventory: Sendable {
    /// Topics whose file is whole, by directory name.
    package var topics: [StoredTopic] = []
    /// Entries of other origin, which were left alone: their paths.
    package var foreign: [String] = []
}

extension DataDirectory {
    private static let topicFile = "/topic"
    private static let deletedSuffix = ".deleted"
    private static let newSuffix = ".new"

    private var topicsPath: String { path + "/topics" }

    /// Where a topic's partition keeps its log.
    package func partitionPath(topic directoryName: String, partition: UInt32) -> String {
        "\(topicsPath)/\(directoryName)/\(partition)"
    }

    /// Makes a topic's directory; it is there with its file, or not at all.
    ///
    /// - Throws: `.system`. Where its name could be neither made durable nor taken back, a
    ///   directory may be left, whose topic nobody knows.
    package func createTopic(
        _ directoryName: String, lines: [String]
    ) throws(DataDirectoryError) {
        let final = topicsPath + "/" + directoryName
        let fresh = final + Self.newSuffix
        try Self.run("create", final) { () throws(Errno) in
            try disk.createDirectory(fresh)
            try disk.replaceFile(fresh + Self.topicFile, with: SealedText.encode(lines))
            try disk.rename(fresh, to: final)
            do throws(Errno) {
                try disk.synchronizeDirectory(topicsPath)
            } catch {
                // The caller will say that there is no such topic.
                let cause = error
                do throws(Errno) { try disk.rename(final, to: fresh) } catch { throw cause }
                throw cause
            }
        }
    }

    /// Replaces a topic's file.
    ///
    /// - Throws: `.system`; the old file stays then.
    package func alterTopic(
        _ directoryName: String, lines: [String]
    ) throws(DataDirectoryError) {
        let file = topicsPath + "/" + directoryName + Self.topicFile
        try Self.run("replace", file) { () throws(Errno) in
            try disk.replaceFile(file, with: SealedText.encode(lines))
        }
    }

    /// Takes a topic away: it is gone when this returns, its files are still to be removed by
    /// `removeDeletedTopics`.
    ///
    /// - Returns: Why a power loss may bring it back; nil when it is gone for good.
    /// - Throws: `.system`; no crash takes the topic away then.
    @discardableResult
    package func deleteTopic(_ directoryName: String) throws(DataDirectoryError) -> Errno? {
        let final = topicsPath + "/" + directoryName
        let deleted = final + Self.deletedSuffix
        return try Self.run("delete", final) { () throws(Errno) -> Errno? in
            try disk.rename(final, to: deleted)
            do throws(Errno) {
                try disk.synchronizeDirectory(topicsPath)
                return nil
            } catch {
                // A topic that is said to be there takes batches, which must not go with its name.
                guard isTakenBack(deleted, to: final) else { return error }
                throw error
            }
        }
    }

    /// Gives a deleted topic its name again, for good; where that cannot be, it stays deleted.
    private func isTakenBack(_ deleted: String, to final: String) -> Bool {
        do throws(Errno) {
            try disk.rename(deleted, to: final)
        } catch {
            return false
        }
        do throws(Errno) {
            try disk.synchronizeDirectory(topicsPath)
            return true
        } catch {
            do throws(Errno) { try disk.rename(final, to: deleted) } catch { return false }
            return false
        }
    }

    /// Moves a topic's directory to the quarantine.
    ///
    /// - Returns: Where it is.
    /// - Throws: `.system`.
    package func setTopicAside(_ directoryName: String) throws(DataDirectoryError) -> String {
        let source = topicsPath + "/" + directoryName
        let target = quarantinePath + "/" + directoryName
        try Self.run("set aside", source) { () throws(Errno) in
            try disk.rename(source, to: target)
            try disk.synchronizeDirectory(quarantinePath)
            try disk.synchronizeDirectory(topicsPath)
        }
        return target
    }

    /// Finds all topics, and removes what a broker left that died while it created one.
    ///
    /// - Throws: `.damaged` for a topic whose file does not have its checksum, `.system`.
    package func findTopics() throws(DataDirectoryError) -> TopicInventory {
        var inventory = TopicInventory()
        let entries = try Self.run("read", topicsPath) { () throws(Errno) in
            try disk.entries(of: topicsPath)
        }
        for entry in entries.sorted(by: { $0.name < $1.name }) {
            let place = topicsPath + "/" + entry.name
            if entry.kind != .directory {
                inventory.foreign.append(place)
            } else if entry.name.hasSuffix(Self.newSuffix) {
                try removeTree(place)
            } else if !entry.name.hasSuffix(Self.deletedSuffix) {
                try add(entry.name, to: &inventory)
            }
        }
        return inventory
    }

    /// The ids of topics that were deleted and whose files are still there.
    ///
    /// - Throws: `.system`.
    package func deletedTopicIds() throws(DataDirectoryError) -> [UInt32] {
        let entries = try Self.run("read", topicsPath) { () throws(Errno) in
            try disk.entries(of: topicsPath)
        }
        return entries.compactMap { entry in
            guard entry.name.hasSuffix(Self.deletedSuffix) else { return nil }
            let name = entry.name.dropLast(Self.deletedSuffix.count)
            return name.split(separator: ".").last.flatMap { UInt32($0) }
        }
    }

    private func add(
        _ directoryName: String, to inventory: inout TopicInventory
    ) throws(DataDirectoryError) {
        let file = topicsPath + "/" + directoryName + Self.topicFile
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try disk.readFile(file, limit: 64 << 10)
        } catch .noSuchFile {
            inventory.foreign.append(topicsPath + "/" + directoryName)
            return
        } catch {
            throw .system(action: "read", path: file, error)
        }
        guard let lines = SealedText.decode(bytes) else {
            throw .damaged(path: file, what: "its checksum does not match")
        }
        inventory.topics.append(StoredTopic(directoryName: directoryName, lines: lines))
    }

    /// Removes the files of deleted topics.
    ///
    /// - Throws: `.system`; what is left is removed by a later call.
    package func removeDeletedTopics() throws(DataDirectoryError) {
        let entries = try Self.run("read", topicsPath) { () throws(Errno) in
            try disk.entries(of: topicsPath)
        }
        for entry in entries
        where entry.kind == .directory && entry.name.hasSuffix(Self.deletedSuffix) {
            try removeTree(topicsPath + "/" + entry.name)
        }
    }

    /// Removes a topic's directory, which has two levels below it.
    private func removeTree(_ path: String) throws(DataDirectoryError) {
        try Self.run("remove", path) { () throws(Errno) in
            for entry in try disk.entries(of: path) {
                let place = path + "/" + entry.name
                guard entry.kind == .directory else {
                    try disk.remove(place)
                    continue
                }
                for file in try disk.entries(of: place) {
                    try disk.remove(place + "/" + file.name)
                }
                try disk.removeDirectory(place)
            }
            try disk.removeDirectory(path)
            try disk.synchronizeDirectory(topicsPath)
        }
    }
}
