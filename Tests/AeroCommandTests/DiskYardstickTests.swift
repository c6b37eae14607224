// What `aerobench disk` counts, and what a run's directory leaves behind.

import AeroIO
import FaultSupport
import HDRHistogram
import Testing

@testable import AeroCommand

struct DiskYardstickTests {
    private let disk = SimulatedDisk()

    private func plan(_ milliseconds: Int64 = 50) -> DiskYardstick.Plan {
        var plan = DiskYardstick.Plan(directory: "")
        plan.nanoseconds = milliseconds * 1_000_000
        return plan
    }

    @Test func everyWriteIsSynced() throws {
        let measured = try DiskYardstick(plan(), on: disk) { false }
        #expect(measured.sequentialByteCount >= DiskYardstick.writeByteCount)
        #expect(measured.sequentialByteCount % DiskYardstick.writeByteCount == 0)
        let writes = measured.sequentialByteCount / DiskYardstick.writeByteCount
        #expect(measured.syncs.totalCount > 0)
        #expect(disk.operationCount(of: .synchronize) == writes + Int(measured.syncs.totalCount))
        #expect(disk.operationCount(of: .write) == disk.operationCount(of: .synchronize))
        #expect(measured.bytesPerSecond > 0)
        #expect(try disk.entries(of: "/").isEmpty, "nothing is left behind")
    }

    @Test func bytesAreBounded() throws {
        var plan = plan(60_000)
        plan.byteCountMax = 3 * DiskYardstick.writeByteCount / 2
        let measured = try DiskYardstick(plan, on: disk) { false }
        #expect(measured.sequentialByteCount == DiskYardstick.writeByteCount)
        #expect(
            measured.syncs.totalCount == plan.byteCountMax / DiskYardstick.appendByteCount)
    }

    @Test func aRateIsKept() throws {
        var plan = plan(100)
        plan.appendsPerSecond = 200
        let measured = try DiskYardstick(plan, on: disk) { false }
        // The last one begins at or after the end of the time.
        #expect((1...21).contains(measured.syncs.totalCount))
        #expect(measured.appendNanoseconds >= plan.nanoseconds)
    }

    @Test func aFailingDiskIsToldAndCleared() throws {
        disk.inject(DiskFault(.synchronize, .ioError))
        #expect(throws: Errno.ioError) { try DiskYardstick(plan(), on: disk) { false } }
        #expect(try disk.entries(of: "/").isEmpty)
        disk.removeFaults()
        disk.capacityByteCount = 1 << 19
        #expect(throws: Errno.noSpace) { try DiskYardstick(plan(), on: disk) { false } }
        #expect(try disk.entries(of: "/").isEmpty)
    }

    @Test func aStopEndsIt() throws {
        let measured = try DiskYardstick(plan(60_000), on: disk) { true }
        #expect(measured.sequentialByteCount == 0 && measured.syncs.totalCount == 0)
    }
}

struct RunDirectoryTests {
    @Test func itGoesWithEverythingInIt() throws {
        let disk = SystemDisk()
        let outer = try RunDirectory(in: nil)
        let inner = try RunDirectory(in: outer.path)
        #expect(inner.path.hasPrefix(outer.path + "/aerobench-"))
        _ = try disk.create(inner.path + "/file")
        try disk.createDirectory(inner.path + "/folder")
        outer.remove(.standard)
        #expect(throws: Errno.noSuchFile) { try disk.entries(of: outer.path) }
    }

    @Test func aFolderThatIsNotThereIsNamed() {
        let error = #expect(throws: CommandError.self) { try RunDirectory(in: "/none/there") }
        #expect(error?.message.contains("/none/there") == true)
        #expect(error?.message.contains("--data") == true)
    }

    @Test func memoryIsToldFromDisks() {
        let mounts = """
            22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            23 22 0:21 / /dev/shm rw,nosuid shared:2 master:3 - tmpfs tmpfs rw
            24 22 0:22 / /ram rw - ramfs ramfs rw
            25 22 0:23 / /odd
            """
        #expect(RunDirectory.isInMemory(device: "0:21", mounts: mounts))
        #expect(RunDirectory.isInMemory(device: "0:22", mounts: mounts))
        for device in ["254:0", "0:23", "0:2", "9:9"] {
            #expect(!RunDirectory.isInMemory(device: device, mounts: mounts), "\(device)")
        }
        #expect(RunDirectory.isInMemory("/dev/shm"))
    }
}
