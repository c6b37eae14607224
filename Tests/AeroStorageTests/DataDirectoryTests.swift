// The data directory: made, refused, locked, and its small files found damaged.

import AeroIO
import AeroStorage
import Foundation
import Testing

@Suite struct DataDirectoryTests {
    /// A fresh place that goes away with the test.
    private func withPlace(_ body: (String) throws -> Void) throws {
        let place = NSTemporaryDirectory() + "aeromq-data-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: place) }
        try body(place)
    }

    private func refusal(of path: String) -> DataDirectoryError? {
        do throws(DataDirectoryError) {
            _ = try DataDirectory.open(path, on: SystemDisk())
            return nil
        } catch {
            return error
        }
    }

    @Test func isMadeOfAMissingDirectoryAndOpenedAgain() throws {
        try withPlace { place in
            for _ in 0..<2 { #expect(refusal(of: place) == nil) }
            let names = try FileManager.default.contentsOfDirectory(atPath: place).sorted()
            #expect(names == ["checkpoints", "format", "lock", "quarantine", "topics"])
        }
    }

    @Test func foreignFilesAreRefusedByName() throws {
        try withPlace { place in
            try FileManager.default.createDirectory(
                atPath: place, withIntermediateDirectories: false)
            try Data("holiday".utf8).write(to: URL(fileURLWithPath: place + "/photo.jpg"))
            #expect(refusal(of: place) == .foreign(path: place, found: "photo.jpg"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["photo.jpg"])
        }
    }

    @Test func aFileInsteadOfADirectoryIsASystemError() throws {
        try withPlace { place in
            try Data().write(to: URL(fileURLWithPath: place))
            #expect(
                refusal(of: place) == .system(action: "read", path: place, .notDirectory))
        }
    }

    @Test func oneBrokerAtATime() throws {
        try withPlace { place in
            let first = try DataDirectory.open(place, on: SystemDisk())
            #expect(refusal(of: place) == .locked(path: place))
            withExtendedLifetime(first) {}
        }
    }

    @Test func anotherFormatIsRefused() throws {
        try withPlace { place in
            #expect(refusal(of: place) == nil)
            try Data("aeromq.data/9\n".utf8).write(to: URL(fileURLWithPath: place + "/format"))
            #expect(
                refusal(of: place) == .unknownFormat(path: place, format: "aeromq.data/9"))
        }
    }

    @Test func topicsAreThereOrNotAndDeletedOnesStayAway() throws {
        try withPlace { place in
            let directory = try DataDirectory.open(place, on: SystemDisk())
            try directory.createTopic("orders.1", lines: ["name: orders", "id: 1"])
            try directory.createTopic("clicks.2", lines: ["name: clicks"])
            try directory.alterTopic("orders.1", lines: ["name: orders", "id: 1", "more: x"])
            try directory.deleteTopic("clicks.2")
            // A broker that died while it created a topic, and something of other origin.
            for name in ["half.3.new", "unknown"] {
                try FileManager.default.createDirectory(
                    atPath: place + "/topics/" + name, withIntermediateDirectories: false)
            }
            let found = try directory.findTopics()
            #expect(found.topics.map(\.directoryName) == ["orders.1"])
            #expect(found.topics.first?.lines == ["name: orders", "id: 1", "more: x"])
            #expect(found.foreign == [place + "/topics/unknown"])
            try directory.removeDeletedTopics()
            let names = try FileManager.default.contentsOfDirectory(atPath: place + "/topics")
            #expect(names.sorted() == ["orders.1", "unknown"])
        }
    }

    @Test func theFurthestRecoveryPointHolds() throws {
        try withPlace { place in
            let directory = try DataDirectory.open(place, on: SystemDisk())
            func entry(_ partition: UInt32, _ offset: Int64) -> CheckpointEntry {
                CheckpointEntry(
                    topicId: 7, partition: partition, offset: offset, logStartOffset: offset / 2)
            }
            #expect(try directory.readCheckpoints().isEmpty)
            try directory.writeCheckpoint(shard: 0, [entry(0, 10), entry(1, 99)])
            try directory.writeCheckpoint(shard: 1, [entry(1, 50), entry(2, 4)])
            try directory.writeCheckpoint(shard: 0, [entry(0, 20), entry(1, 100)])
            #expect(try directory.readCheckpoints() == [entry(0, 20), entry(1, 100), entry(2, 4)])
        }
    }

    /// Every bit of a sealed text counts.
    @Test func everyFlippedBitOfASealedTextIsFound() {
        let bytes = SealedText.encode(["7 0 20 10", "7 1 100 50"])
        #expect(SealedText.decode(bytes) == ["7 0 20 10", "7 1 100 50"])
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(SealedText.decode(flipped) == nil, "bit \(bit)")
        }
        for count in 0..<bytes.count { #expect(SealedText.decode(Array(bytes[..<count])) == nil) }
    }
}
