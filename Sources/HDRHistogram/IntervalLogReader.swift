// Reading interval logs (.hlog).

/// Reads the text of an interval log line by line.
///
/// ```text
/// #comment
/// #[StartTime: 1441812279.474 (seconds since epoch), Wed Sep 09 15:24:39 UTC 2015]
/// #[BaseTime: 1441812279.474 (seconds since epoch)]
/// "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
/// 0.127,1.007,2.769,HISTFAAAAEV42p…
/// Tag=A,0.127,1.007,2.769,HISTFAAAAEV42p…
/// ```
///
/// Lines end in LF or CRLF; empty ones are skipped. Where the reference silently stops at a line it
/// does not understand, this reader throws, and can be asked for the next line after that.
/// Source: `HistogramLogScanner` and `HistogramLogReader` of the Java reference.
public struct IntervalLogReader: Sendable {
    private static let maximumRelativeGap: Int64 = 365 * 24 * 3600 * 1_000_000_000

    private let text: [UInt8]
    private var position = 0
    private var lineNumber = 0
    /// The latest start time read, or else the start of the first interval; nil before either.
    public private(set) var startTimeNanoseconds: Int64?
    /// What interval times are relative to: read, or else deduced at the first interval.
    public private(set) var baseTimeNanoseconds: Int64?

    /// - Parameter text: The whole log; the caller reads the file.
    public init(_ text: String) { self.text = Array(text.utf8) }

    /// The next interval, skipping all other lines.
    ///
    /// - Returns: The interval, or nil at the end of the log.
    /// - Throws: As ``nextLine()``.
    public mutating func nextInterval() throws(HistogramError) -> IntervalLogEntry? {
        while let line = try nextLine() {
            if case .interval(let entry) = line { return entry }
        }
        return nil
    }

    /// The next line that is not empty.
    ///
    /// - Returns: The line, or nil at the end of the log.
    /// - Throws: `.malformedLogLine` for a line of no known form, `.undecodableLogLine` for an
    ///   interval whose histogram does not decode. The reader then stands at the following line.
    public mutating func nextLine() throws(HistogramError) -> IntervalLogLine? {
        while let line = takeLine() {
            guard let first = line.first else { continue }
            switch first {
            case UInt8(ascii: "#"): return comment(line.dropFirst())
            case UInt8(ascii: "\""): return .legend
            default: return .interval(try interval(line))
            }
        }
        return nil
    }

    private mutating func takeLine() -> ArraySlice<UInt8>? {
        guard position < text.endIndex else { return nil }
        let rest = text[position...]
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
        position = min(end + 1, text.endIndex)
        lineNumber += 1
        let line = rest[..<end]
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }

    /// A comment, or one of the two that mean something. A time that does not read is a comment.
    private mutating func comment(_ contents: ArraySlice<UInt8>) -> IntervalLogLine {
        if let nanoseconds = time(in: contents, after: "[StartTime:") {
            startTimeNanoseconds = nanoseconds
            return .startTime(nanoseconds: nanoseconds)
        }
        if let nanoseconds = time(in: contents, after: "[BaseTime:") {
            baseTimeNanoseconds = nanoseconds
            return .baseTime(nanoseconds: nanoseconds)
        }
        return .comment(String(decoding: contents, as: UTF8.self))
    }

    private func time(in contents: ArraySlice<UInt8>, after key: String) -> Int64? {
        guard contents.starts(with: key.utf8) else { return nil }
        let words = contents.dropFirst(key.utf8.count).split(separator: UInt8(ascii: " "))
        return words.first.flatMap(Self.nanoseconds)
    }

    private mutating func interval(_ line: ArraySlice<UInt8>) throws(HistogramError)
        -> IntervalLogEntry
    {
        var fields = line.split(
            separator: UInt8(ascii: ","), maxSplits: 4, omittingEmptySubsequences: false)[...]
        var tag: String?
        if let first = fields.first, first.starts(with: "Tag=".utf8) {
            tag = String(decoding: first.dropFirst(4), as: UTF8.self)
            fields = fields.dropFirst()
        }
        guard fields.count == 4,
            let start = Self.nanoseconds(fields[fields.startIndex]),
            let length = Self.nanoseconds(fields[fields.startIndex + 1]),
            Double(String(decoding: fields[fields.startIndex + 2], as: UTF8.self)) != nil,
            let absoluteStart = absoluteTime(of: start)
        else { throw .malformedLogLine(lineNumber) }
        let histogram: Histogram
        do {
            histogram = try Histogram(
                decoding: PaddedBase64.decode(fields[fields.startIndex + 3]))
        } catch {
            throw .undecodableLogLine(lineNumber, error)
        }
        return IntervalLogEntry(
            tag: tag, startNanoseconds: start, lengthNanoseconds: length,
            absoluteStartNanoseconds: absoluteStart, histogram: histogram)
    }

    /// Adds the base time, which the first interval settles when the log does not name it: times
    /// more than a year before the start time are taken as relative to it, others as absolute.
    private mutating func absoluteTime(of start: Int64) -> Int64? {
        let startTime = startTimeNanoseconds ?? start
        startTimeNanoseconds = startTime
        let gap = startTime.subtractingReportingOverflow(start)
        let deducedBase =
            gap.overflow || gap.partialValue > Self.maximumRelativeGap ? startTime : 0
        let base = baseTimeNanoseconds ?? deducedBase
        baseTimeNanoseconds = base
        let (absolute, didOverflow) = base.addingReportingOverflow(start)
        return didOverflow ? nil : absolute
    }

    /// A decimal number of seconds; digits below a nanosecond are cut off.
    private static func nanoseconds(_ text: ArraySlice<UInt8>) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-")
        let parts = (isNegative ? text.dropFirst() : text).split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty else { return nil }
        let fraction = parts.count > 1 ? parts[1] : []
        let isDecimal = (whole + fraction).allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard isDecimal else { return nil }
        let zeros = repeatElement(UInt8(ascii: "0"), count: max(9 - fraction.count, 0))
        let digits = whole + fraction.prefix(9) + zeros
        return Int64((isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self))
    }
}
