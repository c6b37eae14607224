// Steps through the records of a batch without copying or allocating.

/// Reads the records of one batch, front to back.
///
/// Trusts nothing it reads: each length is checked against its record, each record against the
/// batch, and the last must end where the batch ends. Once `next` has thrown, what it returns
/// afterwards means nothing.
@usableFromInline package struct RecordCursor {
    /// Where the next record starts.
    @usableFromInline var position: Int
    /// Where the batch ends.
    @usableFromInline let end: Int
    /// Records left to read.
    @usableFromInline package var remainingRecordCount: Int
    /// The offset delta that the next record must at least have.
    @usableFromInline var offsetDeltaMin: Int
    @usableFromInline let lastOffsetDelta: Int

    /// Starts in front of the first record.
    ///
    /// - Parameters:
    ///   - header: The header of the batch, decoded from `position`.
    ///   - position: Where the batch starts in the bytes that `next` will be given.
    /// - Throws: `.batchIsCompressed`, `.unknownCompression`, `.invalidRecordCount` below 0.
    @inlinable
    package init(_ header: RecordBatchHeader, at position: Int = 0) throws(WireError) {
        guard let codec = header.attributes.codec else {
            throw .unknownCompression(header.attributes.rawCodec)
        }
        guard codec == .none else { throw .batchIsCompressed(codec) }
        guard header.recordCount >= 0 else {
            throw .invalidRecordCount(Int(header.recordCount))
        }
        self.position = position + WireLimits.batchHeaderByteCount
        end = position + header.byteCount
        remainingRecordCount = Int(header.recordCount)
        offsetDeltaMin = 0
        lastOffsetDelta = Int(header.lastOffsetDelta)
    }

    /// Reads the next record.
    ///
    /// - Parameter bytes: The bytes that the header was decoded from, whole batch included.
    /// - Returns: `nil` behind the last record.
    /// - Throws: `.truncated`, `.invalidVarint`, `.invalidRecordLength`, `.invalidFieldLength`,
    ///   `.invalidOffsetDelta`; `.trailingBytes` when the records end before the batch.
    @inlinable
    package mutating func next(
        in bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> RecordView? {
        precondition(end <= bytes.count, "the batch ends outside the bytes")
        guard remainingRecordCount > 0 else {
            guard position == end else { throw .trailingBytes(end - position) }
            return nil
        }
        var position = position
        let length = try Varint.readInt32(from: bytes, at: &position, end: end)
        guard length >= WireLimits.recordByteCountMin - 1, length <= end - position else {
            throw .invalidRecordLength(length)
        }
        let recordEnd = position + length
        // Attributes: no bit is assigned, none is looked at.
        position += 1
        let timestampDelta = try Varint.read(from: bytes, at: &position, end: recordEnd)
        let offsetDelta = try Varint.readInt32(from: bytes, at: &position, end: recordEnd)
        guard offsetDelta >= offsetDeltaMin, offsetDelta <= lastOffsetDelta else {
            throw .invalidOffsetDelta(offsetDelta)
        }
        let key = try Varint.readField(from: bytes, at: &position, end: recordEnd)
        let value = try Varint.readField(from: bytes, at: &position, end: recordEnd)
        let headerCount = try Varint.readInt32(from: bytes, at: &position, end: recordEnd)
        let headers = position..<recordEnd
        guard
            headerCount >= 0,
            headerCount <= headers.count / WireLimits.recordHeaderByteCountMin,
            headerCount > 0 || headers.isEmpty
        else { throw .invalidFieldLength(headerCount) }
        self.position = recordEnd
        remainingRecordCount -= 1
        offsetDeltaMin = offsetDelta + 1
        return RecordView(
            offsetDelta: offsetDelta, timestampDelta: timestampDelta, key: key, value: value,
            headers: headers, headerCount: headerCount)
    }
}

/// Reads the headers of one record, front to back.
@usableFromInline package struct RecordHeaderCursor {
    @usableFromInline var position: Int
    @usableFromInline let end: Int
    /// Headers left to read.
    @usableFromInline package var remainingHeaderCount: Int

    /// Starts in front of a record's first header.
    @inlinable
    package init(_ record: RecordView) {
        position = record.headers.lowerBound
        end = record.headers.upperBound
        remainingHeaderCount = record.headerCount
    }

    /// Reads the next header.
    ///
    /// - Parameter bytes: The bytes that the record was read from.
    /// - Returns: `nil` behind the last header.
    /// - Throws: `.truncated`, `.invalidVarint`, `.invalidFieldLength`; `.trailingBytes` when the
    ///   headers end before the record.
    @inlinable
    package mutating func next(
        in bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> RecordHeaderView? {
        precondition(end <= bytes.count, "the record ends outside the bytes")
        guard remainingHeaderCount > 0 else {
            guard position == end else { throw .trailingBytes(end - position) }
            return nil
        }
        guard let key = try Varint.readField(from: bytes, at: &position, end: end) else {
            throw .invalidFieldLength(-1)
        }
        let value = try Varint.readField(from: bytes, at: &position, end: end)
        remainingHeaderCount -= 1
        return RecordHeaderView(key: key, value: value)
    }
}
