// Each check of the machine trips for its own reason, and only then.

import AeroIO
import AeroReport
import HDRHistogram
import Testing

@testable import AeroCommand

@Suite struct HealthChecksTests {
    /// A histogram of overshoots: pairs of length in microseconds and how often.
    static func overshoots(_ pairs: [(Int64, Int64)]) throws -> Histogram {
        var histogram = try Histogram(
            lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000_000,
            significantDigits: 3)
        for (microseconds, count) in pairs {
            histogram.record(microseconds * 1_000, count: count)
        }
        return histogram
    }

    static func reading(_ monotonic: Int64, raw: Int64? = nil, wall: Int64? = nil) -> ClockReading {
        ClockReading(
            monotonicNanoseconds: monotonic, rawNanoseconds: raw ?? monotonic,
            wallNanoseconds: wall ?? monotonic)
    }

    /// A run of ten seconds on a quiet machine.
    static func quiet() throws -> HealthRecord {
        var record = HealthRecord()
        record.hiccups = try overshoots([(60, 9_400), (900, 5)])
        record.threads = [.init(name: "load-0", runShare: 0.5, waitShare: 0.005)]
        record.clocks = (reading(0), reading(10_000_000_000, raw: 10_000_100_000))
        return record
    }

    static func codes(
        _ record: HealthRecord, isOpenLoop: Bool = true, median: Int64 = 500_000
    ) -> [String] {
        HealthChecks(
            record: record, isOpenLoop: isOpenLoop, medianNanoseconds: median
        ).findings.map { "\($0.weight) \($0.record.code)" }
    }

    @Test func aQuietMachineGivesNoFinding() throws {
        #expect(Self.codes(try Self.quiet()) == [])
    }

    @Test func hiccupsAreWeighedByTheirLength() throws {
        var record = try Self.quiet()
        // Ten of 12 ms: 0.1 % of the wake-ups, more than a hundredth of the time.
        record.hiccups = try Self.overshoots([(60, 9_400), (12_000, 10)])
        #expect(Self.codes(record) == ["reason generator-hiccups"])
        // Half as many are under a hundredth.
        record.hiccups = try Self.overshoots([(60, 9_400), (12_000, 5)])
        #expect(Self.codes(record) == [])
        // Where latencies are long, so may hiccups be.
        record.hiccups = try Self.overshoots([(60, 9_400), (12_000, 10)])
        #expect(Self.codes(record, median: 200_000_000) == [])
        // Where nobody keeps a schedule, it is a warning.
        #expect(Self.codes(record, isOpenLoop: false) == ["warning generator-hiccups"])
    }

    @Test func aThreadThatWaitsForACore() throws {
        var record = try Self.quiet()
        record.threads.append(.init(name: "load-1", runShare: 0.5, waitShare: 0.12))
        #expect(Self.codes(record) == ["reason run-queue-wait"])
        #expect(Self.codes(record, isOpenLoop: false) == ["warning run-queue-wait"])
        record.threads[1] = .init(name: "load-1", runShare: 0.5, waitShare: 0.05)
        #expect(Self.codes(record) == ["warning run-queue-wait"])
    }

    @Test func clocksThatDisagree() throws {
        var record = try Self.quiet()
        // 500 ppm is what a time server may do to the pace.
        record.clocks = (Self.reading(0), Self.reading(10_000_000_000, raw: 9_995_000_000))
        #expect(Self.codes(record) == [])
        record.clocks = (Self.reading(0), Self.reading(10_000_000_000, raw: 9_980_000_000))
        #expect(Self.codes(record) == ["reason clock-error"])
        record = try Self.quiet()
        record.monotonicJumpNanosecondsMax = 2_000_000
        #expect(Self.codes(record) == ["reason clock-jumped"])
        record = try Self.quiet()
        record.wallJumpNanosecondsMax = 60_000_000_000
        #expect(Self.codes(record) == ["warning wall-clock-jumped"])
    }

    /// The machine's own clocks hold up to the check that would refuse them.
    @Test func theMachinesClocksAgree() {
        let first = ClockReading.now()
        var last = ClockReading.now()
        while last.rawNanoseconds - first.rawNanoseconds < 150_000_000 { last = ClockReading.now() }
        var record = HealthRecord()
        record.clocks = (first, last)
        #expect(Self.codes(record) == [])
    }
}
