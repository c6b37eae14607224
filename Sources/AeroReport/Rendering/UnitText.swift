// Numbers as people read them; files never hold these forms.

/// Renders nanoseconds, bytes, rates and shares. No locale: the same document, the same text.
package enum UnitText {
    /// A number with a fixed count of decimals; ties away from zero.
    ///
    /// - Parameters:
    ///   - value: Any number; one too large for 64 bits after scaling, or not finite, is rendered
    ///     as Swift does.
    ///   - decimals: 0 to 6.
    package static func fixed(_ value: Double, decimals: Int) -> String {
        precondition((0...6).contains(decimals), "decimals are 0 to 6")
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled.isFinite, scaled < 9e18 else { return "\(value)" }
        let digits = Int64(scaled)
        let sign = value < 0 && digits != 0 ? "-" : ""
        if decimals == 0 { return "\(sign)\(digits)" }
        let whole = digits / Int64(scale)
        let fraction = String(digits % Int64(scale))
        let zeros = String(repeating: "0", count: decimals - fraction.utf8.count)
        return "\(sign)\(whole).\(zeros)\(fraction)"
    }

    /// A whole number in groups of three: `1,234,567`.
    package static func grouped(_ value: Int64) -> String {
        let digits = Array(String(value.magnitude).utf8)
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.unicodeScalars.append(Unicode.Scalar(digit))
        }
        return text
    }

    /// A duration with three to four significant digits: `812 ns`, `12.3 us`, `1.24 ms`, `3.00 s`.
    package static func latency(_ nanoseconds: Int64) -> String {
        let magnitude = Double(nanoseconds.magnitude)
        let sign = nanoseconds < 0 ? "-" : ""
        if magnitude < 1_000 { return "\(nanoseconds) ns" }
        if magnitude < 999_500 { return sign + significant(magnitude / 1e3) + " us" }
        if magnitude < 999_500_000 { return sign + significant(magnitude / 1e6) + " ms" }
        return sign + significant(magnitude / 1e9) + " s"
    }

    /// A rate of messages: `99,998 msg/s`.
    package static func messageRate(_ perSecond: Double) -> String {
        rate(perSecond) + " msg/s"
    }

    /// A rate without its unit, for a column that names it: `99,998`.
    package static func rate(_ perSecond: Double) -> String { rounded(perSecond) }

    /// A rate of bytes: `97.7 MiB/s`.
    package static func byteRate(_ bytesPerSecond: Double) -> String {
        scaledBytes(bytesPerSecond) + "/s"
    }

    /// A size: `512 B`, `1.00 KiB`, `97.7 MiB`.
    package static func bytes(_ count: Int64) -> String { scaledBytes(Double(count)) }

    /// A share or ratio as a percentage: `62.3 %`.
    package static func percent(_ share: Double) -> String {
        fixed(share * 100, decimals: 1) + " %"
    }

    /// A relative change with its sign: `+4.2 %`.
    package static func change(_ share: Double) -> String {
        (share > 0 ? "+" : "") + percent(share)
    }

    /// A number below ten keeps two decimals, one below a hundred one, others none.
    private static func significant(_ value: Double) -> String {
        if value < 9.995 { return fixed(value, decimals: 2) }
        return fixed(value, decimals: value < 99.95 ? 1 : 0)
    }

    private static func rounded(_ value: Double) -> String {
        let whole = value.rounded()
        guard whole.magnitude < 9e18 else { return "\(value)" }
        if value.magnitude < 10, value != whole { return fixed(value, decimals: 2) }
        return grouped(Int64(whole))
    }

    private static func scaledBytes(_ count: Double) -> String {
        var value = count.magnitude
        let sign = count < 0 ? "-" : ""
        if value < 1_024 { return sign + rounded(value) + " B" }
        for unit in ["KiB", "MiB", "GiB", "TiB"] {
            value /= 1_024
            if value < 1_023.5 || unit == "TiB" { return "\(sign)\(significant(value)) \(unit)" }
        }
        return "\(count) B"
    }
}
