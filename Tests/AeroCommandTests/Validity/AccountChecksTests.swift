// Checks of what was counted: Little's law, the broker's counts, samples, intervals.

import AeroReport
import Testing

@testable import AeroCommand

@Suite struct AccountChecksTests {
    /// 1,000 messages a second of 10 ms for ten seconds: ten in flight.
    static func little(inFlight: Double, latencyMilliseconds: Double = 10) -> LittleCheck {
        LittleCheck(
            inFlightArea: inFlight * 10_000_000_000,
            latencySum: 10_000 * latencyMilliseconds * 1e6, sampleCount: 10_000,
            windowNanoseconds: 10_000_000_000)
    }

    @Test func littlesLawHolds() {
        #expect(Self.little(inFlight: 10).finding == nil)
        #expect(Self.little(inFlight: 10.05).finding == nil)
        // Some ten nanoseconds for each message, which no clock tells apart.
        #expect(Self.little(inFlight: 0.000_9, latencyMilliseconds: 0).finding == nil)
    }

    /// A part of the samples gone, or latencies of another moment, and the law does not hold.
    @Test func littlesLawIsBroken() {
        #expect(Self.little(inFlight: 20).finding?.record.code == "littles-law")
        #expect(Self.little(inFlight: 5).finding?.record.code == "littles-law")
        #expect(Self.little(inFlight: 10.2).finding != nil)
        #expect(Self.little(inFlight: 10, latencyMilliseconds: 9.8).finding != nil)
        #expect(Self.little(inFlight: 20).finding?.weight == .reason)
    }

    @Test func littlesLawOfNothing() {
        let check = LittleCheck(
            inFlightArea: 100_000, latencySum: 0, sampleCount: 0, windowNanoseconds: 1_000)
        #expect(check.finding == nil)
    }

    static func broker(
        appended: Int64?, sent: Int64 = 1_000, acknowledged: Int64 = 1_000, failed: Int64 = 0,
        isEmbedded: Bool = true, over1ms: Int64? = nil
    ) -> [String] {
        var before: [String: Int64] = [:]
        var after: [String: Int64] = [:]
        if let appended {
            before["records.appended"] = 77
            after["records.appended"] = 77 + appended
        }
        if let over1ms {
            before["hiccups.watched_nanoseconds"] = 5
            after["hiccups.watched_nanoseconds"] = 1_000_000_005
            before["hiccups.over_1ms_nanoseconds"] = 1
            after["hiccups.over_1ms_nanoseconds"] = 1 + over1ms
        }
        return BrokerChecks(
            before: before, after: after, sent: sent, acknowledged: acknowledged, failed: failed,
            isEmbedded: isEmbedded, isOpenLoop: true, medianNanoseconds: 500_000
        ).findings.map { "\($0.weight) \($0.record.code)" }
    }

    @Test func theBrokersCounts() {
        #expect(Self.broker(appended: 1_000) == [])
        #expect(Self.broker(appended: nil) == [])
        #expect(Self.broker(appended: 999) == ["reason counts-differ"])
        #expect(Self.broker(appended: 1_001) == ["reason counts-differ"])
        // What is unanswered may be there or not.
        #expect(Self.broker(appended: 995, acknowledged: 990) == [])
        #expect(Self.broker(appended: 1_001, isEmbedded: false) == ["warning counts-differ"])
        #expect(Self.broker(appended: 1_001, failed: 3) == ["warning counts-differ"])
    }

    @Test func theBrokersHiccups() {
        #expect(Self.broker(appended: nil, over1ms: 20_000_000) == ["reason broker-hiccups"])
        #expect(Self.broker(appended: nil, over1ms: 5_000_000) == [])
    }

    @Test func percentilesNeedTenSamplesAboveThem() {
        #expect(LatencySummary(count: 10_000).unsupportedPercentiles == ["p9999"])
        #expect(LatencySummary(count: 9_999).unsupportedPercentiles == ["p999", "p9999"])
        #expect(LatencySummary(count: 100_000).unsupportedPercentiles == [])
        #expect(LatencySummary(count: 19).unsupportedPercentiles.first == "p50")
    }

    static func interval(
        sent: Int64 = 1_000, lag: Int64 = 50_000, hiccup: Int64 = 200_000, wait: Double = 0.01
    ) -> IntervalVerdict {
        IntervalChecks.verdict(
            index: 3, startNanoseconds: 3_000_000_000, durationNanoseconds: 1_000_000_000,
            classes: [ClassInterval(offered: 1_000, sent: sent, lagP99: lag, median: 400_000)],
            health: HealthRecord.Interval(
                index: 3, isMeasured: true, hiccupNanosecondsMax: hiccup,
                hiccupNanoseconds: hiccup, runQueueShare: wait))
    }

    @Test func anIntervalIsJudgedByEachOfItsFigures() {
        #expect(Self.interval().isValid && Self.interval().doubts == [])
        #expect(Self.interval(sent: 980).doubts == ["rate-not-reached"])
        #expect(Self.interval(sent: 980).sentShare == 0.98)
        #expect(Self.interval(lag: 1_100_000).doubts == ["lag-over-budget"])
        #expect(Self.interval(hiccup: 30_000_000).doubts == ["generator-hiccups"])
        #expect(Self.interval(hiccup: 5_000_000).isValid)
        #expect(Self.interval(wait: 0.2).doubts == ["run-queue-wait"])
    }

    @Test func theWarningNamesTheIntervals() throws {
        let checks = IntervalChecks(
            verdicts: [Self.interval(), Self.interval(sent: 900), Self.interval(lag: 9_000_000)])
        let finding = try #require(checks.finding)
        #expect(finding.weight == .warning && finding.record.value == 2)
        #expect(finding.record.message.contains("rate-not-reached in 3"))
        #expect(IntervalChecks(verdicts: [Self.interval()]).finding == nil)
    }
}
