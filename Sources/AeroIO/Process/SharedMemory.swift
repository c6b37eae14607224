// Memory that several processes of one machine see.

import CLinux
import Glibc

/// Zeroed memory without a name in any folder: it goes with the last process that has it.
///
/// Others open it by `path` for as long as its maker lives. What changes in it is changed by
/// atomics; who may write the rest, and when, is for its users to agree on.
@usableFromInline package final class SharedMemory: Sendable {
    /// Its length.
    package let byteCount: Int
    // SAFETY: mapped by init and unmapped by deinit; whoever keeps the pointer keeps the object.
    package nonisolated(unsafe) let start: UnsafeMutableRawPointer
    /// Where other processes of the same user find it.
    package let path: String
    private let descriptor: FileDescriptor

    /// Makes memory.
    ///
    /// - Parameter byteCount: Above 0.
    package convenience init(byteCount: Int) throws(Errno) {
        precondition(byteCount > 0, "memory has a length")
        let number = try Syscall.check(aero_memory_create("aero-shared"))
        let descriptor = FileDescriptor(owning: number)
        guard ftruncate(number, byteCount) == 0 else { throw Errno(rawValue: errno) }
        try self.init(descriptor, "/proc/\(getpid())/fd/\(number)", byteCount)
    }

    /// Opens what another process has made.
    ///
    /// - Throws: `.noSuchFile` when that process is gone.
    package convenience init(opening path: String) throws(Errno) {
        let number = open(path, O_RDWR | O_CLOEXEC)
        guard number >= 0 else { throw Errno(rawValue: errno) }
        let descriptor = FileDescriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0 else { throw Errno(rawValue: errno) }
        guard status.st_size > 0 else { throw .invalidArgument }
        try self.init(descriptor, path, Int(status.st_size))
    }

    private init(
        _ descriptor: consuming FileDescriptor, _ path: String, _ byteCount: Int
    ) throws(Errno) {
        let mapped = mmap(
            nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.rawValue, 0)
        guard let mapped, mapped != MAP_FAILED else { throw Errno(rawValue: errno) }
        start = mapped
        self.byteCount = byteCount
        self.path = path
        self.descriptor = descriptor
    }

    deinit { munmap(start, byteCount) }
}
