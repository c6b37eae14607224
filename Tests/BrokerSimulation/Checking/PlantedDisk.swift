// Disks that lie: bugs of a broker's storage, planted below it.

import AeroIO
import AeroWire
import FaultSupport

/// Passes everything on to a simulated disk, except for what a planted bug changes.
///
/// SAFETY: a simulation runs on one thread.
final class PlantedDisk: Disk, @unchecked Sendable {
    private let disk: SimulatedDisk
    let bug: PlantedBug
    let scheduler: SimulationScheduler

    init(_ disk: SimulatedDisk, _ bug: PlantedBug, _ scheduler: SimulationScheduler) {
        self.disk = disk
        self.bug = bug
        self.scheduler = scheduler
    }

    func open(_ path: String) throws(Errno) -> any DiskFile { wrap(try disk.open(path), path) }

    func openForReading(_ path: String) throws(Errno) -> any DiskFile {
        wrap(try disk.openForReading(path), path)
    }

    func create(_ path: String) throws(Errno) -> any DiskFile {
        wrap(try disk.create(path), path)
    }

    private func wrap(_ file: any DiskFile, _ path: String) -> any DiskFile {
        // Only logs: a lie about the rest would be found before it did any harm.
        path.hasSuffix(".log") ? PlantedFile(file, self) : file
    }

    func createDirectory(_ path: String) throws(Errno) { try disk.createDirectory(path) }

    func entries(of path: String) throws(Errno) -> [DiskEntry] { try disk.entries(of: path) }

    func rename(_ source: String, to target: String) throws(Errno) {
        try disk.rename(source, to: target)
    }

    func remove(_ path: String) throws(Errno) { try disk.remove(path) }

    func removeDirectory(_ path: String) throws(Errno) { try disk.removeDirectory(path) }

    func synchronizeDirectory(_ path: String) throws(Errno) {
        if bug != .nameSynchronizationOff { try disk.synchronizeDirectory(path) }
    }

    func openFileSystem(holding path: String) throws(Errno) -> any DiskFileSystem {
        PlantedFileSystem(try disk.openFileSystem(holding: path), self)
    }

    func lock(_ path: String) throws(Errno) -> (any DiskLock)? { try disk.lock(path) }

    /// Synchronizes, or does what the bug does instead.
    func synchronize(_ really: @escaping () throws(Errno) -> Void) throws(Errno) {
        switch bug {
        case .synchronizationOff: return
        case .earlyAcknowledgement:
            scheduler.after(30_000_000) { [weak scheduler] in
                do throws(Errno) { try really() } catch { scheduler?.note("late sync failed") }
            }
        default: try really()
        }
    }
}

/// The file system of a disk that lies.
///
/// SAFETY: as the disk.
private final class PlantedFileSystem: DiskFileSystem, @unchecked Sendable {
    private let fileSystem: any DiskFileSystem
    private let disk: PlantedDisk

    init(_ fileSystem: any DiskFileSystem, _ disk: PlantedDisk) {
        self.fileSystem = fileSystem
        self.disk = disk
    }

    func synchronize() throws(Errno) {
        let fileSystem = fileSystem
        try disk.synchronize { () throws(Errno) in try fileSystem.synchronize() }
    }
}

/// A file of a disk that lies.
///
/// SAFETY: as the disk.
private final class PlantedFile: DiskFile, @unchecked Sendable {
    private let file: any DiskFile
    private let disk: PlantedDisk
    private var writeCount = 0

    init(_ file: any DiskFile, _ disk: PlantedDisk) {
        self.file = file
        self.disk = disk
    }

    func byteCount() throws(Errno) -> Int { try file.byteCount() }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(Errno) {
        writeCount += 1
        guard disk.bug == .writtenBaseOffsetOffByOne, writeCount % 5 == 0, bytes.count > 8 else {
            return try file.write(bytes, at: position)
        }
        // The base offset stands outside the checksum.
        let altered = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        defer { altered.deallocate() }
        altered.copyMemory(from: bytes)
        altered[7] &+= 1
        try file.write(UnsafeRawBufferPointer(altered), at: position)
    }

    func read(into memory: UnsafeMutableRawBufferPointer, at position: Int) throws(Errno) -> Int {
        let count = try file.read(into: memory, at: position)
        if disk.bug == .recoveryChecksumOff { try approve(memory, at: position) }
        return count
    }

    /// Makes the checksum of every batch fit whatever the batch holds.
    private func approve(
        _ memory: UnsafeMutableRawBufferPointer, at position: Int
    ) throws(Errno) {
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: try file.byteCount(), alignment: 8)
        defer { bytes.deallocate() }
        let count = try file.read(into: bytes, at: 0)
        var start = 0
        while start + RecordBatchHeader.Position.records <= count {
            let length = bytes[start + RecordBatchHeader.Position.batchLength..<start + 12]
            let end = length.reduce(0) { $0 << 8 | Int($1) } + start + 12
            guard end > start + RecordBatchHeader.Position.records, end <= count else { return }
            let covered = bytes[start + RecordBatchHeader.Position.attributes..<end]
            let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: covered))
            for index in 0..<4 {
                let place = start + RecordBatchHeader.Position.crc + index - position
                guard memory.indices.contains(place) else { continue }
                memory[place] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * UInt32(index)))
            }
            start = end
        }
    }

    func truncate(to byteCount: Int) throws(Errno) { try file.truncate(to: byteCount) }

    func synchronize() throws(Errno) {
        let file = file
        try disk.synchronize { () throws(Errno) in try file.synchronize() }
    }

    func willRead(_ range: Range<Int>) { file.willRead(range) }

    var descriptor: Int32? { file.descriptor }
}
