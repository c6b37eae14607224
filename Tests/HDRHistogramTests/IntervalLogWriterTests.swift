// Writing interval logs.

import HDRHistogram
import Testing

struct IntervalLogWriterTests {
    @Test func writesTheHeaderLinesOfTheReference() throws {
        // The histograms are compared by reading them: compressed bytes depend on zlib's version.
        let lines = try HistogramDataSet.intervalLog().split(separator: "\n")
        let expected = try FixtureFile.text("java-log.hlog").split(separator: "\n")
        #expect(lines.count == expected.count)
        #expect(lines.prefix(5) == expected.prefix(5))
        for (line, reference) in zip(lines, expected).dropFirst(5) {
            let fields = line.split(separator: ",")
            let referenceFields = reference.split(separator: ",")
            #expect(fields.dropLast() == referenceFields.dropLast())
            #expect(
                try Histogram(base64: String(fields[fields.count - 1]))
                    == Histogram(base64: String(referenceFields[referenceFields.count - 1])))
        }
    }

    @Test func readsWhatItWrites() throws {
        var reader = IntervalLogReader(try HistogramDataSet.intervalLog())
        var tags: [String?] = []
        while let entry = try reader.nextInterval() { tags.append(entry.tag) }
        #expect(
            tags == [nil, "A", "e2e.intended", nil, "A", "e2e.intended", nil, "A", "e2e.intended"])
    }

    @Test func commentsStayComments() {
        var writer = IntervalLogWriter()
        writer.writeComment("one\ntwo\r\nthree")
        #expect(writer.takeText() == "#one\n#two\n#three\n")
        #expect(writer.text.isEmpty)
    }

    @Test(arguments: ["", "a,b", "a b", "a\nb", "\r"])
    func refusesTagsThatWouldBreakTheLine(tag: String) throws {
        var writer = IntervalLogWriter()
        let histogram = try HistogramDataSet.zero.histogram()
        #expect(throws: HistogramError.invalidTag(tag)) {
            try writer.writeInterval(
                histogram, startNanoseconds: 0, lengthNanoseconds: 1, tag: tag)
        }
        #expect(writer.text.isEmpty)
    }

    @Test(
        arguments: [
            (0, "0.000 (seconds since epoch), Thu Jan 01 00:00:00 UTC 1970"),
            (
                951_782_399_999_600_000,
                "951782400.000 (seconds since epoch), Mon Feb 28 23:59:59 UTC 2000"
            ),
            (
                951_868_799_000_000_000,
                "951868799.000 (seconds since epoch), Tue Feb 29 23:59:59 UTC 2000"
            ),
            (
                4_107_542_400_000_000_000,
                "4107542400.000 (seconds since epoch), Mon Mar 01 00:00:00 UTC 2100"
            ),
            (-1_500_000, "-0.002 (seconds since epoch), Wed Dec 31 23:59:59 UTC 1969"),
            (-400_000, "0.000 (seconds since epoch), Wed Dec 31 23:59:59 UTC 1969"),
        ] as [(Int64, String)])
    func writesTimesToTheMillisecond(nanoseconds: Int64, text: String) {
        var writer = IntervalLogWriter()
        writer.writeStartTime(epochNanoseconds: nanoseconds)
        #expect(writer.text == "#[StartTime: \(text)]\n")
    }
}
