// The system calls behind a disk: files at positions, directories, locks and what makes it durable.

import CLinux
import Glibc

extension Syscall {
    // MARK: Bytes of a file

    /// fstat(2).
    static func status(_ descriptor: Int32) throws(Errno) -> stat {
        var status = stat()
        _ = try retry { Int(fstat(descriptor, &status)) }.get()
        return status
    }

    /// pwrite(2) until all bytes are taken. A part may have been written when it throws.
    static func writeAll(
        _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at position: Int
    ) throws(Errno) {
        var written = 0
        // BOUND: each round writes at least one byte.
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = try retry {
                pwrite(descriptor, rest.baseAddress, rest.count, off_t(position + written))
            }.get()
            // A regular file never takes zero of more than zero bytes; going on might never end.
            guard count > 0 else { throw .ioError }
            written += count
        }
    }

    /// pread(2) until the memory is full or the file ends.
    /// - Returns: Bytes read.
    static func readAll(
        _ descriptor: Int32, into memory: UnsafeMutableRawBufferPointer, at position: Int
    ) throws(Errno) -> Int {
        var filled = 0
        // BOUND: each round reads at least one byte, or is the last.
        while filled < memory.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: memory[filled...])
            let count = try retry {
                pread(descriptor, rest.baseAddress, rest.count, off_t(position + filled))
            }.get()
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// ftruncate(2).
    static func truncate(_ descriptor: Int32, to byteCount: Int) throws(Errno) {
        _ = try retry { Int(ftruncate(descriptor, off_t(byteCount))) }.get()
    }

    /// posix_fadvise(2) with POSIX_FADV_WILLNEED: advice, so whatever comes of it is no error.
    static func adviseWillNeed(_ descriptor: Int32, _ range: Range<Int>) {
        _ = posix_fadvise(
            descriptor, off_t(range.lowerBound), off_t(range.count), POSIX_FADV_WILLNEED)
    }

    // MARK: Durability

    /// fdatasync(2). Interrupted is the one failure that loses nothing, and the one retried.
    static func synchronizeData(_ descriptor: Int32) throws(Errno) {
        _ = try retry { Int(fdatasync(descriptor)) }.get()
    }

    /// syncfs(2).
    static func synchronizeFileSystem(_ descriptor: Int32) throws(Errno) {
        var status: Int32
        // BOUND: an interruption needs a signal each time round.
        repeat { status = aero_syncfs(descriptor) } while status == -EINTR
        try check(status)
    }

    // MARK: To a socket

    /// sendfile(2) to a non-blocking socket, without `SIGPIPE`; it may wait for the disk.
    /// - Returns: Zero bytes moved only where the file ends.
    static func sendFile(
        _ socket: Int32, _ file: Int32, at position: Int, byteCount: Int
    ) -> TransferResult {
        _ = ignoredBrokenPipes
        // BOUND: an interruption needs a signal each time round.
        while true {
            let count = aero_sendfile(socket, file, Int64(position), Int64(byteCount))
            if count >= 0 { return .moved(Int(count)) }
            switch Int32(-count) {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case let code: return .failed(error(code))
            }
        }
    }

    /// Ignores SIGPIPE for the whole process, once: sendfile(2) has no flag against it.
    private static let ignoredBrokenPipes: Int32 = aero_signal_ignore(SIGPIPE)

    // MARK: Names

    /// mkdir(2).
    static func makeDirectory(_ path: String) throws(Errno) {
        _ = try retry { Int(mkdir(path, 0o755)) }.get()
    }

    /// unlink(2).
    static func remove(_ path: String) throws(Errno) {
        _ = try retry { Int(unlink(path)) }.get()
    }

    /// rmdir(2).
    static func removeDirectory(_ path: String) throws(Errno) {
        _ = try retry { Int(rmdir(path)) }.get()
    }

    /// flock(2) with LOCK_EX and LOCK_NB: false when another open file has the lock.
    static func lockExclusively(_ descriptor: Int32) throws(Errno) -> Bool {
        switch retry({ Int(flock(descriptor, LOCK_EX | LOCK_NB)) }) {
        case .success: return true
        case .failure(.wouldBlock): return false
        case .failure(let error): throw error
        }
    }

    /// The entries of a directory without `.` and `..`, by readdir(3); where the file system
    /// doesn't say what an entry is, by fstatat(2) of it.
    static func entries(of path: String) throws(Errno) -> [DiskEntry] {
        guard let directory = opendir(path) else { throw error(errno) }
        defer { closedir(directory) }
        var entries: [DiskEntry] = []
        // BOUND: the entries of the directory.
        while true {
            // The end and an error are both nil: only the error sets errno.
            errno = 0
            guard let entry = readdir(directory) else {
                let code = errno
                guard code == 0 else { throw error(code) }
                return entries
            }
            // SAFETY: d_name is an array of 256 characters that ends in a zero.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            switch Int(entry.pointee.d_type) {
            case Int(DT_REG): entries.append(DiskEntry(name: name, kind: .file))
            case Int(DT_DIR): entries.append(DiskEntry(name: name, kind: .directory))
            case Int(DT_UNKNOWN):
                guard let kind = try kind(of: name, in: dirfd(directory)) else { continue }
                entries.append(DiskEntry(name: name, kind: kind))
            default: entries.append(DiskEntry(name: name, kind: .other))
            }
        }
    }

    /// What a name stands for, symbolic links not followed; nil when it has just gone.
    private static func kind(of name: String, in directory: Int32) throws(Errno) -> DiskEntryKind? {
        var status = stat()
        switch retry({ Int(fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW)) }) {
        case .success: return DiskEntryKind(mode: status.st_mode)
        case .failure(.noSuchFile): return nil
        case .failure(let error): throw error
        }
    }
}

extension DiskEntryKind {
    /// The kind in `st_mode`.
    init(mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .directory
        default: self = .other
        }
    }
}
