// Records that follow from others, so that no two callers derive them differently.

extension AchievedLoad {
    /// The rates of a measured window: counts divided by its length; all zero when it is empty.
    package init(_ counts: MessageCounts, measuredNanoseconds: Int64) {
        let seconds = Double(measuredNanoseconds) / 1e9
        func rate(_ count: Int64) -> Double { seconds > 0 ? Double(count) / seconds : 0 }
        self.init(
            sentPerSecond: rate(counts.sent), ackedPerSecond: rate(counts.acked),
            receivedPerSecond: rate(counts.received), sentBytesPerSecond: rate(counts.sentBytes),
            receivedBytesPerSecond: rate(counts.receivedBytes))
    }
}

extension LimitRecord {
    /// How far a run is from a reference run of the raw relay.
    ///
    /// - Parameters:
    ///   - document: The run, whose own `limit` is not looked at.
    ///   - reference: The relay's run of the same scenario on the same machine.
    /// - Returns: `nil` when the reference received nothing.
    /// - Throws: `.invalidValue` when a histogram does not decode.
    package init?(
        of document: ResultDocument, against reference: ResultDocument
    ) throws(ResultFileError) {
        let own = RunGroup(document)
        let other = RunGroup(reference)
        let received = Metric.throughput(.received)
        guard let limit = try other.value(of: received, className: nil), limit > 0 else {
            return nil
        }
        let achieved = try own.value(of: received, className: nil) ?? 0
        self.init(
            driver: reference.driver.name, receivedPerSecond: limit,
            throughputShare: achieved / limit,
            p50Ratio: try Self.ratio(.percentile(50), own, other),
            p99Ratio: try Self.ratio(.percentile(99), own, other), resultId: reference.id)
    }

    /// The ratio of a statistic of `e2e.intended` over all classes together.
    private static func ratio(
        _ statistic: LatencyStatistic, _ run: RunGroup, _ reference: RunGroup
    ) throws(ResultFileError) -> Double? {
        let series = "e2e.intended"
        guard let value = try run.distribution(series: series)?.value(statistic),
            let limit = try reference.distribution(series: series)?.value(statistic), limit > 0
        else { return nil }
        return value / limit
    }
}
