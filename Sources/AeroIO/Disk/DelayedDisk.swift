// A disk that can be made slow while it is in use: what a test of slow disks runs on.

import Synchronization

/// Another disk, each of whose writes and syncs takes longer by a time that can be changed.
///
/// Nothing else about it differs: what was written is where it was written, and errors are those of
/// the other disk.
package final class DelayedDisk: Disk {
    private let disk: any Disk
    private let delay = DiskDelay()

    /// - Parameter disk: Does the work.
    package init(_ disk: any Disk) { self.disk = disk }

    /// By how much each write and sync that begins from now on takes longer; from any thread.
    package func setDelay(nanoseconds: Int64) { delay.set(nanoseconds) }

    package func open(_ path: String) throws(Errno) -> any DiskFile {
        DelayedFile(try disk.open(path), delay)
    }

    package func openForReading(_ path: String) throws(Errno) -> any DiskFile {
        try disk.openForReading(path)
    }

    package func create(_ path: String) throws(Errno) -> any DiskFile {
        DelayedFile(try disk.create(path), delay)
    }

    package func createDirectory(_ path: String) throws(Errno) {
        try disk.createDirectory(path)
    }

    package func entries(of path: String) throws(Errno) -> [DiskEntry] {
        try disk.entries(of: path)
    }

    package func rename(_ source: String, to target: String) throws(Errno) {
        try disk.rename(source, to: target)
    }

    package func remove(_ path: String) throws(Errno) { try disk.remove(path) }

    package func removeDirectory(_ path: String) throws(Errno) { try disk.removeDirectory(path) }

    package func synchronizeDirectory(_ path: String) throws(Errno) {
        delay.pass()
        try disk.synchronizeDirectory(path)
    }

    package func openFileSystem(holding path: String) throws(Errno) -> any DiskFileSystem {
        DelayedFileSystem(try disk.openFileSystem(holding: path), delay)
    }

    package func lock(_ path: String) throws(Errno) -> (any DiskLock)? { try disk.lock(path) }
}

/// The time that calls take longer, shared by a disk and its files.
private final class DiskDelay: Sendable {
    // Relaxed: the number is all there is to it.
    private let nanoseconds = Atomic<Int64>(0)

    func set(_ nanoseconds: Int64) { self.nanoseconds.store(nanoseconds, ordering: .relaxed) }

    func pass() {
        let nanoseconds = nanoseconds.load(ordering: .relaxed)
        if nanoseconds > 0 { SystemThread.sleep(nanoseconds: nanoseconds) }
    }
}

private final class DelayedFileSystem: DiskFileSystem {
    private let system: any DiskFileSystem
    private let delay: DiskDelay

    init(_ system: any DiskFileSystem, _ delay: DiskDelay) {
        self.system = system
        self.delay = delay
    }

    func synchronize() throws(Errno) {
        delay.pass()
        try system.synchronize()
    }
}

private final class DelayedFile: DiskFile {
    private let file: any DiskFile
    private let delay: DiskDelay

    init(_ file: any DiskFile, _ delay: DiskDelay) {
        self.file = file
        self.delay = delay
    }

    var descriptor: Int32? { file.descriptor }

    func byteCount() throws(Errno) -> Int { try file.byteCount() }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(Errno) {
        delay.pass()
        try file.write(bytes, at: position)
    }

    func read(into memory: UnsafeMutableRawBufferPointer, at position: Int) throws(Errno) -> Int {
        try file.read(into: memory, at: position)
    }

    func truncate(to byteCount: Int) throws(Errno) { try file.truncate(to: byteCount) }

    func synchronize() throws(Errno) {
        delay.pass()
        try file.synchronize()
    }

    func willRead(_ range: Range<Int>) { file.willRead(range) }
}
