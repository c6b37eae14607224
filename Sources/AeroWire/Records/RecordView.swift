// Where the parts of one record stand.

/// One record of a batch: its fields, and its bytes as ranges of the buffer that was read.
@usableFromInline package struct RecordView: Equatable, Sendable {
    /// The record's offset less the batch's base offset.
    @usableFromInline package var offsetDelta: Int
    /// Milliseconds from the batch's base timestamp.
    @usableFromInline package var timestampDelta: Int64
    /// The key, or `nil` for a record without one.
    @usableFromInline package var key: Range<Int>?
    /// The value, or `nil` for a record without one.
    @usableFromInline package var value: Range<Int>?
    /// The headers' bytes, for a ``RecordHeaderCursor``; behind their count.
    @usableFromInline package var headers: Range<Int>
    /// How many headers there are.
    @usableFromInline package var headerCount: Int

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
@usableFromInline package struct RecordHeaderView: Equatable, Sendable {
    /// The name; UTF-8 by convention, not checked.
    @usableFromInline package var key: Range<Int>
    /// The value, or `nil`.
    @usableFromInline package var value: Range<Int>?

    /// Makes a view from its fields.
    @inlinable
    package init(key: Range<Int>, value: Range<Int>?) {
        self.key = key
        self.value = value
    }
}
