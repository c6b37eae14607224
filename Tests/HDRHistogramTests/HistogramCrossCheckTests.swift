// Writes files for the references to read; see scripts/fixtures/crosscheck-histogram.

import Glibc
import HDRHistogram
import Testing

struct HistogramCrossCheckTests {
    private static let outputFolder = getenv("AEROMQ_HDR_OUT").map { String(cString: $0) }

    @Test(.enabled(if: outputFolder != nil, "AEROMQ_HDR_OUT names no folder to write to"))
    func writesFilesForTheReferences() throws {
        let folder = try #require(Self.outputFolder)
        for dataSet in HistogramDataSet.allCases {
            let histogram = try dataSet.histogram()
            let name = "\(folder)/swift-\(dataSet.rawValue)"
            var text = dataSet.description(of: histogram)
            text += "v2 \(FixtureFile.base64(histogram.encoded()))\n"
            text += "compressed \(histogram.encodedBase64())\n"
            try FixtureFile.write(text, to: name + ".txt")
            try FixtureFile.write(
                histogram.percentileDistribution(valueScale: 1000), to: name + ".hgrm")
        }
        try FixtureFile.write(HistogramDataSet.intervalLog(), to: folder + "/swift-log.hlog")
    }
}
