// The offsets of a broadcasting member, in a file of its own.

import AeroIO
import AeroWire

/// Offsets of one member of a group, kept in a file that is replaced as a whole.
///
/// ```
/// aeromq.offsets/1
/// group: GROUP
/// offset: TOPIC TOPICID PARTITION OFFSET
/// crc32c: 8 hexadecimal digits over all lines before
/// ```
///
/// The topic's number tells a topic from a later one of the same name, whose offsets start anew.
struct LocalOffsetStore {
    /// One partition of one topic, and which topic of that name.
    struct Key: Hashable {
        let topic: String
        let topicId: UInt32
        let partition: UInt32
    }

    /// Why a file cannot be used.
    enum Failure: Error, Equatable {
        case system(Errno)
        /// It is not a file of this kind, or is damaged.
        case damaged(line: Int)
        /// It belongs to another group.
        case otherGroup(String)
    }

    private static let format = "aeromq.offsets/1"
    // BOUND: a file of a million offsets.
    private static let byteCountMax = 64 << 20

    let path: String
    let group: String
    private(set) var offsets: [Key: Int64] = [:]
    private var isChanged = false

    /// Reads the file; one that is not there yet is like an empty one.
    init(path: String, group: String, disk: any Disk = SystemDisk()) throws(Failure) {
        self.path = path
        self.group = group
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try disk.readFile(path, limit: Self.byteCountMax)
        } catch {
            guard error == .noSuchFile else { throw .system(error) }
            return
        }
        try parse(bytes)
    }

    /// The first offset that is not worked off.
    subscript(key: Key) -> Int64? { offsets[key] }

    mutating func set(_ key: Key, _ offset: Int64) {
        isChanged = isChanged || offsets[key] != offset
        offsets[key] = offset
    }

    /// Replaces the file when anything has changed since.
    mutating func save(disk: any Disk = SystemDisk()) throws(Errno) {
        guard isChanged else { return }
        try disk.replaceFile(path, with: bytes)
        isChanged = false
    }

    // MARK: - The format

    private var bytes: [UInt8] {
        var text = "\(Self.format)\ngroup: \(group)\n"
        let sorted = offsets.sorted {
            ($0.key.topic, $0.key.topicId, $0.key.partition)
                < ($1.key.topic, $1.key.topicId, $1.key.partition)
        }
        for (key, offset) in sorted {
            text += "offset: \(key.topic) \(key.topicId) \(key.partition) \(offset)\n"
        }
        let content = Array(text.utf8)
        return content + Array("crc32c: \(Self.checksum(content))\n".utf8)
    }

    private static func checksum(_ bytes: [UInt8]) -> String {
        let digits = String(bytes.withUnsafeBytes { CRC32C.checksum($0) }, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private mutating func parse(_ bytes: [UInt8]) throws(Failure) {
        let lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        // The last line ends in a line break too, so an empty one follows it.
        guard lines.count >= 4, lines[0] == Self.format, lines[lines.count - 1].isEmpty else {
            throw .damaged(line: 1)
        }
        let content = lines[..<(lines.count - 2)].map { $0 + "\n" }.joined()
        guard lines[lines.count - 2] == "crc32c: \(Self.checksum(Array(content.utf8)))" else {
            throw .damaged(line: lines.count - 1)
        }
        guard lines[1] == "group: \(group)" else {
            throw .otherGroup(String(lines[1].drop { $0 != " " }.dropFirst()))
        }
        for (number, line) in lines.enumerated().dropFirst(2).dropLast(2) {
            let words = line.split(separator: " ")
            guard words.count == 5, words[0] == "offset:", let topicId = UInt32(words[2]),
                let partition = UInt32(words[3]), let offset = Int64(words[4])
            else { throw .damaged(line: number + 1) }
            let key = Key(topic: String(words[1]), topicId: topicId, partition: partition)
            offsets[key] = offset
        }
    }
}

extension LocalOffsetStore.Failure {
    /// What is wrong, and what to do.
    func clientError(path: String) -> ClientError {
        switch self {
        case .system(let errno):
            ClientError(.systemFailure, "the offset file \(path) cannot be read: \(errno)")
        case .damaged(let line):
            ClientError(
                .corruptData,
                "the offset file \(path) is damaged at line \(line); remove it to start anew")
        case .otherGroup(let group):
            ClientError(
                .invalidConfiguration,
                "the offset file \(path) belongs to group '\(group)'; use another one")
        }
    }
}
