// The units that a metric can have.

/// What a metric's number counts.
package enum MetricUnit: String, Codable, Equatable, Sendable {
    /// Nanoseconds.
    case nanoseconds
    /// Messages per second.
    case messagesPerSecond
    /// Bytes per second.
    case bytesPerSecond
    /// Bytes.
    case bytes
    /// Things.
    case count
    /// A share; 1 is the whole.
    case ratio

    /// The number as people read it.
    package func text(_ value: Double) -> String {
        switch self {
        case .nanoseconds: return UnitText.latency(Int64(clamping: value))
        case .messagesPerSecond: return UnitText.messageRate(value)
        case .bytesPerSecond: return UnitText.byteRate(value)
        case .bytes: return UnitText.bytes(Int64(clamping: value))
        case .count:
            return value == value.rounded()
                ? UnitText.grouped(Int64(clamping: value)) : UnitText.fixed(value, decimals: 3)
        case .ratio: return UnitText.percent(value)
        }
    }
}

extension Int64 {
    /// The nearest integer; numbers outside 64 bits become the nearest end, not-a-number 0.
    init(clamping value: Double) {
        let whole = value.rounded()
        if whole.isNaN {
            self = 0
        } else if whole >= 0x1p63 {
            self = .max
        } else {
            self = whole < -0x1p63 ? .min : Int64(whole)
        }
    }
}
