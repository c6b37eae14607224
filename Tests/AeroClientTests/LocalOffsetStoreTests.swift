// The offset file of a broadcasting member: kept, checked, and never half written.

import AeroIO
import Foundation
import TestSupport
import Testing

@testable import AeroClient

@Suite struct LocalOffsetStoreTests {
    /// A path in a folder that goes away with the test.
    private func withPath(_ body: (String) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try withExtendedLifetime(folder) { try body(folder.file("offsets")) }
    }

    private func key(_ topic: String, _ topicId: UInt32, _ partition: UInt32)
        -> LocalOffsetStore.Key
    {
        LocalOffsetStore.Key(topic: topic, topicId: topicId, partition: partition)
    }

    @Test func offsetsComeBack() throws {
        try withPath { path in
            var store = try LocalOffsetStore(path: path, group: "a group: of mine")
            #expect(store.offsets.isEmpty, "no file is an empty one")
            store.set(key("orders", 1, 0), 5)
            store.set(key("orders", 1, 10), 7)
            store.set(key("audit", 9, 0), 1)
            try store.save()
            let again = try LocalOffsetStore(path: path, group: "a group: of mine")
            #expect(again.offsets == store.offsets)
            #expect(again[key("orders", 2, 0)] == nil, "a topic made anew starts anew")
        }
    }

    @Test func theBytesArePinned() throws {
        try withPath { path in
            var store = try LocalOffsetStore(path: path, group: "g")
            store.set(key("t", 1, 2), 3)
            try store.save()
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.dropLast(2) == ["aeromq.offsets/1", "group: g", "offset: t 1 2 3"])
            #expect(lines[3].hasPrefix("crc32c: ") && lines[3].count == 16 && lines[4].isEmpty)
        }
    }

    @Test func nothingIsWrittenWithoutAChange() throws {
        try withPath { path in
            var store = try LocalOffsetStore(path: path, group: "g")
            try store.save()
            #expect(!FileManager.default.fileExists(atPath: path))
            store.set(key("t", 1, 2), 3)
            try store.save()
            try FileManager.default.removeItem(atPath: path)
            store.set(key("t", 1, 2), 3)
            try store.save()
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func everyFlippedBitAndEveryCutIsNoticed() throws {
        try withPath { path in
            var store = try LocalOffsetStore(path: path, group: "g")
            store.set(key("t", 1, 2), 3)
            try store.save()
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            for bit in 0..<bytes.count * 8 {
                var flipped = bytes
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                try flipped.write(to: URL(fileURLWithPath: path))
                #expect(throws: LocalOffsetStore.Failure.self) {
                    _ = try LocalOffsetStore(path: path, group: "g")
                }
            }
            for count in 0..<bytes.count {
                try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
                #expect(throws: LocalOffsetStore.Failure.self) {
                    _ = try LocalOffsetStore(path: path, group: "g")
                }
            }
        }
    }

    @Test func theFileOfAnotherGroupIsRefused() throws {
        try withPath { path in
            var store = try LocalOffsetStore(path: path, group: "mine")
            store.set(key("t", 1, 2), 3)
            try store.save()
            #expect(throws: LocalOffsetStore.Failure.otherGroup("mine")) {
                _ = try LocalOffsetStore(path: path, group: "yours")
            }
        }
    }

    @Test func aFolderThatIsMissingIsTold() throws {
        try withPath { path in
            var store = try LocalOffsetStore(path: path + "/missing/offsets", group: "g")
            store.set(key("t", 1, 2), 3)
            #expect(throws: Errno.self) { try store.save() }
        }
    }
}
