// Files that are either there whole or not at all.

import Glibc
import Synchronization

/// Writes files so that a reader, or a crash, finds the old content or the new one.
package enum AtomicFile {
    /// Tells temporary files of one process apart.
    private static let counter = Atomic<UInt64>(0)

    /// Replaces the content of a file: temporary file in the same directory, fsync, rename, fsync
    /// of the directory. Leaves nothing behind when it fails.
    /// - Parameters:
    ///   - path: The file; its directory must exist.
    ///   - bytes: The new content.
    /// - Throws: `Errno`: `.noSpace`, `.noSuchFile` for a missing directory, `.accessDenied`, …
    package static func write(_ path: String, _ bytes: [UInt8]) throws(Errno) {
        let (directory, name) = split(path)
        guard !name.isEmpty else { throw .isDirectory }
        let serial = counter.add(1, ordering: .relaxed).newValue
        let temporary = "\(directory)/.\(name).\(getpid()).\(serial).tmp"
        do throws(Errno) {
            try writeNew(temporary, bytes)
            try Syscall.rename(temporary, to: path)
        } catch {
            // It may never have been made; the error that brought us here is the one to report.
            _ = Glibc.unlink(temporary)
            throw error
        }
        let folder = try Syscall.open(directory, flags: O_RDONLY | O_DIRECTORY)
        try Syscall.synchronize(folder.rawValue)
    }

    /// Replaces the content of a file with text in UTF-8.
    /// - Throws: As `write(_:_:)` for bytes.
    package static func write(_ path: String, text: String) throws(Errno) {
        try write(path, Array(text.utf8))
    }

    private static func writeNew(_ path: String, _ bytes: [UInt8]) throws(Errno) {
        let file = try Syscall.open(path, flags: O_WRONLY | O_CREAT | O_EXCL)
        try Syscall.writeAll(file.rawValue, bytes)
        try Syscall.synchronize(file.rawValue)
    }

    private static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = slash == path.startIndex ? "/" : String(path[..<slash])
        return (directory, String(path[path.index(after: slash)...]))
    }
}
