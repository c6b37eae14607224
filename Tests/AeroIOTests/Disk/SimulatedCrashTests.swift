// What a power loss leaves of a simulated disk, counted by hand on small cases.

import AeroIO
import FaultSupport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SimulatedCrashTests {
    /// A disk on which `/a` is durable with these bytes.
    private func disk(with bytes: [UInt8] = []) throws -> (SimulatedDisk, any DiskFile) {
        let disk = SimulatedDisk()
        let file = try disk.create("/a")
        try file.write(bytes, at: 0)
        try disk.synchronizeFileSystem(holding: "/")
        return (disk, file)
    }

    /// The bytes of `/a`, or nil, in every state that a power loss may leave.
    private func allLeft(_ disk: SimulatedDisk, path: String = "/a") throws -> Set<[UInt8]?> {
        var left: Set<[UInt8]?> = []
        let coverage = try disk.enumerateCrashStates(limit: 5000) { state throws(Errno) in
            do throws(Errno) { left.insert(try state.readFile(path, limit: 1 << 20)) } catch {
                guard error == .noSuchFile else { throw error }
                left.insert(nil)
            }
        }
        #expect(coverage.isExhaustive)
        return left
    }

    private func count(_ disk: SimulatedDisk) -> Int {
        let coverage = disk.enumerateCrashStates(limit: 5000) { _ in }
        #expect(coverage.isExhaustive)
        return coverage.stateCount
    }

    @Test func whatIsSynchronizedIsTheOnlyState() throws {
        let (disk, file) = try disk(with: [1, 2, 3])
        #expect(try allLeft(disk) == [[1, 2, 3]])
        try file.write([9], at: 1)
        try file.synchronize()
        #expect(try allLeft(disk) == [[1, 9, 3]])
        #expect(disk.uncertainChangeCount == 0)
    }

    @Test func anAppendMayBeThereOrZerosOrNothing() throws {
        let (disk, file) = try disk()
        try file.write([1, 2, 3], at: 0)
        #expect(try allLeft(disk) == [[], [0, 0, 0], [1, 2, 3]])
    }

    /// 0 bytes: one state; 512: two; 1,024: four.
    @Test func eachSectorOfAWriteIsForItself() throws {
        let (disk, file) = try disk()
        try file.write([UInt8](repeating: 1, count: 1024), at: 0)
        #expect(count(disk) == 7)
        let hole =
            [UInt8](repeating: 0, count: 512) + [UInt8](repeating: 1, count: 512)
        #expect(try allLeft(disk).contains(hole))
    }

    /// Sectors are those of the file, not of the write.
    @Test func anUnalignedWriteTearsAtTheSector() throws {
        let (disk, file) = try disk(with: [UInt8](repeating: 0, count: 1024))
        try file.write([1, 1, 1, 1], at: 510)
        var states: Set<[UInt8]?> = []
        for pattern: [UInt8] in [[0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]] {
            states.insert(
                [UInt8](repeating: 0, count: 510) + pattern + [UInt8](repeating: 0, count: 510))
        }
        #expect(try allLeft(disk) == states)
    }

    @Test func ofTwoWritesEitherMayBeLost() throws {
        let (disk, file) = try disk(with: [0, 0, 0, 0])
        try file.write([1, 1, 1], at: 0)
        try file.write([2, 2, 2], at: 1)
        #expect(
            try allLeft(disk) == [[0, 0, 0, 0], [1, 1, 1, 0], [0, 2, 2, 2], [1, 2, 2, 2]])
    }

    /// The one that bites: what was cut off is still there behind what was written since.
    @Test func aTruncationMayComeAfterTheWriteThatFollowedIt() throws {
        let (disk, file) = try disk(with: [1, 1, 1, 1])
        try file.truncate(to: 2)
        #expect(try allLeft(disk) == [[1, 1, 1, 1], [1, 1]])
        try file.write([7], at: 2)
        #expect(
            try allLeft(disk) == [[1, 1, 1, 1], [1, 1, 7, 1], [1, 1], [1, 1, 0], [1, 1, 7]])
        try file.synchronize()
        #expect(try allLeft(disk) == [[1, 1, 7]])
    }

    @Test func aLongerFileMayBeShortAgain() throws {
        let (disk, file) = try disk(with: [5])
        try file.truncate(to: 3)
        #expect(try allLeft(disk) == [[5], [5, 0, 0]])
    }

    @Test func aNameIsNotDurableWithItsFile() throws {
        let disk = SimulatedDisk()
        let file = try disk.create("/a")
        try file.write([1], at: 0)
        try file.synchronize()
        #expect(try allLeft(disk) == [nil, [1]])
        try disk.synchronizeDirectory("/")
        #expect(try allLeft(disk) == [[1]])
    }

    @Test func aFileIsNotDurableWithItsName() throws {
        let disk = SimulatedDisk()
        try disk.create("/a").write([1], at: 0)
        try disk.synchronizeDirectory("/")
        #expect(try allLeft(disk) == [[], [0], [1]])
    }

    @Test func aRenameIsAtomicAndMayBeLost() throws {
        let (disk, _) = try disk(with: [1])
        try disk.rename("/a", to: "/b")
        #expect(count(disk) == 2)
        #expect(try allLeft(disk) == [nil, [1]])
        #expect(try allLeft(disk, path: "/b") == [nil, [1]])
        #expect(disk.synchronizedState().listing == "/a 1")
        try disk.synchronizeDirectory("/")
        #expect(disk.synchronizedState().listing == "/b 1")
    }

    /// Nothing, the file under its first name, or under its second.
    @Test func aFileHasOneName() throws {
        let disk = SimulatedDisk()
        _ = try disk.create("/a")
        try disk.rename("/a", to: "/b")
        #expect(count(disk) == 3)
        try disk.rename("/b", to: "/c")
        #expect(count(disk) == 4)
    }

    /// The ancient trap: a new name for bytes that never came.
    @Test func aRenameMayOvertakeTheBytes() throws {
        let (disk, _) = try disk(with: [1])
        let stage = try disk.create("/a.tmp")
        try stage.write([2, 2], at: 0)
        try disk.rename("/a.tmp", to: "/a")
        #expect(try allLeft(disk) == [[1], [], [0, 0], [2, 2]])
    }

    @Test func aRenameBetweenDirectoriesIsDurableWithEither() throws {
        for directory in ["/d", "/e"] {
            let disk = SimulatedDisk()
            try disk.createDirectory("/d")
            try disk.createDirectory("/e")
            _ = try disk.create("/d/a")
            try disk.synchronizeFileSystem(holding: "/")
            try disk.rename("/d/a", to: "/e/a")
            #expect(count(disk) == 2)
            try disk.synchronizeDirectory(directory)
            #expect(count(disk) == 1)
            #expect(disk.synchronizedState().listing == "/d/\n/e/\n/e/a 0")
        }
    }

    /// A later change is durable, an earlier one of the same directory is not.
    @Test func namesDependOnTheirDirectory() throws {
        let disk = SimulatedDisk()
        try disk.createDirectory("/d")
        _ = try disk.create("/d/a")
        try disk.synchronizeDirectory("/d")
        // The directory itself may be gone, and its file with it.
        #expect(count(disk) == 2)
        #expect(disk.synchronizedState().listing == "")
        try disk.synchronizeDirectory("/")
        #expect(disk.synchronizedState().listing == "/d/\n/d/a 0")
    }

    @Test func aRemovedFileMayBeBackWithItsBytes() throws {
        let (disk, file) = try disk(with: [1, 2])
        try file.write([3], at: 0)
        try disk.remove("/a")
        #expect(try allLeft(disk) == [nil, [1, 2], [3, 2]])
        try disk.synchronizeDirectory("/")
        #expect(try allLeft(disk) == [nil])
        _ = try disk.create("/a")
        #expect(try allLeft(disk) == [nil, []])
    }

    @Test func theWholeFileSystemIsSynchronizedAtOnce() throws {
        let disk = SimulatedDisk()
        try disk.createDirectory("/d")
        for name in ["/d/a", "/d/b"] { try disk.create(name).write([1], at: 0) }
        #expect(count(disk) > 10)
        try disk.synchronizeFileSystem(holding: "/d")
        #expect(count(disk) == 1)
        #expect(disk.synchronizedState().visibleHash == disk.visibleHash)
    }

    @Test func aKilledProcessLosesNothingButNotDurability() throws {
        let (disk, file) = try disk(with: [1])
        try file.write([2], at: 0)
        let lock = try disk.lock("/lock")
        let next = disk.afterKill()
        #expect(try next.readFile("/a", limit: 9) == [2])
        #expect(try next.lock("/lock") != nil)
        #expect(try allLeft(next) == [[1], [2]])
        // Whoever still holds the old disk changes nothing on the new one.
        try file.write([3], at: 0)
        #expect(try next.readFile("/a", limit: 9) == [2])
        withExtendedLifetime(lock) {}
    }

    /// Linux takes pages that it failed to write for clean: the next synchronization succeeds.
    @Test func aFailedSynchronizationLosesWhatItWasFor() throws {
        let (disk, file) = try disk(with: [1, 1])
        try file.write([2], at: 0)
        disk.inject(DiskFault(.synchronize, .ioError))
        #expect(throws: Errno.ioError) { try file.synchronize() }
        #expect(try file.read(2, at: 0) == [2, 1])
        try file.synchronize()
        #expect(try allLeft(disk) == [[1, 1], [2, 1]])
        #expect(try allLeft(disk.afterKill()) == [[1, 1], [2, 1]])
        // What is written from then on can be made durable, and the lost bytes by writing again.
        try file.write([4], at: 1)
        try file.synchronize()
        #expect(try allLeft(disk) == [[1, 4], [2, 4]])
        try file.write([2], at: 0)
        try file.synchronize()
        #expect(try allLeft(disk) == [[2, 4]])
    }

    @Test func aFailedSynchronizationOfADirectoryLosesItsNames() throws {
        let disk = SimulatedDisk()
        _ = try disk.create("/a")
        disk.inject(DiskFault(.synchronizeDirectory, .ioError))
        #expect(throws: Errno.ioError) { try disk.synchronizeDirectory("/") }
        _ = try disk.create("/b")
        try disk.synchronizeDirectory("/")
        var listings: Set<String> = []
        _ = disk.enumerateCrashStates(limit: 10) { listings.insert($0.listing) }
        #expect(listings == ["/b 0", "/a 0\n/b 0"])
        disk.inject(DiskFault(.synchronizeFileSystem, .ioError))
        _ = try disk.create("/c")
        #expect(throws: Errno.ioError) { try disk.synchronizeFileSystem(holding: "/") }
        try disk.synchronizeFileSystem(holding: "/")
        #expect(count(disk) == 4)
    }
}
