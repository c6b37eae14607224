// What only a real disk does.

import AeroIO
import Glibc
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SystemDiskTests {
    /// A pipe in the place of a file would hold up the thread that opens it.
    @Test func refusesWhatIsNeitherFileNorDirectory() throws {
        try TestDisk.system.use { disk, root in
            try #require(mkfifo("\(root)/pipe", 0o644) == 0)
            try #require(symlink("nowhere", "\(root)/link") == 0)
            try #require(symlink("target", "\(root)/good-link") == 0)
            #expect(throws: Errno.invalidArgument) { _ = try disk.open("\(root)/pipe") }
            #expect(throws: Errno.invalidArgument) { _ = try disk.openForReading("\(root)/pipe") }
            #expect(throws: Errno.noSuchFile) { _ = try disk.open("\(root)/link") }
            try disk.create("\(root)/target").write("x", at: 0)
            #expect(try disk.open("\(root)/good-link").text() == "x")
            let kinds = try disk.entries(of: root).sorted { $0.name < $1.name }.map(\.kind)
            #expect(kinds == [.other, .other, .other, .file])
        }
    }

    @Test func sharesTheDescriptorAndClosesIt() throws {
        try TestDisk.system.use { disk, root in
            var file: (any DiskFile)? = try disk.create("\(root)/a")
            let descriptor = try #require(file?.descriptor)
            // A number of its own, which no other test's descriptor can take meanwhile.
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
            var before = stat()
            #expect(fstat(descriptor, &before) == 0)
            file = nil
            var after = stat()
            let isClosed = fstat(descriptor, &after) != 0 || after.st_ino != before.st_ino
            #expect(isClosed)
        }
    }

    @Test func aLockKeepsOtherProcessesOut() throws {
        try TestDisk.system.use { disk, root in
            let path = "\(root)/lock"
            let lock = try disk.lock(path)
            try #require(lock != nil)
            var options = ChildProcessOptions(
                path: "/bin/sh", arguments: ["-c", "flock --nonblock \(path) echo mine || echo no"])
            options.error = .null
            var child = try ChildProcess(options)
            #expect(try child.readLine() == .line("no"))
            withExtendedLifetime(lock) {}
        }
    }

    /// An error that was reported to others before would be missed otherwise.
    @Test func holdsAFileSystemOpen() throws {
        try TestDisk.system.use { disk, root in
            #expect(try isOpen(root) == false)
            let fileSystem = try disk.openFileSystem(holding: root)
            #expect(try isOpen(root))
            try fileSystem.synchronize()
            #expect(try isOpen(root))
            withExtendedLifetime(fileSystem) {}
        }
    }

    /// Whether this process has a directory open.
    private func isOpen(_ path: String) throws -> Bool {
        try SystemDisk().entries(of: "/proc/self/fd").contains { entry in
            var target = [UInt8](repeating: 0, count: 4096)
            let count = target.withUnsafeMutableBytes { room in
                // SAFETY: readlink writes at most `room.count` bytes there.
                guard let start = room.baseAddress else { return 0 }
                return readlink(
                    "/proc/self/fd/\(entry.name)",
                    start.assumingMemoryBound(to: CChar.self), room.count)
            }
            return count > 0 && String(decoding: target[..<count], as: UTF8.self) == path
        }
    }

    /// The limit that a container or a user may have set. It is a process's own.
    @Test func aFileBeyondTheLimitIsAnErrorAndNoSignal() async {
        await #expect(processExitsWith: .success) {
            let path = "/tmp/aeroio-limit-\(getpid())"
            let disk = SystemDisk()
            let file = try disk.create(path)
            unlink(path)
            var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            try file.write([UInt8](repeating: 1, count: 900), at: 0)
            // What fits is written: the caller is told that a part may have been.
            #expect(throws: Errno.fileTooLarge) {
                try file.write([UInt8](repeating: 2, count: 900), at: 900)
            }
            #expect(throws: Errno.fileTooLarge) { try file.truncate(to: 1001) }
            let byteCount = try file.byteCount()
            let bytes = try file.read(2000, at: 0)
            let expected = [UInt8](repeating: 1, count: 900) + [UInt8](repeating: 2, count: 100)
            exit(byteCount == 1000 && bytes == expected ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }
}
