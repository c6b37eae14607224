// Calls of a simulated disk that are made to fail, and what is counted of them.

import AeroIO
import FaultSupport
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SimulatedFaultTests {
    @Test func theCallThatWasMeantFails() throws {
        let disk = SimulatedDisk()
        let (first, second) = (try disk.create("/a.log"), try disk.create("/b.index"))
        disk.inject(DiskFault(.write, .ioError, ordinal: 2, count: 2, pathSuffix: ".log"))
        try first.write("1", at: 0)
        try second.write("x", at: 0)
        for _ in 0..<2 {
            #expect(throws: Errno.ioError) { try first.write("2", at: 1) }
            try second.write("y", at: 1)
        }
        #expect(try first.text() == "1")
        try first.write("2", at: 1)
        #expect(try first.text() == "12")
        disk.inject(DiskFault(.write, .ioError, count: .max))
        for _ in 0..<3 { #expect(throws: Errno.ioError) { try first.write("3", at: 2) } }
        disk.removeFaults()
        try first.write("3", at: 2)
    }

    @Test(arguments: DiskOperationKind.allCases)
    func everyKindOfCallFails(_ kind: DiskOperationKind) throws {
        let disk = SimulatedDisk()
        try disk.createDirectory("/d")
        let file = try disk.create("/a")
        disk.inject(DiskFault(kind, .quotaExceeded))
        let before = disk.visibleHash
        #expect(throws: Errno.quotaExceeded) {
            switch kind {
            case .open: _ = try disk.open("/a")
            case .create: _ = try disk.create("/b")
            case .createDirectory: try disk.createDirectory("/e")
            case .entries: _ = try disk.entries(of: "/")
            case .rename: try disk.rename("/a", to: "/b")
            case .remove: try disk.remove("/a")
            case .removeDirectory: try disk.removeDirectory("/d")
            case .synchronizeDirectory: try disk.synchronizeDirectory("/")
            case .synchronizeFileSystem: try disk.synchronizeFileSystem(holding: "/")
            case .lock: _ = try disk.lock("/a")
            case .byteCount: _ = try file.byteCount()
            case .write: try file.write("x", at: 0)
            case .read: _ = try file.read(1, at: 0)
            case .truncate: try file.truncate(to: 9)
            case .synchronize: try file.synchronize()
            }
        }
        #expect(disk.visibleHash == before)
        #expect(disk.operationCount(of: kind) >= 1)
    }

    @Test func aFailedWriteMayHaveWrittenAPart() throws {
        let disk = SimulatedDisk()
        let file = try disk.create("/a")
        disk.inject(DiskFault(.write, .ioError, writtenByteCount: 3))
        #expect(throws: Errno.ioError) { try file.write("abcdef", at: 0) }
        #expect(try file.text() == "abc")
    }

    /// As the kernel does it: each open description is told once, of its file or of all of them,
    /// and one that is opened later only when nobody else was.
    @Test func aFailedWriteBackIsToldToEachDescriptionOnce() throws {
        let disk = SimulatedDisk()
        try disk.synchronizeDirectory("/")
        let (first, second) = (try disk.create("/a"), try disk.open("/a"))
        let other = try disk.create("/b")
        let systems = [
            try disk.openFileSystem(holding: "/"), try disk.openFileSystem(holding: "/"),
        ]
        try first.write("1", at: 0)
        try other.write("2", at: 0)
        try disk.failWriteBack("/a", .ioError)
        let early = try disk.open("/a")
        for system in systems {
            #expect(throws: Errno.ioError) { try system.synchronize() }
            try system.synchronize()
        }
        for file in [first, second, early] {
            #expect(throws: Errno.ioError) { try file.synchronize() }
            try file.synchronize()
        }
        try disk.open("/a").synchronize()
        try disk.openFileSystem(holding: "/").synchronize()
        try other.synchronize()
        // Nobody has brought back what was lost.
        #expect(try disk.synchronizedState().readFile("/a", limit: 9).isEmpty)
        #expect(try disk.synchronizedState().readFile("/b", limit: 9) == Array("2".utf8))
    }

    /// Who draws an error from the file system may ask the files which of them it was.
    @Test func aFailedSynchronizationOfAllIsToldToEachFileThatWasConcerned() throws {
        let disk = SimulatedDisk()
        let (lost, whole) = (try disk.create("/a"), try disk.create("/b"))
        try whole.write("2", at: 0)
        try whole.synchronize()
        try disk.createDirectory("/d")
        try disk.synchronizeDirectory("/")
        try lost.write("1", at: 0)
        _ = try disk.create("/d/c")
        let (system, second) = (
            try disk.openFileSystem(holding: "/"), try disk.openFileSystem(holding: "/")
        )
        disk.inject(DiskFault(.synchronizeFileSystem, .ioError))
        #expect(throws: Errno.ioError) { try system.synchronize() }
        #expect(throws: Errno.ioError) { try second.synchronize() }
        #expect(throws: Errno.ioError) { try lost.synchronize() }
        #expect(throws: Errno.ioError) { try disk.synchronizeDirectory("/d") }
        try whole.synchronize()
        try disk.synchronizeDirectory("/")
        try system.synchronize()
    }

    @Test func aFullDiskTakesWhatFits() throws {
        let disk = SimulatedDisk()
        let (first, second) = (try disk.create("/a"), try disk.create("/b"))
        disk.capacityByteCount = 10
        try first.write("12345678", at: 0)
        #expect(throws: Errno.noSpace) { try second.write("abcd", at: 0) }
        #expect(try second.text() == "ab" && disk.usedByteCount == 10)
        // What is there may be written over, not beyond.
        try first.write("87654321", at: 0)
        #expect(throws: Errno.noSpace) { try first.write("xyz", at: 7) }
        #expect(try first.text() == "8765432x")
        #expect(throws: Errno.noSpace) { try first.write("xyz", at: 100) }
        // A removed file needs its room until it is closed.
        try disk.remove("/b")
        #expect(disk.usedByteCount == 10)
        try first.truncate(to: 2)
        try first.write("345", at: 2)
        disk.capacityByteCount = .max
        try first.write("678", at: 5)
        #expect(try first.text() == "87345678")
        withExtendedLifetime(second) {}
    }

    @Test func aClosedRemovedFileGivesItsRoomBack() throws {
        let disk = SimulatedDisk()
        do {
            let file = try disk.create("/a")
            try file.write("1234", at: 0)
            try disk.remove("/a")
            #expect(disk.usedByteCount == 4)
        }
        #expect(disk.usedByteCount == 0)
    }

    @Test func hooksSeeEveryCallAndMayDecide() throws {
        let disk = SimulatedDisk()
        let seen = Mutex<[String]>([])
        disk.setHook { _, call in
            seen.withLock {
                $0.append("\(call.ordinal) \(call.kind) \(call.path) \(call.error?.name ?? "-")")
            }
        }
        disk.setDecision { $0.kind == .truncate ? .readOnlyFileSystem : nil }
        let file = try disk.create("/a")
        try file.write("abc", at: 0)
        #expect(throws: Errno.readOnlyFileSystem) { try file.truncate(to: 0) }
        #expect(throws: Errno.noSuchFile) { try disk.remove("/b") }
        #expect(
            seen.withLock { $0 } == [
                "1 create /a -", "2 write /a -", "3 truncate /a EROFS", "4 remove /b ENOENT",
            ])
        #expect(disk.operationCount == 4 && disk.operationCount(of: .write) == 1)
    }

    @Test func damageIsInMemoryAndOnTheDisk() throws {
        let disk = SimulatedDisk()
        let file = try disk.create("/a")
        try disk.synchronizeDirectory("/")
        try file.write("abc", at: 0)
        try disk.damage("/a") { $0[1] ^= 1 }
        #expect(try file.text() == "acc")
        #expect(try disk.synchronizedState().readFile("/a", limit: 9) == Array("acc".utf8))
        #expect(throws: Errno.noSuchFile) { try disk.damage("/b") { _ in } }
    }

    @Test func threadsShareIt() async throws {
        let disk = SimulatedDisk()
        let file = try disk.create("/a")
        await withTaskGroup(of: Void.self) { group in
            for part in 0..<4 {
                group.addTask {
                    for index in 0..<200 {
                        do {
                            try file.write([UInt8(part + 1)], at: index * 4 + part)
                            if index % 50 == 0 { try file.synchronize() }
                        } catch {
                            Issue.record(error)
                        }
                    }
                }
            }
        }
        #expect(try file.read(800, at: 0) == (0..<800).map { UInt8($0 % 4 + 1) })
        #expect(disk.operationCount(of: .write) == 800)
    }
}
