// Where the parts of one record stand.

/// One record of a batch: its fields, and its bytes as ranges of the buffer that was read.
package struct RecordView: Equatable, Sendable {
    /// The record's offset less the batch's base offset.
    package var offsetDelta: Int
    /// Milliseconds from the batch's base timestamp.
    package var timestampDelta: Int64
    /// The key, or `nil` for a record without one.
    package var key: Range<Int>?
    /// The value, or `nil` for a record without one.
    package var value: Range<Int>?
    /// The headers' bytes, for a ``RecordHeaderCursor``; behind their count.
    package var headers: Range<Int>
    /// How many headers there are.
    package var headerCount: Int

    /// Makes a view from its fields.
    @inlinable
    package init(
        offsetDelta: Int, timestampDelta: Int64, key: Range<Int>?, value: Range<Int>?,
        headers: Range<Int>, headerCount: Int
    ) {
        self.offsetDelta = offsetDelta
        self.timestampDelta = timestampDelta
        self.key = key
        self.value = value
        self.headers = headers
        self.headerCount = headerCount
    }
}

/// One header of a record.
package struct RecordHeaderView: Equatable, Sendable {
    /// The name; UTF-8 by convention, not checked.
    package var key: Range<Int>
    /// The value, or `nil`.
    package var value: Range<Int>?

    /// Makes a view from its fields.
    @inlinable
    package init(key: Range<Int>, value: Range<Int>?) {
        self.key = key
        self.value = value
    }
}
