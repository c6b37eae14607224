// Errors, clocks, descriptors, files, CPUs and threads.

import AeroIO
import Glibc
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SystemTests {
    @Test func errnoSpeaksPlainly() {
        #expect(Errno.connectionReset.description == "Connection reset by peer (ECONNRESET)")
        #expect(Errno(rawValue: 9999).description == "errno 9999")
        #expect(Errno.noSpace.rawValue == ENOSPC && Errno.tooManyFiles.rawValue == EMFILE)
    }

    @Test func monotonicClockNeverGoesBack() {
        var last = MonotonicClock.nowNanoseconds()
        for _ in 0..<1000 {
            let now = MonotonicClock.nowNanoseconds()
            #expect(now >= last)
            last = now
        }
        #expect(WallClock.nowMilliseconds() > 1_700_000_000_000)
    }

    @Test func descriptorClosesItselfOnceAndOnlyIfOwned() throws {
        let raw = dup(0)
        try #require(raw >= 0)
        let kept = FileDescriptor(owning: raw).release()
        #expect(fcntl(kept, F_GETFD) >= 0)
        // A number of its own, which no other test's descriptor can take meanwhile.
        let high = fcntl(kept, F_DUPFD, 900)
        do { _ = FileDescriptor(owning: high) }
        #expect(fcntl(high, F_GETFD) < 0)
        _ = close(kept)
    }

    @Test func tokensSplitInIndexAndGeneration() {
        let token = Token(index: 0xAABB_CCDD, generation: 0x1122_3344)
        #expect(token.rawValue == 0x1122_3344_AABB_CCDD)
        #expect(token.index == 0xAABB_CCDD && token.generation == 0x1122_3344)
        #expect(MemoryLayout<Completion>.size <= 32)
    }

    @Test func writesFilesWholeOrNotAtAll() throws {
        let folder = "/tmp/aeroio-\(getpid())-\(MonotonicClock.nowNanoseconds())"
        try #require(mkdir(folder, 0o755) == 0)
        defer { rmdir(folder) }
        let path = "\(folder)/result.json"
        try AtomicFile.write(path, text: "one")
        try AtomicFile.write(path, pattern(100_000))
        #expect(try contents(path) == pattern(100_000))
        #expect(names(folder) == ["result.json"])
        unlink(path)
        // A directory stands where the file should go: nothing is left behind.
        try #require(mkdir(path, 0o755) == 0)
        #expect(throws: Errno.isDirectory) { try AtomicFile.write(path, text: "two") }
        #expect(names(folder) == ["result.json"])
        rmdir(path)
        #expect(throws: Errno.noSuchFile) { try AtomicFile.write("\(folder)/no/file", text: "") }
        #expect(throws: Errno.isDirectory) { try AtomicFile.write("\(folder)/", text: "") }
    }

    /// The limit on file sizes stands in for a full disk; it is a process's own.
    @Test func leavesTheOldFileWhenTheNewOneDoesNotFit() async {
        await #expect(processExitsWith: .success) {
            let path = "/tmp/aeroio-full-\(getpid())"
            try AtomicFile.write(path, text: "old")
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            #expect(throws: Errno.fileTooLarge) { try AtomicFile.write(path, pattern(5000)) }
            let old = try contents(path)
            let strays = names("/tmp").filter { $0.hasPrefix(".aeroio-full-\(getpid()).") }
            unlink(path)
            exit(old == Array("old".utf8) && strays.isEmpty ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    @Test func pinsNamesAndJoinsThreads() throws {
        let available = CPUSet.available
        let core = try #require(available.cores.last)
        let report = ThreadReport()
        let thread = try SystemThread.start(name: "a-name-that-is-too-long", core: core) {
            report.value.withLock {
                $0 = (
                    SystemThread.currentName, CPUSet.available.cores, SystemThread.currentIdentifier
                )
            }
        }
        thread.join()
        let (name, cores, identifier) = report.value.withLock { $0 }
        #expect(name == "a-name-that-is-")
        #expect(cores == [core])
        #expect(identifier != SystemThread.currentIdentifier && identifier > 0)
        #expect(throws: Errno.invalidArgument) {
            _ = try SystemThread.start(name: "x", core: 8191) {}
        }
        #expect(CPUSet.available == available)
    }

    @Test func refusesToRunNowhere() {
        #expect(throws: Errno.invalidArgument) { try CPUSet([]).applyToCurrentThread() }
        #expect(throws: Errno.invalidArgument) { try CPUSet([-1]).applyToCurrentThread() }
        #expect(CPUSet([3, 1, 3]).cores == [1, 3])
    }
}

private final class ThreadReport: Sendable {
    let value = Mutex<(String, [Int], Int32)>(("", [], 0))
}

private func contents(_ path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
}

private func names(_ folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}
