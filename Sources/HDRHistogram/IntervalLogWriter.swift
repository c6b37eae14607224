// Writing interval logs (.hlog).

/// Writes the text of an interval log, as `HistogramLogWriter` of the Java reference does.
///
/// The text gathers in memory until it is taken; the caller writes the file. The format is shown at
/// ``IntervalLogReader``.
public struct IntervalLogWriter: Sendable {
    /// The version of the format that is written.
    public static let formatVersion = "1.3"

    /// What was written since the text was last taken.
    public private(set) var text = ""

    /// An empty log.
    public init() {}

    /// Hands over the text written so far and forgets it.
    public mutating func takeText() -> String {
        defer { text = "" }
        return text
    }

    /// Writes a comment; each line of it becomes a line of the log.
    public mutating func writeComment(_ comment: String) {
        let lines = comment.split(omittingEmptySubsequences: false) { $0.isNewline }
        for line in lines { text += "#\(line)\n" }
    }

    /// Writes the comment that names the version of the format.
    public mutating func writeFormatVersion() {
        writeComment("[Histogram log format version \(Self.formatVersion)]")
    }

    /// Writes when logging started.
    ///
    /// - Parameter epochNanoseconds: Since the epoch; written to the millisecond, and in UTC.
    public mutating func writeStartTime(epochNanoseconds: Int64) {
        let seconds = FixedDecimal.seconds(nanoseconds: epochNanoseconds)
        let date = Self.dateText(epochNanoseconds: epochNanoseconds)
        writeComment("[StartTime: \(seconds) (seconds since epoch), \(date)]")
    }

    /// Writes what the times of intervals are relative to.
    ///
    /// - Parameter epochNanoseconds: Since the epoch; written to the millisecond.
    public mutating func writeBaseTime(epochNanoseconds: Int64) {
        let seconds = FixedDecimal.seconds(nanoseconds: epochNanoseconds)
        writeComment("[BaseTime: \(seconds) (seconds since epoch)]")
    }

    /// Writes the column titles.
    public mutating func writeLegend() {
        text += "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
        text += "\"Interval_Compressed_Histogram\"\n"
    }

    /// Writes one interval.
    ///
    /// - Parameters:
    ///   - histogram: The values of the interval.
    ///   - startNanoseconds: The start, relative to the base time if one was written.
    ///   - lengthNanoseconds: The length; both are written to the millisecond.
    ///   - tag: Names one of several interleaved series; nil for none.
    ///   - maximumScale: What the maximum, a column for human readers, is divided by; positive and
    ///     finite.
    /// - Throws: `.invalidTag` for a tag that is empty or has a comma, a space or a line break.
    public mutating func writeInterval(
        _ histogram: Histogram, startNanoseconds: Int64, lengthNanoseconds: Int64,
        tag: String? = nil, maximumScale: Double = 1_000_000
    ) throws(HistogramError) {
        precondition(maximumScale > 0 && maximumScale.isFinite, "the maximum is divided by this")
        if let tag {
            let isDelimited = tag.contains { $0 == "," || $0 == " " || $0.isNewline }
            guard !tag.isEmpty, !isDelimited else { throw .invalidTag(tag) }
            text += "Tag=\(tag),"
        }
        text += FixedDecimal.seconds(nanoseconds: startNanoseconds) + ","
        text += FixedDecimal.seconds(nanoseconds: lengthNanoseconds) + ","
        text += FixedDecimal.text(Double(histogram.maximum) / maximumScale, fractionDigits: 3) + ","
        text += PaddedBase64.encode(histogram.encodedCompressed(level: .best)) + "\n"
    }

    /// The date as Java's `Date.toString` has it in UTC, e.g. `Wed Sep 09 15:24:39 UTC 2015`.
    private static func dateText(epochNanoseconds: Int64) -> String {
        let secondsPerDay: Int64 = 86_400
        // Rounding down also before the epoch.
        let seconds = floorDivide(epochNanoseconds, 1_000_000_000)
        let day = floorDivide(seconds, secondsPerDay)
        let secondOfDay = seconds - day * secondsPerDay
        let (year, month, dayOfMonth) = civilDate(daysSinceEpoch: day)
        let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        // The epoch was a Thursday.
        let weekday = weekdays[Int(day + 4 - floorDivide(day + 4, 7) * 7)]
        let clock = [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60]
            .map(twoDigits).joined(separator: ":")
        return "\(weekday) \(months[Int(month) - 1]) \(twoDigits(dayOfMonth)) \(clock) UTC \(year)"
    }

    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    private static func civilDate(
        daysSinceEpoch: Int64
    ) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func floorDivide(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private static func twoDigits(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : String(number)
    }
}
