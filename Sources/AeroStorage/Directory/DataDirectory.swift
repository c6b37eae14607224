// The directory that a broker keeps everything in: who may use it, and where things are.

package import AeroIO

/// Why a data directory cannot be used.
package enum DataDirectoryError: Error, Equatable, Sendable {
    /// There are files, but not those of a data directory: the path, and one name found there.
    case foreign(path: String, found: String)
    /// Another broker uses it.
    case locked(path: String)
    /// Written by a version that this one does not know.
    case unknownFormat(path: String, format: String)
    /// A file does not have the checksum it states, or is cut off.
    case damaged(path: String, what: String)
    /// A call to the operating system failed: what was tried, where, and why.
    case system(action: String, path: String, Errno)
}

/// A data directory in use by this process; the lock goes with the object.
///
/// ```
/// format                the line `aeromq.data/1`
/// lock                  locked while a broker runs
/// topics/NAME.ID/       one directory per topic: see `TopicDirectories`
/// checkpoints/shard-N   one file per shard: see `Checkpoint`
/// checkpoints/ballast-N room for it on a full disk
/// producer-ids          which producer ids may have been given: see `IdKind`
/// topic-ids             which topic ids may have been given
/// quarantine/           what recovery cut from logs and did not take for a torn end
/// ```
package final class DataDirectory: Sendable {
    /// Where it is.
    package let path: String
    /// The disk it is on.
    package let disk: any Disk
    private let lock: any DiskLock

    private static let format = "aeromq.data/1\n"
    private static let folders = ["topics", "checkpoints", "quarantine"]

    private init(path: String, disk: any Disk, lock: any DiskLock) {
        self.path = path
        self.disk = disk
        self.lock = lock
    }

    /// Opens a data directory, or makes one of an empty or missing directory.
    ///
    /// - Throws: `.foreign`, `.locked`, `.unknownFormat`, `.system`.
    package static func open(
        _ path: String, on disk: any Disk
    ) throws(DataDirectoryError) -> DataDirectory {
        let names = try entryNames(path, disk)
        let isNew = !names.contains("format")
        // A broker that died while it made the directory may have left these.
        let harmless: Set<String> = ["lock", "lost+found", "format.tmp"]
        if isNew, let found = names.first(where: { !harmless.contains($0) }) {
            throw .foreign(path: path, found: found)
        }
        let lock = try takeLock(path, disk)
        if isNew {
            try run("create", path) { () throws(Errno) in
                try disk.replaceFile(path + "/format", with: [UInt8](format.utf8))
            }
        } else {
            try checkFormat(path, disk)
        }
        for folder in folders where !names.contains(folder) {
            try run("create", path + "/" + folder) { () throws(Errno) in
                try disk.createDirectory(path + "/" + folder)
                try disk.synchronizeDirectory(path)
            }
        }
        return DataDirectory(path: path, disk: disk, lock: lock)
    }

    /// Where recovery puts what it cut away.
    package var quarantinePath: String { path + "/quarantine" }

    /// The names in the directory, which is created if need be, in order.
    private static func entryNames(
        _ path: String, _ disk: any Disk
    ) throws(DataDirectoryError) -> [String] {
        do throws(Errno) {
            return try disk.entries(of: path).map(\.name).sorted()
        } catch .noSuchFile {
            try run("create", path) { () throws(Errno) in
                try disk.createDirectory(path)
                try disk.synchronizeDirectory(DiskPath.split(path).directory)
            }
            return []
        } catch {
            throw .system(action: "read", path: path, error)
        }
    }

    private static func takeLock(
        _ path: String, _ disk: any Disk
    ) throws(DataDirectoryError) -> any DiskLock {
        let lock = try run("lock", path + "/lock") { () throws(Errno) in
            try disk.lock(path + "/lock")
        }
        guard let lock else { throw .locked(path: path) }
        return lock
    }

    private static func checkFormat(
        _ path: String, _ disk: any Disk
    ) throws(DataDirectoryError) {
        let found = try run("read", path + "/format") { () throws(Errno) in
            try disk.readFile(path + "/format", limit: 256)
        }
        guard found == [UInt8](format.utf8) else {
            throw .unknownFormat(
                path: path,
                format: String(decoding: found.prefix { $0 != 10 }, as: UTF8.self))
        }
    }

    /// Runs a call to the disk and says what it was for when it fails.
    static func run<Value>(
        _ action: String, _ path: String, _ body: () throws(Errno) -> Value
    ) throws(DataDirectoryError) -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            throw .system(action: action, path: path, error)
        }
    }
}
