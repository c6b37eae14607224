// An open file of the machine.

import Glibc

/// A file behind a descriptor. Positional calls only, so threads share it without a lock.
final class SystemDiskFile: DiskFile {
    private let file: FileDescriptor

    init(_ file: consuming FileDescriptor) { self.file = file }

    var descriptor: Int32? { file.rawValue }

    func byteCount() throws(Errno) -> Int {
        Int(try Syscall.status(file.rawValue).st_size)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(Errno) {
        try Syscall.writeAll(file.rawValue, bytes, at: position)
    }

    func read(into memory: UnsafeMutableRawBufferPointer, at position: Int) throws(Errno) -> Int {
        try Syscall.readAll(file.rawValue, into: memory, at: position)
    }

    func truncate(to byteCount: Int) throws(Errno) {
        try Syscall.truncate(file.rawValue, to: byteCount)
    }

    func synchronize() throws(Errno) {
        try Syscall.synchronizeData(file.rawValue)
    }

    func willRead(_ range: Range<Int>) {
        // An empty range would mean all of the file to the kernel.
        if !range.isEmpty { Syscall.adviseWillNeed(file.rawValue, range) }
    }
}
