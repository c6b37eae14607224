// The disk of the machine.

import CLinux
import Glibc

/// Real files, by Linux system calls.
///
/// A file that grows beyond the process's limit (RLIMIT_FSIZE) gives `Errno.fileTooLarge`: making
/// a disk ignores SIGXFSZ for the whole process, which would end it instead.
package final class SystemDisk: Disk {
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

    package func openFileSystem(holding path: String) throws(Errno) -> any DiskFileSystem {
        SystemFileSystem(try Syscall.open(path, flags: O_RDONLY | O_DIRECTORY))
    }

    package func lock(_ path: String) throws(Errno) -> (any DiskLock)? {
        let file = try Syscall.open(path, flags: O_RDWR | O_CREAT)
        guard try Syscall.lockExclusively(file.rawValue) else { return nil }
        return SystemDiskLock(file)
    }
}

/// A directory that stands for its file system.
private final class SystemFileSystem: DiskFileSystem {
    private let directory: FileDescriptor

    init(_ directory: consuming FileDescriptor) { self.directory = directory }

    func synchronize() throws(Errno) {
        try Syscall.synchronizeFileSystem(directory.rawValue)
    }
}

/// A lock by flock(2), which the kernel gives back when the file is closed, also by a crash.
private final class SystemDiskLock: DiskLock {
    private let file: FileDescriptor

    init(_ file: consuming FileDescriptor) { self.file = file }
}
