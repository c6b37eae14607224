// Exact decimal numbers, so that "2.5k/s" is not first rounded to a binary fraction.

/// A non-negative decimal number in billionths: `2.5` is 2_500_000_000.
struct DecimalNumber: Equatable {
    /// The value times 10^9.
    var billionths: UInt64

    /// Splits `text` into a leading decimal number and the rest, which is its unit.
    ///
    /// The rest is returned without leading blanks. Nil when there is no number, when it has more
    /// than nine fraction digits, or when it does not fit.
    static func split(_ text: String) -> (number: DecimalNumber, unit: String)? {
        let bytes = Array(text.utf8)
        var index = 0
        var value: UInt64 = 0
        var fractionDigits = 0
        var digitCount = 0
        var isFraction = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "."), !isFraction, digitCount > 0 {
                isFraction = true
            } else if byte == UInt8(ascii: "_"), digitCount > 0 {
                // A digit group separator, as in 100_000.
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                let (times, first) = value.multipliedReportingOverflow(by: 10)
                let (sum, second) = times.addingReportingOverflow(UInt64(byte - 48))
                guard !first, !second else { return nil }
                value = sum
                digitCount += 1
                if isFraction { fractionDigits += 1 }
            } else {
                break
            }
            index += 1
        }
        guard digitCount > 0, fractionDigits <= 9, !isFraction || fractionDigits > 0 else {
            return nil
        }
        for _ in fractionDigits..<9 {
            let (times, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = times
        }
        while index < bytes.count, bytes[index] == UInt8(ascii: " ") { index += 1 }
        let unit = String(decoding: bytes[index...], as: UTF8.self)
        return (DecimalNumber(billionths: value), unit)
    }

    /// The value times `factor` when that is a whole number that fits, else nil.
    func whole(times factor: UInt64) -> Int64? {
        let product = billionths.multipliedFullWidth(by: factor)
        guard product.high < 1_000_000_000 else { return nil }
        let (quotient, remainder) = UInt64(1_000_000_000).dividingFullWidth(product)
        guard remainder == 0 else { return nil }
        return Int64(exactly: quotient)
    }

    /// `billionths` as decimal text without trailing zeros.
    static func text(billionths: Int64) -> String {
        let whole = billionths / 1_000_000_000
        var fraction = String(billionths % 1_000_000_000)
        guard fraction != "0" else { return String(whole) }
        fraction = String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }
}
