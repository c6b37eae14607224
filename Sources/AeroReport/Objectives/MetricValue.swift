// Numbers with units, as people write them in limits.

/// Reads and writes limits: `5ms`, `100k/s`, `512MiB`, `95%`, `0`.
enum MetricValue {
    /// A limit in the metric's own unit (nanoseconds, per second, bytes, count, ratio).
    ///
    /// - Returns: `nil` when the text is not a non-negative number with a unit that fits.
    static func parse(_ text: String, unit: MetricUnit) -> Double? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "_") }
        guard digits.first?.isNumber == true, digits.last?.isNumber == true,
            let number = Double(digits.filter { $0 != "_" })
        else { return nil }
        let suffix = text.dropFirst(digits.count).trimmed
        if number == 0, suffix.isEmpty { return 0 }
        guard let factor = factors(of: unit)[suffix] else { return nil }
        return number * factor
    }

    /// What `parse` accepts, for an error message.
    static func expectation(for unit: MetricUnit) -> String {
        switch unit {
        case .nanoseconds: return "a duration such as 250us, 5ms or 1.5s"
        case .messagesPerSecond: return "a rate such as 100k/s or 1.5M/s"
        case .bytesPerSecond: return "a byte rate such as 100MiB/s"
        case .bytes: return "a size such as 512MiB"
        case .count: return "a count such as 0 or 10k"
        case .ratio: return "a share such as 95% or 0.95"
        }
    }

    /// A limit in the shortest spelling that `parse` reads back as the same number.
    static func text(_ value: Double, unit: MetricUnit) -> String {
        if value == 0 { return "0" }
        let preferred: [String]
        switch unit {
        case .nanoseconds: preferred = ["s", "ms", "us", "ns"]
        case .messagesPerSecond: preferred = ["M/s", "k/s", "/s"]
        case .bytesPerSecond: preferred = ["GiB/s", "MiB/s", "KiB/s", "B/s"]
        case .bytes: preferred = ["GiB", "MiB", "KiB", "B"]
        case .count: preferred = ["M", "k", ""]
        case .ratio: preferred = [""]
        }
        let factors = factors(of: unit)
        for suffix in preferred {
            guard let factor = factors[suffix] else { continue }
            let scaled = value / factor
            let isLast = suffix == preferred.last
            if isLast || scaled == scaled.rounded(), scaled >= 1 || isLast {
                let whole = scaled.rounded()
                let number = scaled == whole && whole < 1e15 ? "\(Int64(whole))" : "\(scaled)"
                return number + suffix
            }
        }
        return "\(value)"
    }

    /// Every spelling of a unit, with what it is worth.
    private static func factors(of unit: MetricUnit) -> [String: Double] {
        let sizes: [String: Double] = [
            "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30,
        ]
        let multiples: [String: Double] = ["": 1, "k": 1e3, "M": 1e6, "G": 1e9]
        switch unit {
        case .nanoseconds:
            return ["ns": 1, "us": 1e3, "\u{B5}s": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9]
        case .messagesPerSecond:
            var rates: [String: Double] = [:]
            for (prefix, factor) in multiples {
                rates[prefix + "/s"] = factor
                rates[prefix + "msg/s"] = factor
                rates[prefix + " msg/s"] = factor
            }
            return rates
        case .bytesPerSecond:
            return Dictionary(uniqueKeysWithValues: sizes.map { ($0.key + "/s", $0.value) })
        case .bytes: return sizes
        case .count: return multiples
        case .ratio: return ["": 1, "%": 0.01]
        }
    }
}
