// Writes batches for other clients to read; see scripts/fixtures/golden-compressed-batches.py.

import AeroWire
import Glibc
import TestSupport
import Testing

@Suite struct CompressionCrossCheckTests {
    private static let outputFolder = getenv("AEROMQ_BATCHES_OUT").map { String(cString: $0) }

    @Test(.enabled(if: outputFolder != nil, "AEROMQ_BATCHES_OUT names no folder to write to"))
    func writesBatchesForOtherClients() throws {
        let folder = try #require(Self.outputFolder)
        var random = SplitMix64(seed: TestSeed.current)
        let records = (0..<300).map { index in
            SampleRecord(
                Int64(index), Array("key-\(index)".utf8),
                CompressionSamples.value(700, .text, &random))
        }
        let batches = [
            "golden": CompressionSamples.batch(BatchSamples.golden),
            "large": CompressionSamples.batch(records),
        ]
        for (name, batch) in batches {
            for compression in CompressionSamples.compressions {
                let small = try #require(
                    CompressionSamples.compress(batch, compression, by: BatchCompressor()))
                let path = "\(folder)/\(name)-\(compression.codec)-\(compression.level)"
                try Self.write(small, to: path + ".batch")
                try Self.write(batch, to: path + ".plain")
            }
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try #require(fopen(path, "w"), "cannot write \(path)")
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
}
