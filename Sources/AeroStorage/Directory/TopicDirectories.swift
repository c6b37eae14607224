// The directories of topics: created, found again, and taken away.

import AeroIO

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
    /// - Throws: `.system`.
    package func createTopic(
        _ directoryName: String, lines: [String]
    ) throws(DataDirectoryError) {
        let final = topicsPath + "/" + directoryName
        let fresh = final + Self.newSuffix
        try Self.run("create", final) { () throws(Errno) in
            try disk.createDirectory(fresh)
            try disk.replaceFile(fresh + Self.topicFile, with: SealedText.encode(lines))
            try disk.rename(fresh, to: final)
            try disk.synchronizeDirectory(topicsPath)
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

    /// Takes a topic away: it is gone for good when this returns, its files are still to be
    /// removed by `removeDeletedTopics`.
    ///
    /// - Throws: `.system`.
    package func deleteTopic(_ directoryName: String) throws(DataDirectoryError) {
        let final = topicsPath + "/" + directoryName
        try Self.run("delete", final) { () throws(Errno) in
            try disk.rename(final, to: final + Self.deletedSuffix)
            try disk.synchronizeDirectory(topicsPath)
        }
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
