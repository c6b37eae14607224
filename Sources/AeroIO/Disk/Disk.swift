// What storage asks of a disk: the one boundary behind which a test can put faults.

/// A file system as storage uses it. Paths are absolute or relative to the working directory.
///
/// Nothing is durable before it was synchronized: bytes of a file by `DiskFile.synchronize`, the
/// name of a created, renamed or removed entry by `synchronizeDirectory` of the directory that
/// holds it. A disk and its files may be used from any thread; calls block.
///
/// Held as an existential on purpose: every call is at least one system call, so the dispatch
/// costs nothing that could be measured, and generics would run through all of the broker.
package protocol Disk: AnyObject, Sendable {
    /// Opens an existing file for reading and writing.
    /// - Throws: `Errno.noSuchFile`, `.isDirectory`, `.invalidArgument` for what is neither a file
    ///   nor a directory, and all else of open(2).
    func open(_ path: String) throws(Errno) -> any DiskFile

    /// Opens an existing file for reading: also one that this process may not write, and on a file
    /// system that is mounted read-only. Writing to it is a programming error.
    /// - Throws: As `open`.
    func openForReading(_ path: String) throws(Errno) -> any DiskFile

    /// Creates a file, which must not exist, and opens it for reading and writing.
    /// - Throws: `Errno.fileExists` and all else of open(2).
    func create(_ path: String) throws(Errno) -> any DiskFile

    /// Creates one directory.
    /// - Throws: `Errno.fileExists` and all else of mkdir(2).
    func createDirectory(_ path: String) throws(Errno)

    /// The entries of a directory, without `.` and `..`, in no order.
    /// - Throws: `Errno` of opendir(3).
    func entries(of path: String) throws(Errno) -> [DiskEntry]

    /// Renames a file or directory; an existing file at `target` is replaced in one step.
    /// - Throws: `Errno` of rename(2).
    func rename(_ source: String, to target: String) throws(Errno)

    /// Removes a file. Its bytes stay readable through files that are open.
    /// - Throws: `Errno` of unlink(2).
    func remove(_ path: String) throws(Errno)

    /// Removes an empty directory.
    /// - Throws: `Errno` of rmdir(2).
    func removeDirectory(_ path: String) throws(Errno)

    /// Makes the names in a directory durable: fsync(2) of the directory.
    func synchronizeDirectory(_ path: String) throws(Errno)

    /// Opens the file system that holds `path`, to make all of it durable at once.
    /// - Throws: `Errno` of open(2).
    func openFileSystem(holding path: String) throws(Errno) -> any DiskFileSystem

    /// Takes an exclusive lock on a file, which is created if need be. The lock ends with the
    /// object or the process.
    /// - Returns: nil when another process has it.
    func lock(_ path: String) throws(Errno) -> (any DiskLock)?
}

/// A file system, held open as long as the object lives.
///
/// The kernel tells each open description once that something could not be written back, and not
/// what. So it is opened before the first write that it is to hear of, and by everybody who has to
/// hear of it: of two who share one, the second would be told that all is well.
package protocol DiskFileSystem: AnyObject, Sendable {
    /// Makes everything written so far durable, files and names: syncfs(2).
    ///
    /// - Throws: `Errno` when something could not be written back since the last call, or since it
    ///   was opened. Which files are concerned, their own `synchronize` says.
    func synchronize() throws(Errno)
}

/// An exclusive lock, held as long as the object lives.
package protocol DiskLock: AnyObject, Sendable {}

/// What kind of thing a name in a directory stands for.
package enum DiskEntryKind: Sendable, Equatable {
    case file, directory, other
}

/// A name in a directory.
package struct DiskEntry: Sendable, Equatable {
    package let name: String
    package let kind: DiskEntryKind

    package init(name: String, kind: DiskEntryKind) {
        self.name = name
        self.kind = kind
    }
}

/// An open file; closed when the last reference goes.
package protocol DiskFile: AnyObject, Sendable {
    /// Its length in bytes.
    func byteCount() throws(Errno) -> Int

    /// Writes all of `bytes` at `position`; a gap before it reads as zeros.
    ///
    /// - Throws: `Errno.noSpace`, `.ioError` and all else of pwrite(2): a part may have been
    ///   written then, and the same call may be made again.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(Errno)

    /// Reads until `memory` is full or the file ends.
    /// - Returns: Bytes read; fewer than asked for only at the end of the file.
    func read(into memory: UnsafeMutableRawBufferPointer, at position: Int) throws(Errno) -> Int

    /// Sets the length.
    func truncate(to byteCount: Int) throws(Errno)

    /// Makes all bytes written so far durable, and the length with them: fdatasync(2).
    ///
    /// Fails, once, also when the kernel could not write some of them back earlier, since the file
    /// was opened, whoever has heard of that. After an error nobody knows what is durable: the file
    /// must not be written to again.
    func synchronize() throws(Errno)

    /// Tells the kernel that a range will be read soon.
    func willRead(_ range: Range<Int>)

    /// The descriptor to hand to sendfile(2), or nil where there is none (a simulated disk).
    var descriptor: Int32? { get }
}

/// A range of an open file, sent to a socket without passing through this process's memory.
package struct FileSlice: Sendable {
    /// The file; kept open.
    package let file: any DiskFile
    /// First byte.
    package let position: Int
    /// Length in bytes; all of it was in the file when the slice was made.
    package let byteCount: Int

    package init(file: any DiskFile, position: Int, byteCount: Int) {
        self.file = file
        self.position = position
        self.byteCount = byteCount
    }
}
