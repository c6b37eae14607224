// Checking options against their bounds, and durations as the inside counts them.

/// Checks one option after the other; the first outside its bounds is named in the error.
enum OptionBounds {
    static func check<Value: Comparable>(
        _ name: String, _ value: Value, in bounds: ClosedRange<Value>
    ) throws(ClientError) {
        guard !bounds.contains(value) else { return }
        throw ClientError(
            .invalidConfiguration,
            "\(name) is \(value); it must be from \(bounds.lowerBound) to \(bounds.upperBound)")
    }

    static func require(_ condition: Bool, _ message: String) throws(ClientError) {
        guard !condition else { return }
        throw ClientError(.invalidConfiguration, message)
    }
}

extension Duration {
    /// Whole nanoseconds; saturates at the ends of Int64 (292 years).
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, isOver) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return isOver ? .max : sum
    }
}
