// Files that are either there whole or not at all.

import Glibc
import Synchronization

/// Writes files so that a reader, or a crash, finds the old content or the new one.
package enum AtomicFile {
    /// Tells temporary files of one process apart.
    private static let counter = Atomic<UInt64>(0)

    /// Replaces the content of a file: temporary file in the same directory, fsync, rename, fsync
    /// of the directory. Leaves nothing behind when it fails. Others may do the same meanwhile.
    /// - Parameters:
    ///   - path: The file; its directory must exist.
    ///   - bytes: The new content.
    /// - Throws: `Errno`: `.noSpace`, `.noSuchFile` for a missing directory, `.accessDenied`, …
    package static func write(_ path: String, _ bytes: [UInt8]) throws(Errno) {
        let serial = counter.add(1, ordering: .relaxed).newValue
        let name = DiskPath.split(path).name
        try SystemDisk().replaceFile(
            path, with: bytes, temporary: ".\(name).\(getpid()).\(serial).tmp")
    }

    /// Replaces the content of a file with text in UTF-8.
    /// - Throws: As `write(_:_:)` for bytes.
    package static func write(_ path: String, text: String) throws(Errno) {
        try write(path, Array(text.utf8))
    }
}
