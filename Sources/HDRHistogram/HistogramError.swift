// Every way in which a histogram operation can fail.

/// Why a histogram could not be made, merged, decoded or read from a log.
///
/// Recording never fails: a value that does not fit is counted in ``Histogram/outOfRangeCount``.
public indirect enum HistogramError: Error, Equatable, Sendable {
    /// The lowest discernible value is below 1 or above half of `Int64.max`.
    case invalidLowestDiscernibleValue(Int64)
    /// The highest trackable value is below twice the lowest discernible value.
    case invalidHighestTrackableValue(Int64, lowestDiscernibleValue: Int64)
    /// The number of significant decimal digits is not 1 to 5.
    case invalidSignificantDigits(Int)
    /// So many digits above so large a lowest discernible value do not fit 63 bits.
    case unrepresentablePrecision(lowestDiscernibleValue: Int64, significantDigits: Int)

    /// The other histogram holds values beyond this one's last bucket; nothing was changed.
    case valuesOutOfRange(maximum: Int64, highestRecordableValue: Int64)
    /// The other histogram counts more at `value` than this one has; nothing was changed.
    case countUnderflow(value: Int64, count: Int64, subtracted: Int64)
    /// A sum of counts exceeds `Int64.max`; nothing was changed.
    case countOverflow

    /// The bytes end before the encoding does.
    case truncated(neededByteCount: Int, availableByteCount: Int)
    /// Bytes follow the end of the encoding.
    case trailingBytes(Int)
    /// The leading four bytes name no encoding that this module reads (V2 and V2 compressed).
    case unknownCookie(UInt32)
    /// The payload length in the header exceeds what the configuration can need.
    case invalidPayloadLength(UInt32)
    /// The counts end within a number, or run past the last bucket of the configuration.
    case malformedCounts(payloadOffset: Int)
    /// The compressed contents are damaged or do not hold what their header promises.
    case corruptCompression
    /// The text is no padded standard base64; `offset` is the first offending character.
    case invalidBase64(offset: Int)

    /// Line `line` (from 1) of an interval log is not of the log's format.
    case malformedLogLine(Int)
    /// The histogram in line `line` (from 1) of an interval log does not decode.
    case undecodableLogLine(Int, HistogramError)
    /// A tag for the interval log is empty or contains a comma, a space or a line break.
    case invalidTag(String)
}
