// The key hash against Kafka's.

import AeroWire
import Testing

@Suite struct MurmurHash2Tests {
    @Test(arguments: GoldenBatches.keyHashes)
    func hashesAreThoseOfKafkaClients(key: String, hash: UInt32) {
        withExactCopy(Array(key.utf8)) {
            #expect(MurmurHash2.hash(UnsafeRawBufferPointer($0)) == hash)
        }
    }

    /// From the unit test of Kafka's Java client (`UtilsTest.testMurmur2`).
    @Test func hashesAreThoseOfTheJavaClient() {
        let vectors: [(String, Int32)] = [
            ("21", -973_932_308), ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ]
        for (key, hash) in vectors {
            withExactCopy(Array(key.utf8)) {
                #expect(Int32(bitPattern: MurmurHash2.hash(UnsafeRawBufferPointer($0))) == hash)
            }
        }
    }

    @Test func aPartitionIsTheHashWithoutItsSign() {
        withExactCopy(Array("foobar".utf8)) {
            let partition = MurmurHash2.partition(
                ofKey: UnsafeRawBufferPointer($0), partitionCount: 1_000)
            #expect(partition == (0xD0E4_7BBE & 0x7FFF_FFFF) % 1_000)
        }
    }

    @Test func noPartitionsIsACallersError() async {
        await #expect(processExitsWith: .failure) {
            _ = MurmurHash2.partition(
                ofKey: UnsafeRawBufferPointer(start: nil, count: 0), partitionCount: 0)
        }
    }
}
