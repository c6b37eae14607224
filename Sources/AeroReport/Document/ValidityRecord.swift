// Whether a run can be believed, and how near the machine's limit it came.

/// The verdict on the run itself.
package struct ValidityRecord: Codable, Equatable, Sendable {
    /// False when the run must not be used.
    package var isValid: Bool
    /// Why not; empty exactly when the run is valid.
    package var reasons: [ValidityReason]
    /// What makes it weaker without making it useless.
    package var warnings: [ValidityReason]
    /// The verdict on each interval of the measured window; absent in results of early releases.
    package var intervals: [IntervalVerdict]?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        isValid: Bool, reasons: [ValidityReason], warnings: [ValidityReason],
        intervals: [IntervalVerdict]? = nil
    ) {
        self.intervals = intervals
        self.isValid = isValid
        self.reasons = reasons
        self.warnings = warnings
    }
}

/// One reason for doubt, with the numbers behind it.
package struct ValidityReason: Codable, Equatable, Sendable {
    /// A stable short name, such as `lag-over-budget`.
    package var code: String
    /// One sentence for a human.
    package var message: String
    /// What was measured.
    package var value: Double?
    /// What would have been acceptable.
    package var limit: Double?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        code: String, message: String, value: Double? = nil, limit: Double? = nil
    ) {
        self.code = code
        self.message = message
        self.value = value
        self.limit = limit
    }
}

/// A reference run of the raw relay on the same machine with the same messages.
package struct LimitRecord: Codable, Equatable, Sendable {
    /// The driver of the reference, `relay`.
    package var driver: String
    /// What the reference achieved.
    package var receivedPerSecond: Double
    /// This run's received rate divided by the reference's.
    package var throughputShare: Double
    /// This run's `e2e.intended` median divided by the reference's.
    package var p50Ratio: Double?
    /// The same for the 99th percentile.
    package var p99Ratio: Double?
    /// The `id` of the reference's own result.
    package var resultId: String?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        driver: String, receivedPerSecond: Double, throughputShare: Double,
        p50Ratio: Double? = nil, p99Ratio: Double? = nil, resultId: String? = nil
    ) {
        self.driver = driver
        self.receivedPerSecond = receivedPerSecond
        self.throughputShare = throughputShare
        self.p50Ratio = p50Ratio
        self.p99Ratio = p99Ratio
        self.resultId = resultId
    }
}
