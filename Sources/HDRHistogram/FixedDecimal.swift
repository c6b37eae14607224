// Numbers as text with a fixed number of decimals, rounded as the Java reference rounds.

/// Decimal text for the formats that the reference writes with `%.3f` and the like.
enum FixedDecimal {
    /// The number with `fractionDigits` decimals.
    ///
    /// Java rounds the shortest decimal text of the number, halves away from zero; C rounds the
    /// exact binary value. The texts differ in rare halves, and here Java is the reference.
    ///
    /// - Parameter value: Finite.
    static func text(_ value: Double, fractionDigits: Int) -> String {
        precondition(value.isFinite, "only a finite number has decimals")
        var (digits, pointIndex) = shortestDigits(of: value.magnitude)
        // Digits to keep, counted from the first; negative when all of them are far below.
        let keptCount = pointIndex + fractionDigits
        if keptCount < digits.count {
            let roundsUp = keptCount >= 0 && digits[keptCount] >= 5
            digits.removeLast(digits.count - max(keptCount, 0))
            if roundsUp, incrementLast(&digits) {
                digits.insert(1, at: 0)
                pointIndex += 1
            }
        }
        let whole = (0..<max(pointIndex, 1)).map { pointIndex <= 0 ? 0 : digit(digits, $0) }
        let fraction = (0..<fractionDigits).map { digit(digits, pointIndex + $0) }
        let sign = value < 0 ? "-" : ""
        let text = sign + whole.map(String.init).joined()
        return fractionDigits == 0 ? text : text + "." + fraction.map(String.init).joined()
    }

    /// Seconds with three decimals of a number of nanoseconds, halves rounded away from zero.
    static func seconds(nanoseconds: Int64) -> String {
        let milliseconds = (nanoseconds.magnitude + 500_000) / 1_000_000
        let fraction = String(milliseconds % 1000)
        let zeros = String(repeating: "0", count: 3 - fraction.count)
        let sign = nanoseconds < 0 && milliseconds > 0 ? "-" : ""
        return "\(sign)\(milliseconds / 1000).\(zeros)\(fraction)"
    }

    /// The text, preceded by spaces up to a width.
    static func padded(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(width - text.utf8.count, 0)) + text
    }

    /// The digits of the shortest text that reads back as `value`, and how many of them stand
    /// before the point (0 or less for zeros right after it).
    private static func shortestDigits(of value: Double) -> (digits: [Int], pointIndex: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let digits = mantissa.joined().utf8.map { Int($0 - UInt8(ascii: "0")) }
        return (digits, mantissa[0].utf8.count + exponent)
    }

    private static func digit(_ digits: [Int], _ index: Int) -> Int {
        digits.indices.contains(index) ? digits[index] : 0
    }

    /// Adds one in the last place; returns whether all digits were nines and a new first is needed.
    private static func incrementLast(_ digits: inout [Int]) -> Bool {
        for index in digits.indices.reversed() {
            if digits[index] < 9 {
                digits[index] += 1
                return false
            }
            digits[index] = 0
        }
        return true
    }
}
