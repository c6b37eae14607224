// An open file of a simulated disk, and its file system.

import AeroIO
import Synchronization

/// A file by the number of its node: renaming and removing it changes nothing for who has it open.
final class SimulatedDiskFile: DiskFile {
    private let disk: SimulatedDisk
    private let node: Int
    private let path: String
    /// How far it was told of failed write-backs.
    private let errorCursor: Atomic<Int>

    init(disk: SimulatedDisk, node: Int, path: String, errorCursor: Int) {
        self.disk = disk
        self.node = node
        self.path = path
        self.errorCursor = Atomic(errorCursor)
    }

    deinit { disk.close(node) }

    var descriptor: Int32? { nil }

    func byteCount() throws(Errno) -> Int {
        try disk.perform(.byteCount, path) { image in image.files[node]?.bytes.count ?? 0 }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(Errno) {
        precondition(position >= 0, "a file begins at 0")
        try disk.write(Array(bytes), at: position, to: node, path)
    }

    func read(into memory: UnsafeMutableRawBufferPointer, at position: Int) throws(Errno) -> Int {
        precondition(position >= 0, "a file begins at 0")
        let bytes = try disk.perform(.read, path, byteCount: memory.count) { image in
            image.files[node]?.bytes.dropFirst(position).prefix(memory.count) ?? []
        }
        memory.copyBytes(from: bytes)
        return bytes.count
    }

    func truncate(to byteCount: Int) throws(Errno) {
        guard byteCount >= 0 else { throw .invalidArgument }
        try disk.perform(.truncate, path, byteCount: byteCount) { image in
            image.truncate(node, to: byteCount)
        }
    }

    func synchronize() throws(Errno) {
        try disk.perform(
            .synchronize, path,
            onFault: { image, fault in
                image.loseContent(of: node)
                image.errors.record(fault.error, of: node)
                _ = takeError(&image)
            }
        ) { image throws(Errno) in
            image.synchronize(node)
            if let error = takeError(&image) { throw error }
        }
    }

    /// What this description is told of write-backs that failed before.
    private func takeError(_ image: inout DiskImage) -> Errno? {
        // The disk's lock is held, so nobody moves it meanwhile.
        var cursor = errorCursor.load(ordering: .relaxed)
        defer { errorCursor.store(cursor, ordering: .relaxed) }
        return image.errors.take(of: node, since: &cursor)
    }

    func willRead(_ range: Range<Int>) {}
}

/// The file system of a simulated disk, as one description that is told of errors for itself.
final class SimulatedFileSystem: DiskFileSystem {
    private let disk: SimulatedDisk
    private let path: String
    private let errorCursor: Atomic<Int>

    init(disk: SimulatedDisk, path: String, errorCursor: Int) {
        self.disk = disk
        self.path = path
        self.errorCursor = Atomic(errorCursor)
    }

    func synchronize() throws(Errno) {
        try disk.perform(
            .synchronizeFileSystem, path,
            onFault: { image, fault in
                image.loseAll(fault.error)
                _ = takeError(&image)
            }
        ) { image throws(Errno) in
            image.synchronizeAll()
            if let error = takeError(&image) { throw error }
        }
    }

    private func takeError(_ image: inout DiskImage) -> Errno? {
        var cursor = errorCursor.load(ordering: .relaxed)
        defer { errorCursor.store(cursor, ordering: .relaxed) }
        return image.errors.takeOfFileSystem(since: &cursor)
    }
}
