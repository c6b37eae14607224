// Reading interval logs of the references, and logs that are wrong.

import HDRHistogram
import Testing

struct IntervalLogReaderTests {
    @Test(arguments: [("java", [nil, "A", "e2e.intended"]), ("python", [nil])])
    func readsWhatTheReferencesWrite(source: String, tags: [String?]) throws {
        var reader = IntervalLogReader(try FixtureFile.text("\(source)-log.hlog"))
        for interval in 0..<3 {
            let start = 127_000_000 + Int64(interval) * 1_000_000_000
            for tag in tags {
                let entry = try #require(try reader.nextInterval())
                #expect(entry.tag == tag)
                #expect(entry.startNanoseconds == start)
                #expect(entry.lengthNanoseconds == 1_000_000_000)
                #expect(entry.absoluteStartNanoseconds == 1_441_812_279_000_000_000 + start)
                let expected = try HistogramDataSet.filled(
                    HistogramDataSet.latencyHistogram(), seed: UInt64(100 + interval),
                    count: 40 + interval)
                #expect(entry.histogram == expected)
            }
        }
        #expect(try reader.nextInterval() == nil)
        #expect(reader.baseTimeNanoseconds == 1_441_812_279_000_000_000)
        if source == "java" {
            #expect(reader.startTimeNanoseconds == 1_441_812_279_474_000_000)
        }
    }

    @Test func readsEveryKindOfLine() throws {
        let histogram = try HistogramDataSet.latency.histogram()
        let encoded = histogram.encodedBase64()
        var reader = IntervalLogReader(
            "#hello\r\n\r\n#[StartTime: 12.5 (seconds since epoch), whenever]\r\n"
                + "#[BaseTime: 3 (seconds since epoch)]\n#[BaseTime: soon]\n"
                + "\"StartTimestamp\",\"Interval_Length\"\nTag=x,0.5,1.0000000019,7.25,\(encoded)")
        #expect(try reader.nextLine() == .comment("hello"))
        #expect(try reader.nextLine() == .startTime(nanoseconds: 12_500_000_000))
        #expect(try reader.nextLine() == .baseTime(nanoseconds: 3_000_000_000))
        #expect(try reader.nextLine() == .comment("[BaseTime: soon]"))
        #expect(try reader.nextLine() == .legend)
        guard case .interval(let entry) = try reader.nextLine() else {
            Issue.record("an interval follows the legend")
            return
        }
        #expect(entry.tag == "x")
        #expect(entry.startNanoseconds == 500_000_000)
        #expect(entry.lengthNanoseconds == 1_000_000_001)
        #expect(entry.absoluteStartNanoseconds == 3_500_000_000)
        #expect(entry.histogram == histogram)
        #expect(try reader.nextLine() == nil)
        #expect(try reader.nextLine() == nil)
    }

    @Test(
        arguments: [
            // Start time, start of the interval, absolute start, all in seconds.
            (nil, 5, 5), (1_441_812_279, 5, 1_441_812_284),
            (1_441_812_279, 1_441_812_280, 1_441_812_280),
        ] as [(Int64?, Int64, Int64)])
    func deducesTheBaseTimeAsTheReferenceDoes(
        startTime: Int64?, start: Int64, absolute: Int64
    ) throws {
        let encoded = try HistogramDataSet.zero.histogram().encodedBase64()
        let header = startTime.map { "#[StartTime: \($0).000 (seconds since epoch), now]\n" }
        var reader = IntervalLogReader((header ?? "") + "\(start).000,1.000,0.000,\(encoded)\n")
        let entry = try #require(try reader.nextInterval())
        #expect(entry.absoluteStartNanoseconds == absolute * 1_000_000_000)
    }

    @Test func namesTheLineThatIsWrong() throws {
        let good = try HistogramDataSet.zero.histogram().encodedBase64()
        var reader = IntervalLogReader(
            """
            #[a comment]
            nonsense
            1.0,1.0,1.0
            x,1.0,1.0,\(good)
            1.0,1.0,max,\(good)
            99999999999999999999,1.0,1.0,\(good)
            1.0,1.0,1.0,\(good),
            Tag=t,1.0,1.0,1.0,\(good),
            1.0,1.0,1.0,HIST
            Tag=t,1.0,1.0,1.0,\(good)
            """)
        for line in 2...7 {
            #expect(throws: HistogramError.malformedLogLine(line)) { try reader.nextInterval() }
        }
        let offset = good.utf8.count + 1
        #expect(throws: HistogramError.undecodableLogLine(8, .invalidBase64(offset: offset))) {
            try reader.nextInterval()
        }
        let truncated = HistogramError.truncated(neededByteCount: 4, availableByteCount: 3)
        #expect(throws: HistogramError.undecodableLogLine(9, truncated)) {
            try reader.nextInterval()
        }
        #expect(try reader.nextInterval()?.tag == "t")
        #expect(try reader.nextInterval() == nil)
    }
}
