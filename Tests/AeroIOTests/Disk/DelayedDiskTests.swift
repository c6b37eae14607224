// A disk that is made slow: what takes longer, and what stays the same.

import AeroIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DelayedDiskTests {
    private static let delay: Int64 = 50_000_000

    private func elapsed(_ body: () throws -> Void) rethrows -> Int64 {
        let start = MonotonicClock.nowNanoseconds()
        try body()
        return MonotonicClock.nowNanoseconds() - start
    }

    /// Each call that makes something durable, or may wait for the disk, takes the delay longer.
    @Test func writesAndSyncsTakeLonger() throws {
        let folder = try TemporaryFolder()
        let disk = DelayedDisk(SystemDisk())
        let file = try disk.create(folder.file("a"))
        try file.write("one", at: 0)
        let system = try disk.openFileSystem(holding: folder.path)
        disk.setDelay(nanoseconds: Self.delay)
        let again = try disk.open(folder.file("a"))
        let calls: [() throws -> Void] = [
            { try file.write("two", at: 0) }, { try file.synchronize() },
            { try again.write("three", at: 3) }, { try again.synchronize() },
            { try system.synchronize() }, { try disk.synchronizeDirectory(folder.path) },
        ]
        for (index, call) in calls.enumerated() {
            #expect(try elapsed(call) >= Self.delay, "call \(index)")
        }
        #expect(try file.text() == "twothree")
    }

    /// A delay that is over delays nothing: hours would be noticed.
    @Test func theDelayEnds() throws {
        let folder = try TemporaryFolder()
        let disk = DelayedDisk(SystemDisk())
        let file = try disk.create(folder.file("a"))
        disk.setDelay(nanoseconds: 3_600_000_000_000)
        disk.setDelay(nanoseconds: 0)
        try file.write("one", at: 0)
        try file.synchronize()
        #expect(try disk.openForReading(folder.file("a")).text() == "one")
    }
}
