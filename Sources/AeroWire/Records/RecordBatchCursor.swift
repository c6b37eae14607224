// Steps through batches that stand one behind the other.

/// One batch of several: its header and where it stands.
@usableFromInline package struct RecordBatchView: Equatable, Sendable {
    /// The batch's header.
    @usableFromInline package var header: RecordBatchHeader
    /// The whole batch, as a range of the bytes that were read.
    @usableFromInline package var range: Range<Int>

    /// Makes a view from its fields.
    @inlinable
    package init(header: RecordBatchHeader, range: Range<Int>) {
        self.header = header
        self.range = range
    }
}

/// Reads whole batches, front to back, as FETCH replies and DELIVER carry them.
///
/// Checks length and magic of each. CRC and counts are the reader's choice:
/// `RecordBatchHeader.validate` with the range returned.
@usableFromInline package struct RecordBatchCursor {
    /// Where the next batch starts.
    @usableFromInline package var position: Int
    /// Where the last one ends.
    @usableFromInline let end: Int

    /// Starts at the front of `batches`.
    @inlinable
    package init(_ batches: Range<Int>) {
        position = batches.lowerBound
        end = batches.upperBound
    }

    /// Reads the next batch's header.
    ///
    /// - Returns: `nil` behind the last batch.
    /// - Throws: As `RecordBatchHeader.decode`; also for a batch that is cut off.
    package mutating func next(
        in bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> RecordBatchView? {
        guard position < end else { return nil }
        let header = try RecordBatchHeader.decode(in: bytes, range: position..<end)
        let range = position..<position + header.byteCount
        position = range.upperBound
        return RecordBatchView(header: header, range: range)
    }
}
