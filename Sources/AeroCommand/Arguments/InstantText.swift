// Points in time as they are written on command lines.

/// ISO 8601 dates and times, and milliseconds since 1970.
enum InstantText {
    /// Milliseconds since 1970-01-01 UTC; nil when the text is no point in time.
    ///
    /// Read are a number of milliseconds; `2025-03-01`, which is its first moment in UTC; and
    /// `2025-03-01T14:30`, with `:15`, `.5` and a zone (`Z`, `+02:00`) if wanted, else in UTC.
    /// Source: ISO 8601-1:2019, extended format.
    static func parse(_ text: String) -> Int64? {
        if let number = Int64(text) { return number >= 0 ? number : nil }
        var rest = Substring(text)
        guard let day = takeDate(&rest) else { return nil }
        if rest.isEmpty { return day }
        guard rest.popFirst().map({ "Tt ".contains($0) }) == true,
            let time = takeTime(&rest), let zone = takeZone(&rest), rest.isEmpty
        else { return nil }
        return day + time - zone
    }

    /// A point in time as it can be read again, in UTC to the second.
    static func text(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        let (days, rest) = (seconds / 86_400, Int(seconds % 86_400))
        let (year, month, day) = civil(days: Int(days))
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T"
            + "\(pad(rest / 3_600, 2)):\(pad(rest / 60 % 60, 2)):\(pad(rest % 60, 2))Z"
    }

    // MARK: - Parts

    private static func takeDate(_ rest: inout Substring) -> Int64? {
        guard let year = takeDigits(4, &rest), rest.popFirst() == "-",
            let month = takeDigits(2, &rest), rest.popFirst() == "-",
            let day = takeDigits(2, &rest), (1...12).contains(month),
            (1...dayCount(year, month)).contains(day), year >= 1970
        else { return nil }
        return Int64(days(year, month, day)) * 86_400_000
    }

    private static func takeTime(_ rest: inout Substring) -> Int64? {
        guard let hour = takeDigits(2, &rest), hour < 24, rest.popFirst() == ":",
            let minute = takeDigits(2, &rest), minute < 60
        else { return nil }
        var milliseconds = Int64(hour * 3_600 + minute * 60) * 1_000
        guard rest.first == ":" else { return milliseconds }
        rest.removeFirst()
        guard let second = takeDigits(2, &rest), second < 60 else { return nil }
        milliseconds += Int64(second) * 1_000
        guard rest.first == "." || rest.first == "," else { return milliseconds }
        rest.removeFirst()
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        let padded = (String(digits) + "00").prefix(3)
        return Int64(padded).map { milliseconds + $0 }
    }

    /// Milliseconds that the zone is ahead of UTC.
    private static func takeZone(_ rest: inout Substring) -> Int64? {
        guard let sign = rest.popFirst() else { return 0 }
        if sign == "Z" || sign == "z" { return 0 }
        guard sign == "+" || sign == "-", let hours = takeDigits(2, &rest), hours < 24 else {
            return nil
        }
        if rest.first == ":" { rest.removeFirst() }
        let minutes = rest.isEmpty ? 0 : takeDigits(2, &rest)
        guard let minutes, minutes < 60 else { return nil }
        let ahead = Int64(hours * 60 + minutes) * 60_000
        return sign == "+" ? ahead : -ahead
    }

    private static func takeDigits(_ count: Int, _ rest: inout Substring) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return nil
        }
        rest = rest.dropFirst(count)
        return Int(digits)
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }

    private static func dayCount(_ year: Int, _ month: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Days since 1970-01-01. Source: Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms".
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Year, month and day of a day since 1970-01-01; the same source.
    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
