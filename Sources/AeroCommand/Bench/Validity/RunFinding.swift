// What one check of a run comes to.

import AeroReport

/// A reason not to believe a run, or to believe it less.
struct RunFinding: Equatable, Sendable {
    /// How much it weighs.
    enum Weight: Equatable, Sendable {
        /// The run must not be used.
        case reason
        /// It is weaker for it.
        case warning
    }

    let weight: Weight
    let record: ValidityReason

    /// - Parameters:
    ///   - weight: How much it weighs.
    ///   - code: A stable short name.
    ///   - message: One sentence for a human.
    ///   - value: What was measured.
    ///   - limit: What would have been acceptable.
    init(
        _ weight: Weight, _ code: String, _ message: String, value: Double? = nil,
        limit: Double? = nil
    ) {
        self.weight = weight
        record = ValidityReason(code: code, message: message, value: value, limit: limit)
    }
}

/// How late a measuring thread may be before what it measured is its own lateness.
enum LatenessBudget {
    /// Lateness below this is no reason for doubt, however short latencies are.
    static let floorNanoseconds: Int64 = 1_000_000
    /// Lateness may be this part of the median latency that it is a part of.
    static let shareOfMedian = 0.1

    /// The budget for latencies of a median.
    static func nanoseconds(median: Int64) -> Int64 {
        max(floorNanoseconds, Int64((Double(median) * shareOfMedian).rounded()))
    }
}
