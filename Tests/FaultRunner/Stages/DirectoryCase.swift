// Data directories that a broker cannot use, or not all of, and what it has to say of each.

import AeroIO
import FaultSupport
import Glibc

/// A data directory that somebody has been at.
struct DirectoryCase: Sendable {
    static let title = "foreign, damaged, locked and unwritable directories"

    /// What a broker does with it.
    enum Outcome: Sendable, Equatable {
        /// Ends with code 1 and a reason, and changes nothing.
        case refused
        /// Serves the topic `whole` and refuses the topic `hurt`, of which nothing is changed.
        case servedInPart
        /// Serves both.
        case served
    }

    let name: String
    /// What it is made of: a data directory with two topics, or nothing.
    var isSound = true
    /// What is done to it; the argument is its path.
    let prepare: @Sendable (String, SystemDisk) throws -> Void
    /// Rules of the fault shim.
    var faults: [String] = []
    var outcome = Outcome.refused
    /// What must stand in standard error.
    let words: [String]

    private static let log = "/topics/hurt.1/0/00000000000000000000.log"

    private static func append(_ text: String, to path: String, _ disk: SystemDisk) throws {
        let bytes = try disk.readFile(path, limit: 1 << 20)
        try disk.writeFile(path, bytes + Array(text.utf8))
    }

    private static func change(
        _ path: String, _ disk: SystemDisk, at place: (Int) -> Int
    ) throws {
        var bytes = try disk.readFile(path, limit: 1 << 20)
        bytes[place(bytes.count)] ^= 0x10
        try disk.writeFile(path, bytes)
    }

    /// Directories that a broker must not begin to serve.
    private static let refused: [DirectoryCase] = [
        DirectoryCase(
            name: "somebody else's files", isSound: false,
            prepare: { path, disk in
                try disk.createDirectory(path)
                try disk.writeFile(path + "/letter.txt", Array("Dear".utf8))
            }, words: ["letter.txt"]),
        DirectoryCase(
            name: "a file in its place", isSound: false,
            prepare: { path, disk in try disk.writeFile(path, Array("x".utf8)) },
            words: ["Not a directory"]),
        DirectoryCase(
            name: "a format of the future",
            prepare: { path, disk in
                try disk.writeFile(path + "/format", Array("aeromq.data/9\n".utf8))
            }, words: ["aeromq.data/9", "use the version that wrote it"]),
        DirectoryCase(
            name: "a checkpoint that is cut off",
            prepare: { path, disk in try change(path + "/checkpoints/shard-0", disk) { $0 - 2 } },
            words: ["checkpoints/shard-0 is damaged", "restore it"]),
        DirectoryCase(
            name: "a topic's file with a changed bit",
            prepare: { path, disk in try change(path + "/topics/hurt.1/topic", disk) { $0 / 2 } },
            words: ["topics/hurt.1/topic is damaged", "restore it"]),
        DirectoryCase(
            name: "no right to make it", isSound: false, prepare: { _, _ in },
            faults: ["mkdir:EACCES"], words: ["cannot create", "Permission denied"]),
        DirectoryCase(
            name: "no right to write in it", prepare: { _, _ in },
            faults: ["open:EACCES:path=/lock"], words: ["cannot lock", "Permission denied"]),
        DirectoryCase(
            name: "a file system that is read-only", prepare: { _, _ in },
            faults: ["open:EROFS:path=/lock"], words: ["cannot lock", "Read-only file system"]),
        DirectoryCase(
            name: "no room for a new one", isSound: false, prepare: { _, _ in },
            faults: ["open:ENOSPC:path=/format"],
            words: ["No space left on device"]),
    ]

    /// Directories of which something can be served.
    private static let served: [DirectoryCase] = [
        DirectoryCase(
            name: "a sound one", prepare: { _, _ in }, outcome: .served, words: []),
        DirectoryCase(
            name: "somebody else's files among its own",
            prepare: { path, disk in
                try disk.createDirectory(path + "/topics/foreign")
                for name in ["/topics/letter.txt", "/topics/hurt.1/0/notes.txt"] {
                    try disk.writeFile(path + name, Array("Dear".utf8))
                }
            }, outcome: .served, words: ["letter.txt", "notes.txt", "not the broker's"]),
        DirectoryCase(
            name: "a changed bit in a segment",
            prepare: { path, disk in try change(path + log, disk) { $0 / 2 } },
            outcome: .servedInPart, words: ["is damaged at byte", "aeromq log inspect"]),
        DirectoryCase(
            name: "a segment cut off",
            prepare: { path, disk in
                let file = try disk.open(path + log)
                try file.truncate(to: try file.byteCount() - 7)
            }, outcome: .servedInPart, words: ["is damaged at byte", "aeromq log inspect"]),
        DirectoryCase(
            name: "a missing segment", prepare: { path, disk in try disk.remove(path + log) },
            outcome: .servedInPart, words: ["were durable and no segment is there"]),
        DirectoryCase(
            name: "the wreck of a write behind a segment",
            prepare: { path, disk in try append("half a batch", to: path + log, disk) },
            outcome: .served, words: []),
    ]

    /// All of them.
    static let all = refused + served
}
