// Traces: strict files, and arrivals at their times.

import AeroLoad
import TestSupport
import Testing

@Suite struct ArrivalTraceTests {
    static func parse(_ text: String) throws(ScenarioError) -> ArrivalTrace {
        try ArrivalTrace(Array(text.utf8), path: "trace.csv")
    }

    static func message(_ text: String) -> String {
        do throws(ScenarioError) {
            _ = try parse(text)
            return "no error"
        } catch {
            return error.description
        }
    }

    static func schedule(_ text: String, every: Int64?) throws -> ArrivalSchedule {
        let replay = TraceReplay(
            file: DataFile("trace.csv"), trace: try parse(text), everyNanoseconds: every)
        return try #require(ArrivalSchedule(.trace(replay), seed: 0))
    }

    @Test func timesAreExactInEveryUnit() throws {
        let seconds = try Self.parse("seconds\n0\n0.5\n1.000000001\n")
        #expect(
            seconds == (try Self.parse("nanoseconds\n0\n500000000\n1000000001")))
        #expect(
            try Self.parse("milliseconds\n0.000001") == Self.parse("nanoseconds\r\n1\r\n"))
        #expect(try Self.parse("microseconds\n7") == Self.parse("milliseconds\n0.007"))
    }

    @Test(arguments: [
        ("", "trace.csv:1:1: the file is empty"),
        (
            "time\n1",
            "trace.csv:1:1: the first line names the columns: seconds, milliseconds, "
                + "microseconds, nanoseconds for the time, then bytes for the size or nothing"
        ),
        ("seconds", "trace.csv:1:1: there are no arrivals"),
        ("seconds\n1\n1,2", "trace.csv:3:1: 2 fields, and the first line names 1"),
        ("seconds,bytes\n1,64\n2", "trace.csv:3:1: 1 fields, and the first line names 2"),
        ("seconds\n2\n1", "trace.csv:3:1: the time is before that of the line above"),
        (
            "seconds\n-1",
            "trace.csv:2:1: \"-1\" is not a number of seconds from 0 to a day, in whole "
                + "nanoseconds"
        ),
        (
            "nanoseconds\n0.5",
            "trace.csv:2:1: \"0.5\" is not a number of nanoseconds from 0 to a day, in whole "
                + "nanoseconds"
        ),
        (
            "seconds\n1\n\n2",
            "trace.csv:3:1: \"\" is not a number of seconds from 0 to a day, in whole nanoseconds"
        ),
        (
            "seconds,bytes\n1,15",
            "trace.csv:2:1: \"15\" is not a whole number of bytes from 16 to 16777216"
        ),
    ])
    func faultsNameFileAndLine(text: String, message: String) {
        #expect(Self.message(text) == message)
    }

    @Test func arrivalsComeAtTheirTimesAndThenNoMore() throws {
        let schedule = try Self.schedule("milliseconds\n0\n1\n1\n5", every: nil)
        #expect(
            (0..<4).map { schedule.intendedNanoseconds(index: $0) } == [
                0, 1_000_000, 1_000_000, 5_000_000,
            ])
        #expect(schedule.intendedNanoseconds(index: 4) > 86_400_000_000_000)
        #expect(schedule.arrivalCount(beforeNanoseconds: 86_400_000_000_000) == 4)
        #expect(schedule.arrivalCount(beforeNanoseconds: 1_000_000) == 1)
        #expect(schedule.arrivalCount(beforeNanoseconds: 1_000_001) == 3)
    }

    @Test(arguments: [1, 2, 3, 5, 11] as [Int64]) func aRepeatedTraceIsSplitByIndex(
        producerCount: Int64
    ) throws {
        let schedule = try Self.schedule("milliseconds\n0\n1\n4", every: 10_000_000)
        let expected: [Int64] = (0..<30).map { index in
            Int64(index / 3) * 10_000_000 + [0, 1_000_000, 4_000_000][index % 3]
        }
        for producer in 0..<producerCount {
            var cursor = schedule.cursor(first: producer, stride: producerCount)
            while cursor.index < 30 {
                #expect(cursor.intendedNanoseconds == expected[Int(cursor.index)])
                cursor.advance()
            }
        }
        for (time, count) in [(0, 0), (1, 1), (10_000_000, 3), (10_000_001, 4), (31_000_001, 11)] {
            #expect(schedule.arrivalCount(beforeNanoseconds: Int64(time)) == Int64(count))
        }
    }
}
