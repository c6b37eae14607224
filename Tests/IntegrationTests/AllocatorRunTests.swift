// Brokers on another allocator, and what their results say of memory.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized)
struct AllocatorRunTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let libraries = [
        "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", "/usr/lib/aarch64-linux-gnu/libjemalloc.so.2",
        "/usr/lib64/libjemalloc.so.2", "/usr/lib/libjemalloc.so.2",
        "/usr/local/lib/libjemalloc.so.2",
    ]

    @Test func aBrokerOnJemallocTellsItsOwnStatistics() throws {
        let path = folder.file("jemalloc.json")
        let finished = try BenchRun.run(
            BenchRun.unhurried + ["--set", "broker={buffers: native, malloc: jemalloc}"], to: path)
        guard Self.libraries.contains(where: { FileManager.default.fileExists(atPath: $0) }) else {
            #expect(finished.code == 1)
            #expect(finished.errors.joined().contains("apt-get install libjemalloc2"))
            return
        }
        #expect(finished.code == 0, "\(finished.transcript)")
        let broker = try #require(try ResultFile(path).json["broker"] as? [String: Any])
        let jemalloc = try #require(broker["jemalloc"] as? [String: Any])
        let resident = try #require(jemalloc["residentBytes"] as? Int)
        let active = try #require(jemalloc["activeBytes"] as? Int)
        let allocated = try #require(jemalloc["allocatedBytes"] as? Int)
        #expect(allocated > 0 && allocated <= active && active <= resident)
        // Native buffers come from the allocator, a few for each batch.
        let requests = try #require(jemalloc["requestsPerMessage"] as? Double)
        let bytes = try #require(jemalloc["requestedBytesPerMessage"] as? Double)
        #expect(requests > 0 && bytes > requests)
        let counted = try #require(broker["allocationsPerMessage"] as? Double)
        #expect(counted > 0)
    }

    @Test func aBrokerOnLibcHasNoneAndCountsItsBytes() throws {
        let path = folder.file("libc.json")
        let finished = try BenchRun.run(
            BenchRun.unhurried + ["--set", "broker.buffers=native"], to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let result = try ResultFile(path)
        let broker = try #require(result.json["broker"] as? [String: Any])
        #expect(broker["jemalloc"] == nil)
        #expect((broker["allocatedBytesPerMessage"] as? Double ?? 0) > 0)
        let resources = try #require(broker["resources"] as? [String: Any])
        #expect(resources["minorPageFaults"] as? Int ?? -1 >= 0)
        #expect(resources["majorPageFaults"] as? Int ?? -1 >= 0)
    }
}
