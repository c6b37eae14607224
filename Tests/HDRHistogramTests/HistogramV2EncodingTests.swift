// Encodings against those of the Java reference and of the PyPI package.

import HDRHistogram
import Testing

struct HistogramV2EncodingTests {
    @Test(arguments: HistogramDataSet.allCases)
    func writesWhatTheReferenceWrites(dataSet: HistogramDataSet) throws {
        let histogram = try dataSet.histogram()
        let fixture = try DescribedHistogram(fixture: "java-\(dataSet.rawValue).txt")
        try fixture.expectEqual(to: histogram, "recorded")
        // The bytes of the plain encoding are the reference's; compressed ones depend on zlib.
        #expect(try FixtureFile.base64(histogram.encoded()) == fixture.field("v2"))
        #expect(try Histogram(base64: fixture.field("v2")) == histogram)
    }

    @Test(arguments: HistogramDataSet.allCases)
    func readsWhatTheReferencesWrite(dataSet: HistogramDataSet) throws {
        for source in ["java", "python"] {
            let fixture = try DescribedHistogram(fixture: "\(source)-\(dataSet.rawValue).txt")
            let histogram = try Histogram(base64: fixture.field("compressed"))
            try fixture.expectEqual(to: histogram, "\(source)'s \(dataSet.rawValue)")
            #expect(histogram == (try dataSet.histogram()))
        }
    }

    @Test(arguments: HistogramDataSet.allCases)
    func readsWhatItWrites(dataSet: HistogramDataSet) throws {
        let histogram = try dataSet.histogram()
        for decoded in [
            try Histogram(decoding: histogram.encoded()),
            try Histogram(decoding: histogram.encodedCompressed()),
            try Histogram(base64: histogram.encodedBase64()),
        ] {
            #expect(decoded == histogram)
            #expect(decoded.highestTrackableValue == histogram.highestTrackableValue)
            #expect(decoded.minimum == histogram.minimum)
            #expect(decoded.maximum == histogram.maximum)
            #expect(decoded.percentileDistribution() == histogram.percentileDistribution())
        }
    }

    @Test func aNormalizingOffsetDoesNotMoveCounts() throws {
        let fixture = try DescribedHistogram(fixture: "java-shifted.txt")
        for key in ["v2", "compressed"] {
            try fixture.expectEqual(to: Histogram(base64: fixture.field(key)), "shifted")
        }
    }

    @Test func aFloatingPointHistogramIsNotMistaken() throws {
        let fixture = try DescribedHistogram(fixture: "java-floating.txt")
        #expect(throws: HistogramError.unknownCookie(0x0C72_124F)) {
            try Histogram(base64: fixture.field("compressed"))
        }
    }

    @Test func theLargestCountsSurvive() throws {
        var histogram = try Histogram(highestTrackableValue: 1000, significantDigits: 1)
        histogram.record(3, count: .max - 1)
        histogram.record(1000)
        #expect(try Histogram(decoding: histogram.encoded()) == histogram)
    }
}
