// Topics whose directory cannot be renamed for certain: as before, or gone, and never both.

import AeroIO
import AeroStorage
import FaultSupport
import Testing

@Suite struct TopicDirectoryFaultTests {
    private static let lines = ["name: t", "id: 5"]

    /// The topics that the next start finds.
    private func topics(_ disk: SimulatedDisk) throws -> [String] {
        let directory = try DataDirectory.open("/data", on: disk)
        try directory.removeDeletedTopics()
        return try directory.findTopics().topics.map(\.directoryName)
    }

    private func withDirectory(
        _ body: (SimulatedDisk, DataDirectory) throws -> Void
    ) throws {
        let disk = SimulatedDisk()
        let directory = try DataDirectory.open("/data", on: disk)
        try disk.synchronizeFileSystem(holding: "/")
        try body(disk, directory)
    }

    private let unsynchronized = DiskFault(
        .synchronizeDirectory, .ioError, pathSuffix: "/data/topics")

    @Test func aTopicThatWasRefusedIsNotThere() throws {
        try withDirectory { disk, directory in
            disk.inject(unsynchronized)
            #expect(throws: DataDirectoryError.self) {
                try directory.createTopic("t.5", lines: Self.lines)
            }
            let found = try topics(disk.afterKill())
            #expect(found.isEmpty)
        }
    }

    /// It goes on taking batches, so no crash may find it deleted.
    @Test func aTopicThatCouldNotBeDeletedStays() throws {
        try withDirectory { disk, directory in
            try directory.createTopic("t.5", lines: Self.lines)
            disk.inject(unsynchronized)
            #expect(throws: DataDirectoryError.self) { try directory.deleteTopic("t.5") }
            let found = try topics(disk.afterKill())
            #expect(found == ["t.5"])
            _ = try disk.enumerateCrashStates(limit: 50) { left in
                let found = try topics(left)
                #expect(found == ["t.5"])
            }
        }
    }

    /// Where the disk takes neither, the topic is deleted, and a power loss may bring it back.
    @Test(arguments: [DiskOperationKind.synchronizeDirectory, .rename])
    func aTopicThatCannotBeHadBackIsDeleted(_ kind: DiskOperationKind) throws {
        try withDirectory { disk, directory in
            try directory.createTopic("t.5", lines: Self.lines)
            disk.inject(unsynchronized)
            // The second of its kind: what would take the deletion back.
            disk.inject(DiskFault(kind, .readOnlyFileSystem, ordinal: 2))
            let doubt = try directory.deleteTopic("t.5")
            #expect(doubt == .ioError)
            let found = try topics(disk.afterKill())
            #expect(found.isEmpty)
        }
    }
}
