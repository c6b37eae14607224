// The disk of the machine.

import CLinux
import Glibc
import Synchronization

/// Real files, by Linux system calls.
///
/// A file that grows beyond the process's limit (RLIMIT_FSIZE) gives `Errno.fileTooLarge`: making
/// a disk ignores SIGXFSZ for the whole process, which would end it instead.
package final class SystemDisk: Disk {
    /// Directories held open for `synchronizeFileSystem`.
    // BOUND: one for each path that was asked for: the data directories.
    private let fileSystems = Mutex<[String: SystemDiskFile]>([:])

    /// A disk; all of them are the same.
    package init() {
        let status = aero_signal_ignore(SIGXFSZ)
        precondition(status >= 0, "a signal that exists may be ignored")
    }

    package func open(_ path: String) throws(Errno) -> any DiskFile {
        try openRegular(path, flags: O_RDWR)
    }

    package func openForReading(_ path: String) throws(Errno) -> any DiskFile {
        try openRegular(path, flags: O_RDONLY)
    }

    package func create(_ path: String) throws(Errno) -> any DiskFile {
        SystemDiskFile(try Syscall.open(path, flags: O_RDWR | O_CREAT | O_EXCL))
    }

    /// Opens what must be a regular file. Without O_NONBLOCK a pipe in its place, which has no
    /// business there, would hold up the thread until somebody opens the other end.
    private func openRegular(_ path: String, flags: Int32) throws(Errno) -> SystemDiskFile {
        let file = try Syscall.open(path, flags: flags | O_NONBLOCK)
        switch DiskEntryKind(mode: try Syscall.status(file.rawValue).st_mode) {
        case .file: return SystemDiskFile(file)
        case .directory: throw .isDirectory
        case .other: throw .invalidArgument
        }
    }

    package func createDirectory(_ path: String) throws(Errno) {
        try Syscall.makeDirectory(path)
    }

    package func entries(of path: String) throws(Errno) -> [DiskEntry] {
        try Syscall.entries(of: path)
    }

    package func rename(_ source: String, to target: String) throws(Errno) {
        try Syscall.rename(source, to: target)
    }

    package func remove(_ path: String) throws(Errno) {
        try Syscall.remove(path)
    }

    package func removeDirectory(_ path: String) throws(Errno) {
        try Syscall.removeDirectory(path)
    }

    package func synchronizeDirectory(_ path: String) throws(Errno) {
        let directory = try Syscall.open(path, flags: O_RDONLY | O_DIRECTORY)
        try Syscall.synchronize(directory.rawValue)
    }

    /// The directory stays open, because the kernel reports a failed write back once to each open
    /// file: one opened after another process had been told would not hear of it. So a directory
    /// is best opened before the first write, which `lock` of a file in it does.
    package func synchronizeFileSystem(holding path: String) throws(Errno) {
        try heldOpen(path).synchronizeFileSystem()
    }

    private func heldOpen(_ path: String) throws(Errno) -> SystemDiskFile {
        try fileSystems.withLock { (open) throws(Errno) -> SystemDiskFile in
            if let known = open[path] { return known }
            let fresh = SystemDiskFile(
                try Syscall.open(path, flags: O_RDONLY | O_DIRECTORY))
            open[path] = fresh
            return fresh
        }
    }

    package func lock(_ path: String) throws(Errno) -> (any DiskLock)? {
        let file = try Syscall.open(path, flags: O_RDWR | O_CREAT)
        guard try Syscall.lockExclusively(file.rawValue) else { return nil }
        _ = try heldOpen(DiskPath.split(path).directory)
        return SystemDiskLock(file)
    }
}

/// A lock by flock(2), which the kernel gives back when the file is closed, also by a crash.
private final class SystemDiskLock: DiskLock {
    private let file: FileDescriptor

    init(_ file: consuming FileDescriptor) { self.file = file }
}
