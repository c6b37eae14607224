// What every disk does, whatever is behind it.

import AeroIO
import FaultSupport
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DiskConformanceTests {
    @Test(arguments: TestDisk.allCases)
    func opensWhatIsThereAndCreatesWhatIsNot(_ kind: TestDisk) throws {
        try kind.use { disk, root in
            #expect(throws: Errno.noSuchFile) { _ = try disk.open("\(root)/a") }
            #expect(throws: Errno.noSuchFile) { _ = try disk.openForReading("\(root)/a") }
            #expect(throws: Errno.noSuchFile) { _ = try disk.create("\(root)/no/a") }
            try disk.create("\(root)/a").write("one", at: 0)
            #expect(throws: Errno.fileExists) { _ = try disk.create("\(root)/a") }
            #expect(throws: Errno.notDirectory) { _ = try disk.open("\(root)/a/b") }
            #expect(throws: Errno.notDirectory) { _ = try disk.create("\(root)/a/b") }
            #expect(throws: Errno.isDirectory) { _ = try disk.open(root) }
            #expect(throws: Errno.isDirectory) { _ = try disk.openForReading(root) }
            #expect(try disk.open("\(root)/a").text() == "one")
            #expect(try disk.openForReading("\(root)/a").text() == "one")
        }
    }

    @Test(arguments: TestDisk.allCases)
    func readsWhatWasWrittenWhereItWasWritten(_ kind: TestDisk) throws {
        try kind.use { disk, root in
            let file = try disk.create("\(root)/a")
            #expect(try file.byteCount() == 0 && file.read(10, at: 0).isEmpty)
            try file.write("world", at: 6)
            #expect(try file.read(11, at: 0) == [0, 0, 0, 0, 0, 0] + Array("world".utf8))
            try file.write("hello ", at: 0)
            try file.write("", at: 500)
            #expect(try file.byteCount() == 11)
            #expect(try file.text() == "hello world")
            #expect(try String(decoding: file.read(100, at: 9), as: UTF8.self) == "ld")
            #expect(try file.read(3, at: 11).isEmpty && file.read(3, at: 1000).isEmpty)
            let other = try disk.open("\(root)/a")
            try other.write("HELLO", at: 0)
            #expect(try file.text() == "HELLO world")
            let large = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            try file.write(large, at: 4)
            #expect(try file.read(300_000, at: 4) == large && file.byteCount() == 300_004)
            file.willRead(0..<4)
            file.willRead(1_000_000..<2_000_000)
        }
    }

    @Test(arguments: TestDisk.allCases)
    func truncatesToShorterAndLonger(_ kind: TestDisk) throws {
        try kind.use { disk, root in
            let file = try disk.create("\(root)/a")
            try file.write("hello world", at: 0)
            try file.truncate(to: 5)
            #expect(try file.text() == "hello")
            try file.truncate(to: 7)
            // What was cut off does not come back.
            #expect(try file.text() == "hello\0\0" && file.byteCount() == 7)
            #expect(throws: Errno.invalidArgument) { try file.truncate(to: -1) }
            try file.truncate(to: 0)
            #expect(try file.byteCount() == 0)
        }
    }

    @Test(arguments: TestDisk.allCases)
    func renamesInOneStep(_ kind: TestDisk) throws {
        try kind.use { disk, root in
            let old = try disk.create("\(root)/old")
            try old.write("old", at: 0)
            let new = try disk.create("\(root)/new")
            try new.write("new", at: 0)
            try disk.rename("\(root)/new", to: "\(root)/old")
            #expect(try disk.names(in: root) == ["old"])
            #expect(try disk.open("\(root)/old").text() == "new")
            #expect(try old.text() == "old" && new.text() == "new")
            try disk.rename("\(root)/old", to: "\(root)/old")
            #expect(throws: Errno.noSuchFile) {
                try disk.rename("\(root)/new", to: "\(root)/b")
            }
            #expect(throws: Errno.noSuchFile) {
                try disk.rename("\(root)/old", to: "\(root)/no/b")
            }
            #expect(try disk.names(in: root) == ["old"])
        }
    }

    @Test(arguments: TestDisk.allCases)
    func renamesDirectoriesWithWhatIsOpenInThem(_ kind: TestDisk) throws {
        try kind.use { disk, root in
            try disk.createDirectory("\(root)/a")
            try disk.createDirectory("\(root)/a/b")
            let file = try disk.create("\(root)/a/b/file")
            try disk.rename("\(root)/a", to: "\(root)/c")
            try file.write("still here", at: 0)
            #expect(try disk.open("\(root)/c/b/file").text() == "still here")
            #expect(throws: Errno.noSuchFile) { _ = try disk.entries(of: "\(root)/a") }
            #expect(throws: Errno.invalidArgument) {
                try disk.rename("\(root)/c", to: "\(root)/c/b/c")
            }
            try disk.createDirectory("\(root)/empty")
            #expect(throws: Errno.directoryNotEmpty) {
                try disk.rename("\(root)/empty", to: "\(root)/c")
            }
            try disk.rename("\(root)/c", to: "\(root)/empty")
            #expect(try disk.names(in: root) == ["empty"])
            _ = try disk.create("\(root)/file")
            #expect(throws: Errno.isDirectory) {
                try disk.rename("\(root)/file", to: "\(root)/empty")
            }
            #expect(throws: Errno.notDirectory) {
                try disk.rename("\(root)/empty", to: "\(root)/file")
            }
        }
    }

    @Test(arguments: TestDisk.allCases)
    func removesNamesNotOpenFiles(_ kind: TestDisk) throws {
        try kind.use { disk, root in
            let file = try disk.create("\(root)/a")
            try file.write("here", at: 0)
            try disk.remove("\(root)/a")
            #expect(throws: Errno.noSuchFile) { _ = try disk.open("\(root)/a") }
            #expect(throws: Errno.noSuchFile) { try disk.remove("\(root)/a") }
            try file.write("!", at: 4)
            #expect(try file.text() == "here!")
            try file.synchronize()
            try disk.createDirectory("\(root)/d")
            #expect(throws: Errno.isDirectory) { try disk.remove("\(root)/d") }
            _ = try disk.create("\(root)/d/x")
            #expect(throws: Errno.directoryNotEmpty) { try disk.removeDirectory("\(root)/d") }
            #expect(throws: Errno.notDirectory) { try disk.removeDirectory("\(root)/d/x") }
            try disk.remove("\(root)/d/x")
            try disk.removeDirectory("\(root)/d")
            #expect(throws: Errno.noSuchFile) { try disk.removeDirectory("\(root)/d") }
            #expect(try disk.names(in: root).isEmpty)
        }
    }

    @Test(arguments: TestDisk.allCases)
    func listsNamesAndKinds(_ kind: TestDisk) throws {
        try kind.use { disk, root in
            #expect(try disk.entries(of: root).isEmpty)
            try disk.createDirectory("\(root)/d")
            #expect(throws: Errno.fileExists) { try disk.createDirectory("\(root)/d") }
            for index in 0..<500 { _ = try disk.create("\(root)/file-\(index)") }
            let entries = try disk.entries(of: root)
            #expect(entries.count == 501)
            #expect(Set(entries.map(\.name)).count == 501)
            #expect(entries.filter { $0.kind == .directory }.map(\.name) == ["d"])
            #expect(entries.filter { $0.kind == .file }.count == 500)
            #expect(throws: Errno.notDirectory) {
                _ = try disk.entries(of: "\(root)/file-1")
            }
        }
    }

    @Test(arguments: TestDisk.allCases)
    func locksOnceUntilItIsGivenBack(_ kind: TestDisk) throws {
        try kind.use { disk, root in
            var lock = try disk.lock("\(root)/lock")
            #expect(lock != nil)
            #expect(try disk.names(in: root) == ["lock"])
            #expect(try disk.lock("\(root)/lock") == nil)
            #expect(try disk.lock("\(root)/other") != nil)
            lock = nil
            lock = try disk.lock("\(root)/lock")
            #expect(lock != nil)
            #expect(throws: Errno.noSuchFile) { _ = try disk.lock("\(root)/no/lock") }
            #expect(throws: Errno.isDirectory) { _ = try disk.lock(root) }
        }
    }

    @Test(arguments: TestDisk.allCases)
    func synchronizesWhatExists(_ kind: TestDisk) throws {
        try kind.use { disk, root in
            let file = try disk.create("\(root)/a")
            try file.write("x", at: 0)
            try file.synchronize()
            try disk.synchronizeDirectory(root)
            try disk.synchronizeFileSystem(holding: root)
            try disk.synchronizeFileSystem(holding: root)
            #expect(throws: Errno.noSuchFile) { try disk.synchronizeDirectory("\(root)/no") }
            #expect(throws: Errno.notDirectory) { try disk.synchronizeDirectory("\(root)/a") }
            #expect(throws: Errno.noSuchFile) {
                try disk.synchronizeFileSystem(holding: "\(root)/no")
            }
        }
    }

    @Test(arguments: TestDisk.allCases)
    func replacesSmallFilesWhole(_ kind: TestDisk) throws {
        try kind.use { disk, root in
            let path = "\(root)/state"
            try disk.replaceFile(path, with: Array("one".utf8))
            #expect(try disk.readFile(path, limit: 3) == Array("one".utf8))
            #expect(throws: Errno.fileTooLarge) { _ = try disk.readFile(path, limit: 2) }
            // What a crash left behind is in nobody's way.
            try disk.create("\(path).tmp").write("rubbish that is longer", at: 0)
            try disk.replaceFile(path, with: Array("two".utf8))
            #expect(try disk.readFile(path, limit: 100) == Array("two".utf8))
            try disk.replaceFile(path, with: [])
            #expect(try disk.readFile(path, limit: 0).isEmpty)
            #expect(try disk.names(in: root) == ["state"])
            #expect(throws: Errno.noSuchFile) { _ = try disk.readFile("\(root)/no", limit: 9) }
            #expect(throws: Errno.noSuchFile) {
                try disk.replaceFile("\(root)/no/state", with: [])
            }
            #expect(throws: Errno.isDirectory) { try disk.replaceFile("\(root)/", with: []) }
            try disk.createDirectory("\(root)/d")
            #expect(throws: Errno.isDirectory) { try disk.replaceFile("\(root)/d", with: []) }
            #expect(try disk.names(in: root) == ["d", "state"])
        }
    }
}
