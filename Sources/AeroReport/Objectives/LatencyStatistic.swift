// Which number of a latency distribution is meant.

/// A statistic of a latency series.
package enum LatencyStatistic: Hashable, Sendable {
    /// A percentile, above 0 and at most 100.
    case percentile(Double)
    /// The smallest sample.
    case minimum
    /// The largest sample.
    case maximum
    /// The mean.
    case mean

    /// The statistics that comparisons show.
    package static let shown: [LatencyStatistic] = [
        .percentile(50), .percentile(90), .percentile(99), .percentile(99.9), .percentile(99.99),
        .maximum,
    ]

    /// Reads `min`, `max`, `mean`, `p50`, `p99.9` or `p999` (from the 90th on, digits
    /// after the second are decimals).
    ///
    /// - Returns: `nil` when the text is none of these or the percentile is not in (0, 100].
    package init?(_ text: String) {
        switch text {
        case "min": self = .minimum
        case "max": self = .maximum
        case "mean": self = .mean
        default:
            guard text.first == "p" else { return nil }
            let digits = text.dropFirst()
            let isPlain = digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            let spelled =
                isPlain && digits.count > 2 && digits.first == "9"
                ? "\(digits.prefix(2)).\(digits.dropFirst(2))" : String(digits)
            guard let number = spelled.first.flatMap({ $0.isNumber ? Double(spelled) : nil }),
                number > 0, number <= 100
            else { return nil }
            self = .percentile(number)
        }
    }

    /// The statistic's name: `p50`, `p99.9`, `max`.
    package var name: String {
        switch self {
        case .minimum: return "min"
        case .maximum: return "max"
        case .mean: return "mean"
        case .percentile(let percentile):
            let whole = percentile.rounded()
            return percentile == whole ? "p\(Int(whole))" : "p\(percentile)"
        }
    }
}
